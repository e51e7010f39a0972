#!/bin/sh
# A whole machine for what no container shows: Debian 13 with systemd, cgroup v2 and a real login, in qemu.
#
#   sh tests/vm/vm.sh image                   makes the image: once, as root, a few minutes
#   sh tests/vm/vm.sh run [FLAGS] SCRIPT      boots it, logs the user `alice` in (ids, sudo, a systemd user session), runs
#                                             SCRIPT with bash as her, shuts down; prints what SCRIPT printed and exits
#                                             with its code (99: the machine did not come up or ran out of time)
#     --add FILE        puts FILE or a directory beside the script, in /srv/job (repeatable), which is in PATH
#     --disk FILE       keeps what the machine writes in FILE, so that the next run boots the same disk
#     --power-cut       ends without a shutdown: what the kernel had not written by then is lost
#     --seconds N       how long all of it may take (900)
#
# The release binary goes in as `rctr` (RCTR_BIN, or cargo build --release). Wants debootstrap, e2fsprogs,
# qemu-system-x86, qemu-utils. No virtualisation is needed, so it is slow: a boot takes about a minute on one core.
# RCTR_VM_DIR holds the image (/var/cache/rctr-vm). RCTR_VM_CPU are qemu's words for the processor.
#
# How it works: SCRIPT and its files go in as a tar on a second disk. A unit with PAMName=login runs it, which makes a
# session as any login does. Output and exit code come back through three virtio ports, each a file here.
set -eu
here=$(cd -P -- "$(dirname -- "$0")" && pwd)
top=$here/../..
store=${RCTR_VM_DIR:-/var/cache/rctr-vm}
# This model boots Debian's kernel under qemu 7.2's emulation; others crash it.
cpu=${RCTR_VM_CPU:--accel tcg,thread=single -cpu Nehalem,-cx16 -smp 1 -m 2048}
release=trixie
packages=systemd,systemd-sysv,libpam-systemd,dbus,dbus-user-session,udev,kmod,procps,iproute2,sudo,passwd
packages=$packages,linux-image-cloud-amd64,initramfs-tools,uidmap,slirp4netns,libseccomp2,apparmor,busybox-static,strace,attr,fuse3

die() { printf 'vm.sh: %s\n' "$*" >&2; exit 99; }
need() { command -v "$1" >/dev/null || die "no $1: apt-get install $2"; }
PATH=$PATH:/usr/sbin:/sbin

image() {
    [ "$(id -u)" = 0 ] || die "the image has files of several owners: make it as root"
    need debootstrap debootstrap
    need mke2fs e2fsprogs
    mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Component: main' | head -n 1)
    [ -n "$mirror" ] || die "apt has no mirror"
    mkdir -p "$store"
    work=$(mktemp -d "$store/making.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    root=$work/root
    echo "making $store/disk (log: $store/image.log)"
    debootstrap --variant=minbase --include="$packages" "$release" "$root" "$mirror" >"$store/image.log" 2>&1 ||
        die "debootstrap failed: $(tail -n 3 "$store/image.log")"
    furnish "$root"
    cp "$root"/boot/vmlinuz-* "$work/kernel"
    cp "$root"/boot/initrd.img-* "$work/initrd"
    mke2fs -q -t ext4 -d "$root" -L rctr-vm "$work/disk" 4G
    chmod 644 "$work/kernel" "$work/initrd" "$work/disk"
    mv "$work/kernel" "$work/initrd" "$work/disk" "$store/"
}

# What makes a Debian into our machine.
furnish() {
    root=$1
    echo vm >"$root/etc/hostname"
    echo '127.0.0.1 localhost vm' >"$root/etc/hosts"
    echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
    rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
    chroot "$root" useradd --create-home --shell /bin/bash alice
    echo 'alice ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/alice"
    chmod 440 "$root/etc/sudoers.d/alice"
    echo 'PATH=/srv/job:$PATH' >"$root/etc/profile.d/job.sh"
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
        e2scrub_reap.service systemd-timesyncd.service serial-getty@ttyS0.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    cat >"$root/etc/systemd/system/job.service" <<'UNIT'
[Unit]
Description=The script that this machine was booted for
After=multi-user.target systemd-user-sessions.service
OnSuccess=job-end.service
OnFailure=job-end.service
[Service]
Type=exec
User=alice
PAMName=login
Environment=XDG_SESSION_TYPE=tty XDG_SESSION_CLASS=user
WorkingDirectory=~
ExecStartPre=+/bin/sh -c 'rm -rf /srv/job && mkdir /srv/job && tar -C /srv/job -xf /dev/vdb'
ExecStart=/bin/bash -l /srv/job/script
StandardOutput=file:/dev/virtio-ports/out
StandardError=file:/dev/virtio-ports/err
[Install]
WantedBy=graphical.target
UNIT
    # A unit of its own: a port can be open once, and what the script left running has the first two.
    cat >"$root/etc/systemd/system/job-end.service" <<'UNIT'
[Unit]
Description=Tells how the script ended and switches the machine off
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'systemctl show --value -p ExecMainCode -p ExecMainStatus job.service >/dev/virtio-ports/code; \
    if [ -e /srv/job/power-cut ]; then echo o >/proc/sysrq-trigger; else systemctl --no-block poweroff; fi'
UNIT
    mkdir -p "$root/etc/systemd/system/graphical.target.wants"
    ln -s ../job.service "$root/etc/systemd/system/graphical.target.wants/job.service"
    chroot "$root" systemctl set-default graphical.target >/dev/null 2>&1
}

run() {
    need qemu-system-x86_64 qemu-system-x86
    need qemu-img qemu-utils
    [ -e "$store/disk" ] || die "no image: run 'sh tests/vm/vm.sh image' first"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/job"
    disk=$work/changes
    seconds=900
    while [ $# -gt 1 ]; do
        case $1 in
        --add) cp -R "$2" "$work/job/"; shift 2 ;;
        --disk) disk=$2; shift 2 ;;
        --power-cut) : >"$work/job/power-cut"; shift ;;
        --seconds) seconds=$2; shift 2 ;;
        *) die "what is $1?" ;;
        esac
    done
    [ $# = 1 ] && [ -f "$1" ] || die "no script ${1:-}"
    cp "$1" "$work/job/script"
    install -m 755 "${RCTR_BIN:-${CARGO_TARGET_DIR:-$top/target}/release/rctr}" "$work/job/rctr"
    tar -C "$work/job" --owner=0 --group=0 -cf "$work/job.tar" .
    [ -e "$disk" ] || qemu-img create -q -f qcow2 -b "$store/disk" -F raw "$disk"
    : >"$work/out"
    : >"$work/err"
    # shellcheck disable=SC2086 # a list of words
    timeout -k 10 "$seconds" qemu-system-x86_64 $cpu -nodefaults -nographic -no-reboot \
        -kernel "$store/kernel" -initrd "$store/initrd" \
        -append "root=/dev/vda rw console=ttyS0 systemd.journald.forward_to_console=1 quiet mitigations=off" \
        -drive "file=$disk,if=virtio,cache=unsafe" -drive "file=$work/job.tar,if=virtio,format=raw,readonly=on" \
        -device virtio-rng-pci -device virtio-serial-pci -serial "file:$work/console" \
        -chardev "file,id=out,path=$work/out" -device virtserialport,chardev=out,name=out \
        -chardev "file,id=err,path=$work/err" -device virtserialport,chardev=err,name=err \
        -chardev "file,id=code,path=$work/code" -device virtserialport,chardev=code,name=code </dev/null || :
    cat "$work/out"
    cat "$work/err" >&2
    # siginfo's si_code and what goes with it: 1 is an exit and its code, 2 and 3 are a death and its signal.
    # shellcheck disable=SC2046 # two words
    set -- $(cat "$work/code" 2>/dev/null)
    case ${1:-} in
    1) return "$2" ;;
    2 | 3) die "the script was killed by signal $2" ;;
    *) tail -n 20 "$work/console" >&2; die "the machine did not finish within $seconds s; the end of its console is above" ;;
    esac
}

case ${1:-} in
image) image ;;
run) shift; run "$@" ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 99 ;;
esac
