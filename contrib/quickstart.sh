#!/bin/sh
# From a fresh Debian or Ubuntu to a first container: checks and installs what is missing, builds rctr, runs it.
#
#   sh contrib/quickstart.sh                     installs to ~/.local/bin/rctr
#   PREFIX=/usr/local sh contrib/quickstart.sh   installs to /usr/local/bin/rctr (with sudo where that is needed)
#
# Uses sudo for what only root may do, and says before what it does and why; who has no sudo is told what to ask for, and
# gets on without whatever rctr can do without. Quick when nothing is missing. Run it as the user who wants containers; as
# root it sets up root.
set -eu
called_from=$PWD
cd -P -- "$(dirname -- "$0")/.."
# shellcheck source=contrib/common.sh
. ./contrib/common.sh

prefix=${PREFIX:-$HOME/.local}
case $prefix in /*) ;; *) prefix=$called_from/$prefix ;; esac
rctr=$prefix/bin/rctr

packages() {
    build=
    run=
    want() { # command or file, package, reason
        case $1 in
        /*) [ -e "$1" ] && return 1 ;;
        *) command -v "$1" >/dev/null && return 1 ;;
        esac
        say "missing: $2 ($3)"
    }
    if want gcc gcc "links Rust programs"; then build="$build gcc"; fi
    if want /usr/include/stdlib.h libc6-dev "links Rust programs"; then build="$build libc6-dev"; fi
    if want pkg-config pkg-config "finds libseccomp for the build"; then build="$build pkg-config"; fi
    if want /usr/include/seccomp.h libseccomp-dev "compiles the system call filter"; then build="$build libseccomp-dev"; fi
    if want newuidmap uidmap "gives a container more than one user id"; then run="$run uidmap"; fi
    if want slirp4netns slirp4netns "connects a container's network without root"; then run="$run slirp4netns"; fi
    [ -n "$build$run" ] || return 0
    # shellcheck disable=SC2086 # lists of words
    apt_install $build $run || [ -z "$build" ] || { asked_for; die "rctr cannot be built without:$build"; }
}

build() {
    say "building rctr (release)"
    crates
    cargo build --release --locked --bin rctr
    built=$(target_dir)/release/rctr
    cmp -s "$built" "$rctr" && return
    say "installing $rctr"
    if mkdir -p "$prefix/bin" 2>/dev/null && [ -w "$prefix/bin" ]; then
        install -m 755 "$built" "$rctr"
    else
        as_root install -D -m 755 "$built" "$rctr" || { asked_for; die "cannot write to $prefix"; }
    fi
}

first_container() {
    say "a first container, from this machine's own files: rctr run --rm --rootfs / echo …"
    "$rctr" run --rm --network none --rootfs / echo "hello from a container" || {
        asked_for
        die "the first container failed; '$rctr doctor' says why and what to do"
    }
    case :$PATH: in
    *":$prefix/bin:"*) say "done: rctr is ready" ;;
    *) say "done: add $prefix/bin to PATH, then try: rctr run --rm -it --rootfs / bash" ;;
    esac
}

packages
rust
# rctr does with less where these cannot be had.
[ "$me" = 0 ] || subordinate_ids "$name" "$me" || say "containers will have a single user id"
open_device net/tun 10 200 || say "containers will need --network none or --network host"
allow_user_namespaces "$rctr" || say "user namespaces are not allowed: no container will start"
build
first_container
[ -z "$asked" ] || { say "rctr works with less than it could"; asked_for; }
