#!/bin/sh
# How fast the verbs for containers are beside podman's, and what containers cost that only run: memory and processor
# time. Needs and prepares what run.sh does.
#
#   sh contrib/bench/verbs.sh [ROUNDS]        20 rounds unless told otherwise
RCTR_BENCH=verbs.py exec sh "$(dirname "$0")/run.sh" "${1:-20}"
