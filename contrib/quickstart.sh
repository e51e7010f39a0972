#!/bin/sh
# From a fresh Debian or Ubuntu to a first container: checks and installs what is missing, builds rctr, runs it.
#
#   sh contrib/quickstart.sh                 installs to ~/.local/bin/rctr
#   PREFIX=/usr/local sh contrib/quickstart.sh   installs to /usr/local/bin/rctr (with sudo where that is needed)
#
# Uses sudo for what only root may do, and says before what it does and why. Quick when nothing is missing. Run it as
# the user who wants containers; as root it sets up root.
set -eu
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }
die() { printf 'quickstart.sh: %s\n' "$*" >&2; exit 1; }
me=$(id -u)
name=$(id -un)
as_root() {
    if [ "$me" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "this needs root, and there is no sudo. Ask an administrator to run: $*"
    fi
}

oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
prefix=${PREFIX:-$HOME/.local}

packages() {
    missing=
    want() { # command-or-file, package, reason
        case $1 in
        /*) [ -e "$1" ] && return ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null && return ;;
        esac
        say "missing: $2 ($3)"
        missing="$missing $2"
    }
    want gcc gcc "links Rust programs"
    want pkg-config pkg-config "finds libseccomp for the build"
    want /usr/include/seccomp.h libseccomp-dev "compiles the system call filter"
    want newuidmap uidmap "gives a container more than one user id"
    want slirp4netns slirp4netns "connects a container's network without root"
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "no apt-get here; install the equivalents of:$missing"
    say "installing with apt:$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Is Rust there, and new enough?
rust_works() {
    command -v cargo >/dev/null || return 1
    have=$(rustc --version 2>/dev/null | cut -d' ' -f2)
    [ "$(printf '%s\n%s\n' "$oldest_rust" "$have" | sort -V | head -1)" = "$oldest_rust" ]
}

rust() {
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    export PATH
    rust_works && return
    if ! command -v rustup >/dev/null && apt-cache show rustup >/dev/null 2>&1; then
        say "installing rustup with apt (rctr needs Rust $oldest_rust or newer)"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq rustup >/dev/null
    fi
    if command -v rustup >/dev/null; then
        say "installing the stable Rust toolchain with rustup, for $name only"
        rustup toolchain install stable --profile minimal
        rustup default stable
    else
        command -v curl >/dev/null || as_root apt-get install -y -qq curl ca-certificates >/dev/null
        say "installing Rust with the installer of rust-lang.org, for $name only, below ~/.cargo"
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path
    fi
    rust_works || die "Rust $oldest_rust or newer is needed, found ${have:-none}"
}

# A range of ids that only this user's containers use. Without one rctr works with a single id.
subordinate_ids() {
    if grep -q "^\($name\|$me\):" /etc/subuid 2>/dev/null && grep -q "^\($name\|$me\):" /etc/subgid 2>/dev/null; then
        return
    fi
    # Root's containers work with the machine's own ids.
    [ "$me" != 0 ] || return 0
    first=$(cat /etc/subuid /etc/subgid 2>/dev/null | awk -F: '$2+$3 > m { m = $2+$3 } END { print (m > 100000 ? m : 100000) }')
    say "giving $name the subordinate ids $first-$((first + 65535)) (/etc/subuid and /etc/subgid)"
    as_root usermod --add-subuids "$first-$((first + 65535))" --add-subgids "$first-$((first + 65535))" "$name"
}

# Distributions and administrators switch user namespaces off in three ways.
user_namespaces() {
    setting=/proc/sys/kernel/unprivileged_userns_clone
    if [ "$me" != 0 ] && [ -e $setting ] && [ "$(cat $setting)" = 0 ]; then
        say "allowing user namespaces to users (kernel.unprivileged_userns_clone, kept in /etc/sysctl.d/60-rctr.conf)"
        echo kernel.unprivileged_userns_clone=1 | as_root tee -a /etc/sysctl.d/60-rctr.conf >/dev/null
        as_root sysctl -q kernel.unprivileged_userns_clone=1
    fi
    if [ "$(cat /proc/sys/user/max_user_namespaces)" = 0 ]; then
        say "allowing user namespaces (user.max_user_namespaces, kept in /etc/sysctl.d/60-rctr.conf)"
        echo user.max_user_namespaces=15000 | as_root tee -a /etc/sysctl.d/60-rctr.conf >/dev/null
        as_root sysctl -q user.max_user_namespaces=15000
    fi
    setting=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
    if [ "$me" != 0 ] && [ -e $setting ] && [ "$(cat $setting)" = 1 ] && [ ! -e /etc/apparmor.d/rctr ]; then
        say "allowing user namespaces to rctr: AppArmor forbids them to programs without a profile (Ubuntu 24.04 and later)"
        sed "s|@RCTR@|$prefix/bin/rctr|" contrib/apparmor/rctr | as_root tee /etc/apparmor.d/rctr >/dev/null
        as_root apparmor_parser -r /etc/apparmor.d/rctr
    fi
}

tun() {
    [ -e /dev/net/tun ] && return
    say "loading the tun driver, which a container's network needs"
    as_root modprobe tun || say "no tun driver: containers need --network none or --network host"
}

build() {
    say "building rctr (release)"
    cargo build --release --locked --bin rctr
    built=${CARGO_TARGET_DIR:-target}/release/rctr
    target=$prefix/bin/rctr
    if ! cmp -s "$built" "$target"; then
        say "installing $target"
        if mkdir -p "$prefix/bin" 2>/dev/null && [ -w "$prefix/bin" ]; then
            install -m 755 "$built" "$target"
        else
            as_root install -D -m 755 "$built" "$target"
        fi
    fi
}

first_container() {
    say "a first container, from this machine's own files: rctr run --rm --rootfs / echo …"
    "$prefix/bin/rctr" run --rm --network none --rootfs / echo "hello from a container" ||
        die "the first container failed; '$prefix/bin/rctr doctor' says why and what to do"
    case :$PATH: in
    *":$prefix/bin:"*) say "done: rctr is ready" ;;
    *) say "done: add $prefix/bin to PATH, then try: rctr run --rm -it --rootfs / bash" ;;
    esac
}

packages
rust
subordinate_ids
user_namespaces
tun
build
first_container
