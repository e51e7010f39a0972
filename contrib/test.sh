#!/bin/sh
# Runs every check and test of rctr: format, lints, unit tests, and the end-to-end tests as an unprivileged user.
#
#   sh contrib/test.sh            everything
#   sh contrib/test.sh FILTER…    only tests whose name contains a FILTER (no format check, no lints)
#
# Installs what is missing (apt, with sudo when not root) and says what and why. Started by root it makes the user
# "rctr-test" with subordinate ids and opens /dev/fuse and /dev/net/tun as udev does elsewhere; started by anybody else
# it tests as the caller. Quick when nothing is to be done.
set -eu
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

say() { printf '==> %s\n' "$*"; }
die() { printf 'test.sh: %s\n' "$*" >&2; exit 1; }
me=$(id -u)
as_root() {
    if [ "$me" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "needs root for: $* (and there is no sudo)"
    fi
}

can_be_root() { [ "$me" = 0 ] || command -v sudo >/dev/null; }

# What is used, from which package, what for.
needs() {
    cat <<'LIST'
file /usr/include/seccomp.h | libseccomp-dev | compiles the system call filter
cmd pkg-config | pkg-config | finds libseccomp for the build
cmd gcc | gcc | links Rust programs
file /usr/lib/x86_64-linux-gnu/libc.a /usr/lib/aarch64-linux-gnu/libc.a | libc6-dev | the static probe that runs inside containers
cmd newuidmap | uidmap | several ids in a container
cmd slirp4netns | slirp4netns | a container's network without root
static /bin/busybox /usr/bin/busybox | busybox-static | the small test image
cmd debootstrap | debootstrap | the Debian test image
cmd strace | strace | ceilings on system calls
cmd zstd | zstd | compressed archives
cmd setpriv | util-linux | becomes the unprivileged user
cmd getfattr | attr | extended attributes
LIST
}

install_missing() {
    missing=
    while IFS='|' read -r what package why; do
        kind=${what%% *}
        found=
        for item in ${what#* }; do
            case $kind in
            cmd) PATH=$PATH:/usr/sbin:/sbin command -v "$item" >/dev/null && found=1 ;;
            file) [ -e "$item" ] && found=1 ;;
            static) ldd "$item" 2>&1 | grep -Eq 'not a dynamic|statically linked' && found=1 ;;
            esac
        done
        [ -n "$found" ] || { missing="$missing $(echo $package)"; say "missing: $(echo $package), for:$why"; }
    done <<NEEDS
$(needs)
NEEDS
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "no apt-get here; install the equivalents of:$missing"
    say "installing:$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

check_rust() {
    PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    export PATH
    command -v cargo >/dev/null || die "no cargo: run 'sh contrib/quickstart.sh', which installs Rust, or see rustup.rs"
    runner='cargo test'
    if cargo nextest --version >/dev/null 2>&1; then
        runner='cargo nextest run'
    else
        say "cargo-nextest is not installed: using cargo test (for nextest: cargo install --locked cargo-nextest)"
    fi
}

# A container engine's test needs a user that has subordinate ids and nothing else.
prepare_user() {
    if [ "$me" != 0 ]; then
        name=$(id -un)
        if ! grep -q "^\($name\|$me\):" /etc/subuid || ! grep -q "^\($name\|$me\):" /etc/subgid; then
            first=$(cat /etc/subuid /etc/subgid 2>/dev/null | awk -F: '$2+$3 > m { m = $2+$3 } END { print (m > 100000 ? m : 100000) }')
            say "no subordinate ids for $name: adding 65536 from $first"
            as_root usermod --add-subuids "$first-$((first + 65535))" --add-subgids "$first-$((first + 65535))" "$name"
        fi
        return
    fi
    RCTR_TEST_USER=rctr-test
    if ! id "$RCTR_TEST_USER" >/dev/null 2>&1; then
        say "making the unprivileged user $RCTR_TEST_USER"
        useradd --create-home --shell /bin/sh "$RCTR_TEST_USER"
    fi
    touch /etc/subuid /etc/subgid
    for file in /etc/subuid /etc/subgid; do
        grep -q "^$RCTR_TEST_USER:" "$file" && continue
        first=$(awk -F: '$2+$3 > m { m = $2+$3 } END { print (m > 100000 ? m : 100000) }' "$file")
        say "giving $RCTR_TEST_USER 65536 ids in $file"
        echo "$RCTR_TEST_USER:$first:65536" >>"$file"
    done
    RCTR_TEST_HOME=$(getent passwd "$RCTR_TEST_USER" | cut -d: -f6)
    # One stage for each checkout; made by root in a directory of root's, so nobody can put something else there.
    RCTR_TEST_STAGE=/var/lib/rctr-test/$(pwd | cksum | cut -d' ' -f1)
    mkdir -p "$RCTR_TEST_STAGE/bin"
    chmod 755 /var/lib/rctr-test "$RCTR_TEST_STAGE" "$RCTR_TEST_STAGE/bin"
    export RCTR_TEST_USER RCTR_TEST_HOME RCTR_TEST_STAGE
}

# udev gives these to everybody; a bare virtual machine has them for root only, or not at all.
open_devices() {
    for device in fuse:10:229 net/tun:10:200; do
        node=/dev/${device%%:*}
        numbers=${device#*:}
        if [ ! -e "$node" ] && [ "$me" = 0 ]; then
            mkdir -p "$(dirname "$node")"
            mknod "$node" c "${numbers%:*}" "${numbers#*:}" || say "cannot make $node: what needs it will be skipped"
        fi
        if [ -e "$node" ] && [ "$(stat -c %a "$node")" != 666 ]; then
            can_be_root || { say "$node is closed to users: what needs it will be skipped"; continue; }
            say "opening $node to users, as udev does"
            as_root chmod 666 "$node"
        fi
    done
}

# A container's IPv6 must reach something that is not slirp4netns's own fd00::/64; a documentation address on lo serves.
give_ipv6() {
    [ "$me" = 0 ] && command -v ip >/dev/null || return 0
    ip -6 addr show dev lo | grep -q 2001:db8:77::1 || ip -6 addr add 2001:db8:77::1/128 dev lo nodad 2>/dev/null ||
        say "no IPv6 here: what needs it will be skipped"
}

# A real root file system: many files, several owners. Made once for each release and recipe.
debian_image() {
    if [ "$me" = 0 ]; then images=/var/lib/rctr-test/images; else images=$PWD/target/test-images; fi
    mkdir -p "$images"
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>/dev/null |
        awk -v r="$codename" '$2 == r && $3 == "main" { print $1; exit }')
    recipe="minbase $codename 1"
    RCTR_TEST_DEBIAN=$images/debian-$(echo "$recipe" | cksum | cut -d' ' -f1).tar.zst
    export RCTR_TEST_DEBIAN
    [ -e "$RCTR_TEST_DEBIAN" ] && return
    if [ -z "$codename" ] || [ -z "$mirror" ] || ! can_be_root; then
        say "no apt mirror, or no root to make files of several owners: tests of a whole distribution will be skipped"
        return
    fi
    say "making the $codename test image with debootstrap (once, about a minute)"
    work=$(mktemp -d)
    if as_root debootstrap --variant=minbase "$codename" "$work/root" "$mirror" >"$work/log" 2>&1; then
        as_root rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists"
        as_root tar -C "$work/root" --numeric-owner --sort=name --xattrs -cf - . | zstd -q -T0 -o "$work/image"
        chmod 644 "$work/image"
        mv "$work/image" "$RCTR_TEST_DEBIAN"
        as_root rm -rf "$work"
    else
        tail -5 "$work/log" >&2
        as_root rm -rf "$work"
        die "debootstrap failed"
    fi
}

# The program that reports from inside a container: static, so that it runs in any image.
build_probe() {
    RCTR_TEST_PROBE=$PWD/target/test-probe/probe
    if [ ! -e "$RCTR_TEST_PROBE" ] || [ "$RCTR_TEST_PROBE" -ot tests/probe/main.rs ]; then
        say "building the probe"
        mkdir -p target/test-probe
        rustc --edition 2024 -O -C target-feature=+crt-static -C strip=symbols -C panic=abort \
            -o "$RCTR_TEST_PROBE" tests/probe/main.rs
    fi
    if [ "$me" = 0 ]; then
        install -m 755 "$RCTR_TEST_PROBE" "$RCTR_TEST_STAGE/bin/probe"
        RCTR_TEST_PROBE=$RCTR_TEST_STAGE/bin/probe
    fi
    export RCTR_TEST_PROBE
}

# Hands binary and source to the unprivileged user.
stage() {
    [ "$me" = 0 ] || return 0
    install -m 755 "${CARGO_TARGET_DIR:-target}/debug/rctr" "$RCTR_TEST_STAGE/bin/rctr"
    rm -rf "$RCTR_TEST_STAGE/src.new"
    mkdir "$RCTR_TEST_STAGE/src.new"
    tar -cf - --exclude=./target --exclude=./.git . | tar -C "$RCTR_TEST_STAGE/src.new" --no-same-owner -xf -
    chmod -R a+rX "$RCTR_TEST_STAGE/src.new"
    rm -rf "$RCTR_TEST_STAGE/src"
    mv "$RCTR_TEST_STAGE/src.new" "$RCTR_TEST_STAGE/src"
    find "$RCTR_TEST_STAGE/bin" -mtime +1 -type f -delete
    triple=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${triple}_RUNNER=$PWD/contrib/test-runner.sh"
}

install_missing
check_rust
prepare_user
open_devices
give_ipv6
debian_image
build_probe

if [ $# = 0 ]; then
    say "cargo fmt --check"
    cargo fmt --check
    say "cargo clippy"
    cargo clippy --quiet --all-targets -- -D warnings
fi
say "building"
cargo build --quiet --bin rctr
cargo test --quiet --no-run
stage
say "testing as ${RCTR_TEST_USER:-$(id -un)} ($runner)"
RCTR_TEST_SKIPS=${RCTR_TEST_STAGE:-$PWD/target}/skips
export RCTR_TEST_SKIPS
: >"$RCTR_TEST_SKIPS"
[ "$me" != 0 ] || chown "$RCTR_TEST_USER" "$RCTR_TEST_SKIPS"
result=0
case $runner in
*nextest*) $runner "$@" || result=$? ;;
*) [ $# -le 1 ] || die "cargo test takes one FILTER"; $runner "$@" || result=$? ;;
esac
if [ -s "$RCTR_TEST_SKIPS" ]; then
    say "$(wc -l <"$RCTR_TEST_SKIPS") test(s) do not apply to this machine:"
    sort "$RCTR_TEST_SKIPS" | sed 's/^/    /'
fi
exit "$result"
