#!/bin/sh
# cargo's target runner when the tests are started by root: runs one test binary as the unprivileged user that
# contrib/test.sh has prepared, from a place that this user can read (the checkout and target/ may lie below /root).
# Wants RCTR_TEST_STAGE, RCTR_TEST_USER and RCTR_TEST_HOME of contrib/test.sh.
set -eu
original=$1
shift
staged=$RCTR_TEST_STAGE/bin/${original##*/}
if [ ! -e "$staged" ] || [ "$staged" -ot "$original" ]; then
    cp -p "$original" "$staged.$$"
    mv "$staged.$$" "$staged"
fi
cd "$RCTR_TEST_STAGE/src"
exec setpriv --reuid "$RCTR_TEST_USER" --regid "$RCTR_TEST_USER" --init-groups --inh-caps=-all \
    env HOME="$RCTR_TEST_HOME" USER="$RCTR_TEST_USER" LOGNAME="$RCTR_TEST_USER" PWD="$RCTR_TEST_STAGE/src" \
    CARGO_MANIFEST_DIR="$RCTR_TEST_STAGE/src" INSTA_WORKSPACE_ROOT="$RCTR_TEST_STAGE/src" \
    RCTR_BIN="$RCTR_TEST_STAGE/bin/rctr" "$staged" "$@"
