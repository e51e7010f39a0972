# shellcheck shell=sh
# What quickstart.sh and test.sh share: they read it with `.` from the top of the checkout. Who we are, how root's part
# gets done or asked for, and the set-up that both need.

me=$(id -u)
# An id without a name (as OpenShift hands them out) goes by its number, which id prints as it fails.
name=$(id -un 2>/dev/null) || :
PATH=$PATH:/usr/sbin:/sbin
[ -n "${HOME:-}" ] || HOME=$(getent passwd "$me" | cut -d: -f6)
export PATH HOME

say() { printf '==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

[ -d "$HOME" ] || die "no home directory (HOME is '$HOME'); set HOME to a directory that $name may write to"

# May we become root? Asks sudo once, which may want a password.
can_be_root() {
    [ "$me" != 0 ] || return 0
    if [ -z "${sudo_says:-}" ]; then
        sudo_says=no
        if command -v sudo >/dev/null; then
            sudo -n true 2>/dev/null || { say "some of this needs root: sudo may ask for a password" && sudo -v; } && sudo_says=yes
        fi
    fi
    [ "$sudo_says" = yes ]
}

# Runs a command as root. Fails where that cannot be, and keeps the command for `asked_for`.
asked=
as_root() {
    if [ "$me" = 0 ]; then "$@"
    elif can_be_root; then sudo "$@"
    else
        asked="$asked
   $(typed "$@")"
        return 1
    fi
}

# Words as somebody types them.
typed() {
    for word; do
        case $word in
        '' | *[!A-Za-z0-9_./:=@%+,-]*) printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
}

# Tells who could not become root what an administrator has to run.
asked_for() {
    [ -z "$asked" ] || printf 'This needs root. Ask an administrator to run:\n%s\n' "${asked#?}" >&2
}

apt_update() {
    [ -z "${apt_updated:-}" ] || return 0
    apt_updated=1
    as_root apt-get update -qq || say "apt-get update had errors: going on with the lists that there are"
}

# Installs packages and removes none. What apt has to say is shown when it fails.
apt_install() {
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here: install the equivalents of $*"
        return 1
    fi
    if ! can_be_root; then
        as_root apt-get install --no-install-recommends "$@"
        return
    fi
    say "installing with apt: $*"
    apt_update
    apt_said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
        --no-install-recommends --no-remove "$@" 2>&1) || { printf '%s\n' "$apt_said" >&2; return 1; }
}

oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

new_enough() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$oldest_rust" "$1" | sort -V | head -n 1)" = "$oldest_rust" ]; }

# The version that apt would install, without what Debian adds to it.
packaged() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p'; }

# Is Rust there, and new enough?
rust_works() {
    have=
    command -v cargo >/dev/null || return 1
    have=$(rustc --version 2>/dev/null | cut -d' ' -f2)
    new_enough "$have"
}

# Rust from where it is to be had: what is there already, rustup when that is there, the distribution's packages when
# they are new enough, the installer of rust-lang.org.
rust() {
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    if rust_works; then return; fi
    say "Rust $oldest_rust or newer is needed, there is ${have:-none}"
    if command -v rustup >/dev/null; then
        rustup_stable || no_download "the Rust toolchain"
    elif ! packaged_rust; then
        rust_installer || no_download "the installer of rust-lang.org"
    fi
    rust_works || die "Rust $oldest_rust or newer is needed, found ${have:-none} ($(command -v rustc))"
}

# For this build; the default toolchain stays what it is.
rustup_stable() {
    say "installing the stable Rust toolchain with rustup, for $name only"
    rustup toolchain install stable --profile minimal --no-self-update && export RUSTUP_TOOLCHAIN=stable
}

# Debian's stable releases have an old rustc and, for the sake of browsers, a current one (rustc-web). They exclude each
# other and rustup: what is installed stays.
packaged_rust() {
    command -v apt-get >/dev/null && [ ! -e /usr/bin/rustc ] && [ ! -e /usr/bin/cargo ] && can_be_root || return 1
    apt_update
    for flavour in '' -web; do
        if new_enough "$(packaged "rustc$flavour")" && new_enough "$(packaged "cargo$flavour")"; then
            apt_install "rustc$flavour" "cargo$flavour" && return
        fi
    done
    return 1
}

rust_installer() {
    say "installing Rust with the installer of rust-lang.org, for $name only (below ${CARGO_HOME:-$HOME/.cargo})"
    command -v curl >/dev/null || command -v wget >/dev/null || apt_install curl ca-certificates || return
    installer=$(mktemp)
    if command -v curl >/dev/null; then
        curl --proto '=https' --tlsv1.2 -sSf -o "$installer" https://sh.rustup.rs
    else
        wget -nv --https-only -O "$installer" https://sh.rustup.rs
    fi && sh "$installer" -y --profile minimal --no-modify-path
    installed=$?
    rm -f "$installer"
    return "$installed"
}

# What to do where a download fails.
no_download() {
    asked_for
    die "could not get $1.
    Behind a proxy: set https_proxy=http://HOST:PORT, then run this again.
    Without the internet: copy ~/.cargo and ~/.rustup of a user of the same kind of machine who has built rctr, then
    run this again. Any other Rust $oldest_rust or newer in PATH will do too."
}

# All crates at once, so that a machine without the internet is told so rather than shown a failed build.
crates() {
    cargo fetch --quiet --locked --target "$(rustc -vV | sed -n 's/^host: //p')" || no_download "the crates that rctr is built from"
}

target_dir() { cargo metadata --offline --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'; }

# Has this user (name, id) a range of subordinate ids, in the files or from a directory service?
has_ids() {
    for file in subuid subgid; do
        cut -d: -f1 "/etc/$file" 2>/dev/null | grep -qxF -e "$1" -e "$2" && continue
        group=-g
        [ "$file" = subgid ] || group=
        getsubids $group "$1" >/dev/null 2>&1 || return 1
    done
}

# Gives a user (name, id) a range of ids that only its containers use. Without one rctr works with a single id.
subordinate_ids() {
    has_ids "$1" "$2" && return
    first=$(cat /etc/subuid /etc/subgid 2>/dev/null | awk -F: '$2+$3 > m { m = $2+$3 } END { print (m > 100000 ? m : 100000) }')
    range=$first-$((first + 65535))
    say "giving $1 the subordinate ids $range (/etc/subuid and /etc/subgid)"
    if [ -e /etc/subuid ] && [ -e /etc/subgid ] && getent -s files passwd "$1" >/dev/null; then
        as_root usermod --add-subuids "$range" --add-subgids "$range" "$1"
    else
        # usermod refuses to make the files, and knows no user of a directory service.
        as_root sh -c "echo '$1:$first:65536' | tee -a /etc/subuid >>/etc/subgid"
    fi
}

# Distributions and administrators switch user namespaces off in three ways. The third is AppArmor, which forbids them
# to programs without a profile: `$1` is to have one.
allow_user_namespaces() {
    [ "$me" = 0 ] || allow_setting kernel/unprivileged_userns_clone 1 || return
    allow_setting user/max_user_namespaces 15000 || return
    restricts=$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null) || return 0
    if [ "$me" = 0 ] || [ "$restricts" = 0 ]; then return; fi
    apparmor_profile "$1"
}

# Sets a kernel setting that is 0, now and at every boot.
allow_setting() {
    [ "$(cat "/proc/sys/$1" 2>/dev/null)" = 0 ] || return 0
    say "allowing user namespaces ($1, kept in /etc/sysctl.d/60-rctr.conf)"
    as_root sh -c "echo $2 >/proc/sys/$1 && mkdir -p /etc/sysctl.d && echo $1=$2 >>/etc/sysctl.d/60-rctr.conf"
}

# One profile for each place that rctr is installed in: AppArmor knows a program by its path, with all links resolved,
# and a profile by its name.
apparmor_profile() {
    program=$(readlink -m -- "$1")
    profile=rctr$(printf %s "$program" | tr -c 'A-Za-z0-9_\n-' .)
    rules=$(mktemp)
    # First AppArmor's quoting, then sed's.
    escaped=$(printf %s "$program" | sed 's/[][*?{}^"\\,]/\\&/g' | sed 's/[&|\\]/\\&/g')
    sed "/^profile/s|@NAME@ \"@RCTR@\"|$profile \"$escaped\"|" contrib/apparmor/rctr >"$rules"
    if ! cmp -s "$rules" "/etc/apparmor.d/$profile"; then
        say "allowing user namespaces to $program (/etc/apparmor.d/$profile): AppArmor forbids them to programs without a profile"
        as_root install -m 644 "$rules" "/etc/apparmor.d/$profile" && as_root apparmor_parser -r "/etc/apparmor.d/$profile"
    fi
    done=$?
    rm -f "$rules"
    return "$done"
}

# udev opens these to everybody; a bare virtual machine has them for root only, or not at all (device, its numbers).
open_device() {
    node=/dev/$1
    case $(stat -c %a "$node" 2>/dev/null) in *6 | *7) return ;; esac
    if [ "$me" != 0 ] && [ -r "$node" ] && [ -w "$node" ]; then return; fi
    say "opening $node to users, as udev does"
    if [ ! -e "$node" ]; then
        as_root sh -c "modprobe -q ${1##*/} 2>/dev/null; [ -e $node ] || { mkdir -p ${node%/*} && mknod $node c $2 $3; }" || return
    fi
    as_root chmod 666 "$node"
}
