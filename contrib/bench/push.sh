#!/bin/sh
# How fast an image goes from the store to a registry on this machine, beside skopeo (and podman): time, processor time,
# memory. The image is that of pull.sh. Needs and prepares what run.sh does, and docker-registry and skopeo from apt.
#
#   sh contrib/bench/push.sh [ROUNDS]         3 rounds unless told otherwise
RCTR_BENCH=push.py exec sh "$(dirname "$0")/run.sh" "${1:-3}"
