#!/usr/bin/env python3
"""Compares file systems that make one tree of layers: the kernel's overlay, rctr's over FUSE, fuse-overlayfs.

    overlay.py RCTR TREE TAR [ROUNDS]

Run as a user with subordinate ids. TREE is a directory with a Debian system below the overlay, TAR the same as an archive.
Each phase runs in a container on each of them in turn; what is printed is the median wall clock and CPU time, of the
program and the file system's server together, as ratios to the kernel's overlay. A busy machine shows in the wall clock
first.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

PERL = "perl -e 'for(1..10000){%s}'"
PHASES = [
    ("find+stat, first", "find /usr -xdev -size +0 | wc -l"),
    ("find+stat, again", "find /usr -xdev -size +0 | wc -l"),
    ("read all, first", "find /usr -type f -print0 | xargs -0 cat | wc -c"),
    ("read all, again", "find /usr -type f -print0 | xargs -0 cat | wc -c"),
    ("create 10,000", "mkdir /b && cd /b && " + PERL % 'open F,">","f$_" or die; print F "x"; close F'),
    ("rename 10,000", "cd /b && " + PERL % 'rename "f$_","g$_" or die'),
    ("ls -l 10,000", "ls -l /b | wc -l"),
    ("rm -rf 10,000", "rm -rf /b"),
    ("untar", "mkdir /u && tar -C /u -xf /bench.tar --exclude=./dev"),
    ("rm -rf tree", "rm -rf /u"),
    ("write 1 GiB", "dd if=/dev/zero of=/big bs=1M count=1024 2>&1"),
    ("read 1 GiB", "dd if=/big of=/dev/null bs=1M 2>&1"),
    ("append to lower", "find /usr/share -type f | head -n 2000 | while read f; do echo x >>$f; done"),
    ("rm -rf lower", "rm -rf /usr/share"),
]
TICK = os.sysconf("SC_CLK_TCK")


def ticks(pid):
    """CPU time that a process has used, in seconds."""
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True)
    return [line.split(None, 1) for line in found.stdout.splitlines()]


class Shell:
    """A shell that runs on the file system, and the server's pid."""

    def __init__(self, words, server):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.say("true")
        self.server = server(self.process.pid)

    def say(self, command):
        stdin = self.process.stdin
        stdin.write(f"s=$(date +%s%N); ({command}) >/dev/null || echo FAILED; e=$(date +%s%N); times; echo END $((e-s))\n")
        stdin.flush()
        lines = []
        while not lines or not lines[-1].startswith("END"):
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"the shell has ended in: {command}")
            lines.append(line)
        if "FAILED\n" in lines:
            sys.exit(f"failed: {command}")
        used = re.findall(r"(\d+)m([\d.]+)s", "".join(lines))[-2:]
        return int(lines[-1].split()[1]) / 1e9, sum(int(m) * 60 + float(s) for m, s in used)

    def measure(self, command):
        served = ticks(self.server) if self.server else 0
        before = self.say("true")[1]
        wall, after = self.say(command)
        return wall, after - before + ((ticks(self.server) if self.server else 0) - served)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def rctr(binary, tree, tar, backend):
    def server(pid):
        for monitor, _ in children(pid):
            for child, name in children(monitor):
                if name.startswith("rctr-overlay"):
                    return child
        return None

    words = [binary, "run", "-i", "--network", "none", "--rootfs-backend", backend, "-v", f"{tar}:/bench.tar:ro"]
    return Shell(words + ["--rm", "--rootfs", f"{tree}:O", "sh"], server)


def fuse_overlayfs(tree, tar, scratch):
    for name in ("upper", "work", "merged"):
        os.mkdir(f"{scratch}/{name}")
    script = (
        f"fuse-overlayfs -f -o lowerdir={tree},upperdir={scratch}/upper,workdir={scratch}/work {scratch}/merged & "
        f"while ! mountpoint -q {scratch}/merged; do :; done; touch {scratch}/merged/bench.tar; "
        f"mount --bind {tar} {scratch}/merged/bench.tar; mount --rbind /dev {scratch}/merged/dev; "
        f"mount --rbind /proc {scratch}/merged/proc; chroot {scratch}/merged sh; umount -l {scratch}/merged; wait"
    )

    def server(pid):
        return next((child for child, name in children(pid) if name.startswith("fuse-overlay")), None)

    return Shell(["unshare", "-Um", "--map-root-user", "--map-auto", "sh", "-c", script], server)


def main():
    binary, tree, tar = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    results = {}
    for _ in range(rounds):
        for kind in ("kernel", "rctr", "fuse-overlayfs"):
            if kind == "fuse-overlayfs" and not shutil.which(kind):
                continue
            scratch = tempfile.mkdtemp(prefix="overlay-bench.", dir="/var/tmp")
            if kind == "fuse-overlayfs":
                shell = fuse_overlayfs(tree, tar, scratch)
            else:
                shell = rctr(binary, tree, tar, "overlay" if kind == "kernel" else "fuse")
            for phase, command in PHASES:
                results.setdefault((phase, kind), []).append(shell.measure(command))
            if shell.server:
                status = open(f"/proc/{shell.server}/status").read()
                print(kind, re.search(r"VmHWM:.*", status)[0], file=sys.stderr)
            shell.end()
            subprocess.run(["unshare", "-U", "--map-root-user", "--map-auto", "rm", "-rf", scratch], check=True)
    print(f"{'':18} {'kernel':>16} {'rctr':>16} {'fuse-overlayfs':>16}   (wall, CPU)")
    for phase, _ in PHASES:
        row = [f"{phase:18}"]
        base = None
        for kind in ("kernel", "rctr", "fuse-overlayfs"):
            runs = results.get((phase, kind))
            if runs:
                wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
                base = base or (max(wall, 0.001), max(cpu, 0.01))
                row.append(f"{wall:6.2f} s {cpu:5.2f} s" if kind == "kernel" else f"{wall / base[0]:7.1f} {cpu / base[1]:7.1f} ")
        print(" ".join(f"{cell:>16}" for cell in row))


main()
