# What a first user does on Debian 13: for tests/vm/vm.sh, which runs it as a user in a systemd session.
set -eu
passed=0
failed=0
check() { # what, expected text in the output, words
    what=$1 want=$2
    shift 2
    if got=$("$@" 2>&1) && case $got in *"$want"*) true ;; *) false ;; esac; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: wanted "%s" of %s\n%s\n' "$what" "$want" "$*" "$got"
    fi
}

test "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs
mkdir -p image/bin
cp /bin/busybox image/bin/
for applet in sh id cat ls wget ip hostname touch; do ln -s busybox "image/bin/$applet"; done
tar -C image -cf image.tar .

check "doctor" "rctr can run containers here" rctr doctor
check "import" "" rctr import image.tar box
check "an image" "uid=0" rctr run --rm box id
check "the host's userland" "trixie" rctr run --rm --rootfs / cat /etc/os-release
check "own id" "uid=1000" rctr run --rm --userns keep-id box id
check "several owners" "1000 1000" rctr run --rm --rootfs / sh -c 'touch /tmp/f && chown 1000:1000 /tmp/f && stat -c "%u %g" /tmp/f'
check "a second layer of writes" "kept" rctr run --rm box sh -c 'echo kept >/f && cat /f'
check "a volume" "from the host" sh -c 'echo "from the host" >shared && rctr run --rm -v "$PWD/shared:/in:ro" box cat /in'

# The network: a server on an address that only this machine has, reached through slirp4netns.
sudo ip addr add 192.0.2.1/32 dev lo
mkdir -p www
echo "hello over the wire" >www/index.html
busybox httpd -f -p 192.0.2.1:8080 -h www &
server=$!
check "an address inside" "10.0.2.100" rctr run --rm box ip addr
check "the way out" "hello over the wire" rctr run --rm box wget -q -O - http://192.0.2.1:8080/
check "no network" "lo" rctr run --rm --network none box ip link
kill "$server"

check "exit codes" "7" sh -c 'rctr run --rm box sh -c "exit 7" || echo $?'
check "nothing left" "0" sh -c 'rctr ps -a -q | wc -l'
printf '%s passed, %s failed\n' "$passed" "$failed"
test "$failed" = 0
