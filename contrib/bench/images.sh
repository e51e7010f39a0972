#!/bin/sh
# How fast images are listed (200 of them), saved and loaded, beside podman and skopeo: time, processor time, memory. The images
# are made here. Needs and prepares what run.sh does.
#
#   sh contrib/bench/images.sh [ROUNDS]       5 rounds unless told otherwise
RCTR_BENCH=images.py exec sh "$(dirname "$0")/run.sh" "${1:-5}"
