# Resource limits on a machine with cgroup v2 and a systemd session: for tests/vm/vm.sh, which runs it as a user.
set -eu
passed=0
failed=0
check() { # what, expected text in the output, words
    what=$1 want=$2
    shift 2
    got=$("$@" 2>&1) || :
    if case $got in *"$want"*) true ;; *) false ;; esac; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: wanted "%s" of %s\n%s\n' "$what" "$want" "$*" "$got"
    fi
}
scopes() { systemctl --user list-units --all --plain --no-legend 'rctr-*.scope' | wc -l; }
# What is gone soon after: an event of systemd's that nothing here hears of.
settled() { for _ in $(seq 100); do [ "$(scopes)" != 0 ] || return 0; sleep 0.1; done; scopes; return 1; }

test "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs
mkdir -p image/bin
cp /bin/busybox image/bin/
for applet in sh id cat ls sleep dd head tail grep; do ln -s busybox "image/bin/$applet"; done
tar -C image -cf image.tar .
rctr import image.tar box >/dev/null
cat /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers
mine=/sys/fs/cgroup

check "doctor" "delegated" rctr doctor
check "no limit, no cgroup" "" rctr run --rm box cat /proc/self/cgroup
check "no limit asks no bus" "0" sh -c 'strace -f -e trace=connect -o trace rctr run --rm box id >/dev/null 2>&1; grep -c "bus\"" trace || :'
check "a limit asks the bus" "bus" sh -c 'strace -f -e trace=connect -o trace rctr run --rm -m 64m box id >/dev/null 2>&1; grep "bus\"" trace'
check "memory" "67108864" rctr run --rm -m 64m box cat /sys/fs/cgroup/memory.max
check "swap" "33554432" rctr run --rm -m 64m --memory-swap 96m box cat /sys/fs/cgroup/memory.swap.max
check "pids" "20" rctr run --rm --pids-limit 20 box cat /sys/fs/cgroup/pids.max
check "cpus" "50000 100000" rctr run --rm --cpus 0.5 box cat /sys/fs/cgroup/cpu.max
check "shares" "59" rctr run --rm --cpu-shares 512 box cat /sys/fs/cgroup/cpu.weight
check "a namespace of cgroups" "0::/" rctr run --rm -m 64m box cat /proc/self/cgroup
check "other id maps" "67108864" rctr run --rm -m 64m --userns keep-id box cat /sys/fs/cgroup/memory.max

# The truth about what is not delegated: Debian's default leaves out cpuset and io.
check "a warning" "--cpuset-cpus (controller cpuset is not delegated to user.slice/user-1000.slice/user@1000.service" \
    rctr run --rm --cpuset-cpus 0 box id
check "it runs all the same" "uid=0" rctr run --rm --cpuset-cpus 0 box id
check "strict" "125" sh -c 'rctr run --rm --limits strict --cpuset-cpus 0 box id || echo $?'
check "strict, kept" "uid=0" rctr run --rm --limits strict -m 64m box id

# Over its memory.
check "killed over its memory" "137" sh -c 'rctr run --name oom -m 16m --memory-swap 16m box tail /dev/zero || echo $?'
check "inspect knows why" "true" rctr inspect -f '{{.State.OOMKilled}}' oom
check "an event of it" "oom" rctr events --stream=false --filter event=oom
check "kept" "enforced" sh -c 'rctr inspect oom | grep -A 6 "\"Limits\""'
rctr rm oom >/dev/null

# Too many processes.
check "no more processes" "fork" rctr run --rm --pids-limit 5 box sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done'

# Half a processor over a busy loop: throttled, and used less than what was there.
id=$(rctr run -d --name busy --cpus 0.5 -m 64m box sh -c 'while :; do :; done')
group=$mine$(rctr inspect -f '{{.State.CgroupPath}}' busy)
check "the scope below the user's slice" "/user.slice/user-1000.slice/user@1000.service/app.slice/rctr-$id.scope/container" echo "$group"
check "the unit" "rctr container busy" systemctl --user show -p Description "rctr-$id.scope"
before=$(sed -n 's/^usage_usec //p' "$group/cpu.stat") from=$(date +%s%N)
for _ in $(seq 100); do grep -q '^nr_throttled [1-9]' "$group/cpu.stat" && break; sleep 0.1; done
sleep 4
used=$(($(sed -n 's/^usage_usec //p' "$group/cpu.stat") - before)) wall=$((($(date +%s%N) - from) / 1000))
check "half a processor" "yes" sh -c "[ $((used * 100 / wall)) -le 60 ] && echo yes; echo $used of $wall"
check "it was held back" "nr_throttled" grep '^nr_throttled [1-9]' "$group/cpu.stat"
check "stats" "67.11MB" rctr stats --no-stream --format '{{.MemUsage}}' busy

# Changes while it runs.
check "update" "busy" rctr update --memory 128m --pids-limit 30 busy
check "updated memory" "134217728" cat "$group/memory.max"
check "updated pids" "30" cat "$group/pids.max"
check "update of what is not there" "controller cpuset is not delegated" rctr update --cpuset-cpus 0 busy
check "exec is limited too" "0::/" rctr exec busy cat /proc/self/cgroup
check "exec sees the limit" "134217728" rctr exec busy cat /sys/fs/cgroup/memory.max
check "pause" "busy" rctr pause busy
check "frozen" "frozen 1" cat "$group/cgroup.events"
check "paused" "paused" rctr inspect -f '{{.State.Status}}' busy
check "unpause" "busy" rctr unpause busy
check "thawed" "frozen 0" cat "$group/cgroup.events"
check "restart" "busy" rctr restart -t 0 busy
group=$mine$(rctr inspect -f '{{.State.CgroupPath}}' busy)
check "limits after a restart" "134217728" cat "$group/memory.max"
check "removed" "busy" rctr rm -f -t 0 busy
check "no scope is left" "" settled
check "no cgroup is left" "0" sh -c 'find /sys/fs/cgroup -name "rctr-*" | wc -l'

# A monitor that is killed takes all of it along.
rctr run -d --name orphan -m 64m box sleep 1000 >/dev/null
kill -9 "$(rctr inspect -f '{{.State.ConmonPid}}' orphan)"
check "recorded" "137" rctr inspect -f '{{.State.ExitCode}}' orphan
check "no scope is left after SIGKILL" "" settled
check "it starts again" "orphan" rctr start orphan
rctr rm -f -t 0 orphan >/dev/null

# A restart policy keeps its cgroup.
rctr run -d --name again --restart always -m 64m box sh -c 'cat /sys/fs/cgroup/memory.max; sleep 1' >/dev/null
for _ in $(seq 150); do [ "$(rctr logs again | grep -c 67108864)" -ge 2 ] && break; sleep 0.1; done
check "limited after it started again" "67108864
67108864" rctr logs again
rctr rm -f -t 0 again >/dev/null

# A slice of its own.
check "a slice" "/jobs.slice/" sh -c 'rctr run -d --name sliced --cgroup-parent jobs.slice box sleep 1000 >/dev/null
    rctr inspect -f "{{.State.CgroupPath}}" sliced; rctr rm -f -t 0 sliced >/dev/null'

# Without a bus: what is not kept is said, and there is nothing of ours to fall back on.
check "no bus" "limits that are not kept here: --memory (ask systemd over" \
    env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere rctr run --rm -m 64m box id
check "no bus, strict" "125" sh -c 'DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere rctr run --rm --limits strict -m 64m box id || echo $?'

# Inside a service with Delegate=yes: a cgroup of ours, with and without systemd.
service() { systemd-run --user --quiet --wait --pipe -p Delegate=yes env PATH="$PATH" "$@"; }
check "a delegated service" "67108864" service rctr run --rm --cgroup-manager cgroupfs -m 64m box cat /sys/fs/cgroup/memory.max
check "split" "67108864" service rctr run --rm --cgroups split -m 64m box cat /sys/fs/cgroup/memory.max
check "twice in one service" "67108864
67108864" service sh -c 'for i in 1 2; do rctr run --rm --cgroups split -m 64m box cat /sys/fs/cgroup/memory.max; done'
check "a service without a bus" "67108864" service env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere rctr run --rm -m 64m box cat /sys/fs/cgroup/memory.max
check "systemd from a service" "67108864" service rctr run --rm -m 64m box cat /sys/fs/cgroup/memory.max
check "no cgroup is left of all that" "" settled
printf '%s passed, %s failed\n' "$passed" "$failed"
test "$failed" = 0
