#!/bin/sh
# How fast a container starts, beside others: interleaved rounds, medians, ratios. Started by root it measures as the
# unprivileged user that contrib/test.sh makes (rctr-test), else as the caller.
#
#   sh contrib/bench/run.sh [ROUNDS]        40 rounds unless told otherwise
#   sh contrib/bench/verbs.sh [ROUNDS]      the other verbs, and what containers cost that only run
#   sh contrib/bench/pull.sh [ROUNDS]       an image from a registry
#   sh contrib/bench/push.sh [ROUNDS]       an image to a registry
#   sh contrib/bench/images.sh [ROUNDS]     images listed, loaded and saved
#
# Wants the release binary (cargo build --release) or RCTR_BIN. What is not installed is left out and named: podman,
# crun and bubblewrap come from apt.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-40}
rctr=${RCTR_BIN:-${CARGO_TARGET_DIR:-target}/release/rctr}
[ -x "$rctr" ] || { echo "bench: no $rctr; run cargo build --release first" >&2; exit 1; }
python=$(PATH=/usr/bin:/bin command -v python3) || { echo "bench: needs /usr/bin/python3" >&2; exit 1; }
busybox=$(PATH=/bin:/usr/bin command -v busybox) || { echo "bench: needs busybox-static" >&2; exit 1; }

work=$(mktemp -d /var/tmp/rctr-bench.XXXXXX)
cleanup() {
    # Files of subordinate ids go only from inside a user namespace.
    if [ "$(id -u)" = 0 ]; then rm -rf "$work"; else unshare --map-root-user --map-auto rm -rf "$work"; fi
}
trap cleanup EXIT
mkdir "$work/bin" "$work/home" "$work/run"
chmod 755 "$work"
install -m 755 "$rctr" "$work/bin/rctr"
install -m 755 "$busybox" "$work/bin/busybox"
install -m 755 contrib/bench/*.py "$work/"
program=$work/${RCTR_BENCH:-bench.py}

if [ "$(id -u)" != 0 ]; then
    chmod 700 "$work/run"
    "$python" "$program" "$work" "$rounds"
    exit
fi
user=rctr-test
id "$user" >/dev/null 2>&1 || { echo "bench: no user $user; run contrib/test.sh first" >&2; exit 1; }
chown "$user" "$work/home" "$work/run"
chmod 700 "$work/run"
as_user="setpriv --reuid $user --regid $user --init-groups --inh-caps=-all"
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
    $as_user "$python" "$program" "$work" "$rounds"
else
    # crun refuses the hybrid layout: everybody gets the same private view with cgroup v2 alone.
    unshare --mount --propagation private sh -c "umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup &&
        mount --make-rshared / && exec $as_user '$python' '$program' '$work' '$rounds'"
fi
