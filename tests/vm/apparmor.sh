# AppArmor lets rctr make user namespaces by the profile that contrib/quickstart.sh puts in, and forbids them without:
#
#   sh tests/vm/vm.sh run --add contrib --add Cargo.toml tests/vm/apparmor.sh
#
# Ubuntu's switch (kernel.apparmor_restrict_unprivileged_userns) is not in Debian's kernel. A profile that allows all but
# `userns` and lets programs with a profile of their own into it stands in for it.
set -eu
mkdir -p "odd [place], really/bin" elsewhere
cp /srv/job/rctr "odd [place], really/bin/rctr"
cp /srv/job/rctr elsewhere/rctr
cp /bin/bash cage
printf 'abi <abi/4.0>,\nprofile cage /home/alice/cage {
  /{,**} rwlkm, capability, network, mount, umount, pivot_root, signal, ptrace, unix, mqueue, io_uring, dbus,
  /** pix,
}\n' >cage.profile
sudo apparmor_parser -r cage.profile

inside() { ./cage -c '"$0" run --rm --network none --rootfs / cat /proc/self/attr/current' "$1" 2>&1; }

echo "--- without a profile of its own:"
inside "$HOME/elsewhere/rctr" && exit 1
"$HOME/elsewhere/rctr" version >/dev/null
cd /srv/job
. ./contrib/common.sh
apparmor_profile "$HOME/odd [place], really/bin/rctr"
cd
echo "--- with one:"
label=$(inside "$HOME/odd [place], really/bin/rctr")
echo "$label"
test "$label" = "rctr.home.alice.odd..place...really.bin.rctr (unconfined)"
echo "--- and after that once more, with nothing to do:"
cd /srv/job
apparmor_profile "$HOME/odd [place], really/bin/rctr"
