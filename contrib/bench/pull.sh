#!/bin/sh
# How fast an image comes from a registry on this machine into the store, beside podman: time, processor time, memory. The
# image has six layers, about 450 MB compressed, 49,000 entries; it is made here. Needs and prepares what run.sh does, and
# docker-registry from apt.
#
#   sh contrib/bench/pull.sh [ROUNDS]         3 rounds unless told otherwise
RCTR_BENCH=pull.py exec sh "$(dirname "$0")/run.sh" "${1:-3}"
