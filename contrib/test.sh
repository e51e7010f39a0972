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
cd -P -- "$(dirname -- "$0")/.."
# shellcheck source=contrib/common.sh
. ./contrib/common.sh
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

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
cmd strace | strace | ceilings on system calls
cmd zstd | zstd | compressed archives
cmd setpriv | util-linux | becomes the unprivileged user
cmd getfattr | attr | extended attributes
cmd runc | runc | starts bundles that rctr writes
cmd crun | crun | the other runtime that rctr-oci is held beside
cmd docker-registry | docker-registry | registries to pull from
cmd skopeo | skopeo | judges what rctr pushes and signs
cmd podman | podman | the same, lists of images, and rctr-oci below it
cmd openssl | openssl | certificates of registries, and keys that sign images
cmd gpg | gnupg | simple signatures of images
LIST
}

install_missing() {
    missing=
    while IFS='|' read -r what package why; do
        kind=${what%% *}
        found=
        for item in ${what#* }; do
            case $kind in
            cmd) command -v "$item" >/dev/null && found=1 ;;
            file) [ -e "$item" ] && found=1 ;;
            static) ldd "$item" 2>&1 | grep -Eq 'not a dynamic|statically linked' && found=1 ;;
            esac
        done
        # shellcheck disable=SC2086 # trims
        [ -n "$found" ] || { missing="$missing $(printf %s $package)"; say "missing:${package% }:$why"; }
    done <<NEEDS
$(needs)
NEEDS
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    apt_install $missing || { asked_for; die "the tests need:$missing"; }
}

find_runner() {
    # Signals as a terminal has them: a background job of sh ignores SIGINT. nextest sees to that itself.
    runner='env --default-signal cargo test --no-fail-fast'
    if cargo nextest --version >/dev/null 2>&1; then
        runner='cargo nextest run'
    else
        say "cargo-nextest is not installed: using cargo test (for nextest: cargo install --locked cargo-nextest)"
    fi
}

# A container engine's test needs a user that has subordinate ids and nothing else.
prepare_user() {
    if [ "$me" != 0 ]; then
        subordinate_ids "$name" "$me" || { asked_for; die "the tests need subordinate ids"; }
        return
    fi
    RCTR_TEST_USER=rctr-test
    if ! id "$RCTR_TEST_USER" >/dev/null 2>&1; then
        say "making the unprivileged user $RCTR_TEST_USER"
        useradd --create-home --shell /bin/sh "$RCTR_TEST_USER"
    fi
    subordinate_ids "$RCTR_TEST_USER" "$(id -u "$RCTR_TEST_USER")"
    RCTR_TEST_HOME=$(getent passwd "$RCTR_TEST_USER" | cut -d: -f6)
    # One stage for each checkout; made by root in a directory of root's, so nobody can put something else there.
    RCTR_TEST_STAGE=/var/lib/rctr-test/$(pwd | cksum | cut -d' ' -f1)
    mkdir -p "$RCTR_TEST_STAGE/bin"
    chmod 755 /var/lib/rctr-test "$RCTR_TEST_STAGE" "$RCTR_TEST_STAGE/bin"
    rctr=$RCTR_TEST_STAGE/bin/rctr
    export RCTR_TEST_USER RCTR_TEST_HOME RCTR_TEST_STAGE
}

# A container's IPv6 must reach something that is not slirp4netns's own fd00::/64; a documentation address on lo serves.
give_ipv6() {
    [ "$me" = 0 ] && command -v ip >/dev/null || return 0
    ip -6 addr show dev lo | grep -q 2001:db8:77::1 || ip -6 addr add 2001:db8:77::1/128 dev lo nodad 2>/dev/null ||
        say "no IPv6 here: what needs it will be skipped"
}

# A real root file system: many files, several owners. Made once for each release and recipe.
debian_image() {
    if [ "$me" = 0 ]; then images=/var/lib/rctr-test/images; else images=$target/test-images; fi
    mkdir -p "$images"
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    recipe="minbase $codename 1"
    RCTR_TEST_DEBIAN=$images/debian-$(echo "$recipe" | cksum | cut -d' ' -f1).tar.zst
    export RCTR_TEST_DEBIAN
    [ -e "$RCTR_TEST_DEBIAN" ] && return
    mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>/dev/null |
        awk -v r="$codename" '$2 == r && $3 == "main" { print $1; exit }')
    if [ -z "$codename" ] || [ -z "$mirror" ] || ! can_be_root; then
        say "no apt mirror, or no root to make files of several owners: tests of a whole distribution will be skipped"
        return
    fi
    command -v debootstrap >/dev/null || apt_install debootstrap || die "cannot make the Debian test image"
    say "making the $codename test image with debootstrap (once, about a minute)"
    # Not below /tmp, which is often mounted without devices.
    work=$(mktemp -d /var/tmp/rctr-test.XXXXXX)
    if as_root debootstrap --variant=minbase "$codename" "$work/root" "$mirror" >"$work/log" 2>&1; then
        as_root rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists"
        as_root tar -C "$work/root" --numeric-owner --sort=name --xattrs -cf - . | zstd -q -T0 -o "$work/image"
        chmod 644 "$work/image"
        mv "$work/image" "$RCTR_TEST_DEBIAN"
        as_root rm -rf "$work"
    else
        tail -n 5 "$work/log" >&2
        as_root rm -rf "$work"
        die "debootstrap failed"
    fi
}

# The program that reports from inside a container: static, so that it runs in any image.
build_probe() {
    RCTR_TEST_PROBE=$target/test-probe/probe
    if [ ! -e "$RCTR_TEST_PROBE" ] || [ "$RCTR_TEST_PROBE" -ot tests/probe/main.rs ]; then
        say "building the probe"
        mkdir -p "$target/test-probe"
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
    install -m 755 "$target/debug/rctr" "$rctr"
    rm -rf "$RCTR_TEST_STAGE/src.new"
    mkdir "$RCTR_TEST_STAGE/src.new"
    # What fuzzing has left there is large.
    tar -cf - --exclude=./target --exclude=./.git --exclude=./contrib/fuzz/target --exclude=./contrib/fuzz/corpus \
        --exclude=./contrib/fuzz/artifacts . | tar -C "$RCTR_TEST_STAGE/src.new" --no-same-owner -xf -
    chmod -R a+rX "$RCTR_TEST_STAGE/src.new"
    rm -rf "$RCTR_TEST_STAGE/src"
    mv "$RCTR_TEST_STAGE/src.new" "$RCTR_TEST_STAGE/src"
    find "$RCTR_TEST_STAGE/bin" -mtime +1 -type f -delete
    # cargo splits a runner at spaces, which the checkout's path may have.
    install -m 755 contrib/test-runner.sh "$RCTR_TEST_STAGE/runner"
    triple=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${triple}_RUNNER=$RCTR_TEST_STAGE/runner"
}

# Format and lints. A minimal toolchain comes without these tools, and those of another version than the authors' may see
# more than they did: what they find fails the run in CI alone.
style() {
    if ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
        if command -v rustup >/dev/null; then
            rustup component add rustfmt clippy || :
        else
            case $(dpkg -S "$(command -v rustc)" 2>/dev/null) in
            rustc-web:*) apt_install rustfmt-web rust-web-clippy || : ;;
            rustc:*) apt_install rustfmt rust-clippy || : ;;
            esac
        fi
    fi
    checked "cargo fmt --check" cargo fmt --check
    checked "cargo clippy" cargo clippy --quiet --all-targets -- -D warnings
}

checked() {
    say "$1"
    shift
    if "$@"; then return; fi
    [ "${CI:-}" != true ] || die "$* failed"
    remarks="$remarks $2"
}

install_missing
rust
crates
find_runner
target=$(target_dir)
rctr=$target/debug/rctr
prepare_user
open_device fuse 10 229 || say "what needs /dev/fuse will be skipped"
open_device net/tun 10 200 || say "what needs /dev/net/tun will be skipped"
# Where AppArmor is asked for user namespaces, it is by the path of the program under test.
allow_user_namespaces "$rctr" || say "user namespaces are not allowed: most tests will fail"
give_ipv6
debian_image
build_probe

remarks=
[ $# != 0 ] || style
say "building"
cargo build --quiet --bin rctr
cargo test --quiet --no-run
stage
say "testing as ${RCTR_TEST_USER:-$name} ($runner)"
RCTR_TEST_SKIPS=${RCTR_TEST_STAGE:-$target}/skips
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
[ -z "$remarks" ] || say "CI would fail for what was found above by: cargo$remarks"
exit "$result"
