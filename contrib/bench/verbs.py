#!/usr/bin/env python3
"""Measures the verbs for containers; called by verbs.sh with a work directory and a number of rounds.

Every round does each verb once with each engine, so that load and frequency changes hit both alike. The numbers are
wall time from spawn to reaped exit, in milliseconds; what a verb needs beforehand and what it leaves is not timed.
Judge by the ratios, which is what the targets are about.
"""

import os
import signal
import statistics
import subprocess
import sys
import time

import bench
from bench import ENV, NULL, RCTR, ROUNDS, WORK, have, make_rootfs, once, quiet

# So many run while `ps` lists them, and so many cost nothing while they idle.
LISTED = 40
IDLE = 200
IDLE_SECONDS = 10

# The ratio that is aimed at: podman's median over rctr's.
TARGETS = {"run -d": 10, "exec": 20, "ps": 10, "start": 8, "stop": 8, "rm": 8, "logs": 8, "inspect": 8}

# What a container does that ends when it is asked to; it says when it can be asked.
OBEDIENT = "trap 'exit 0' TERM; : >/s/ready; sleep 1000 & wait"


class Engine:
    """podman or rctr, with the flags that they need to do the same."""

    def __init__(self, name, words, run):
        self.name = name
        self.words = words
        self.run = run
        self.shared = f"{WORK}/home/s-{name}"
        os.mkdir(self.shared)
        self.count = 0

    def do(self, *words):
        """A step of the preparation."""
        return quiet(*self.words, *words)

    def timed(self, *words):
        return once([*self.words, *words])

    def fresh(self):
        self.count += 1
        return f"c{self.count}"

    def detached(self, name, *program):
        return ("run", "-d", "--name", name, *self.run, "localhost/bench", *program)

    def ready(self):
        """Waits until the obedient container hears its signal."""
        path = f"{self.shared}/ready"
        while not os.path.exists(path):
            time.sleep(0.001)
        os.unlink(path)

    def prepare(self, archive):
        self.do("import", archive, "localhost/bench")
        for _ in range(LISTED - 2):
            self.do(*self.detached(self.fresh(), "sleep", "1000"))
        self.do(*self.detached("busy", "sleep", "1000"))
        self.do(*self.detached("talker", "sh", "-c", "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done; sleep 1000"))
        made = ("create", "--name", "obedient", *self.run, "-v", f"{self.shared}:/s", "localhost/bench")
        self.do(*made, "sh", "-c", OBEDIENT)

    # One measurement each.

    def run_d(self):
        name = self.fresh()
        elapsed = self.timed(*self.detached(name, "sleep", "1000"))
        self.do("rm", "-f", "-t", "0", name)
        return elapsed

    def exec(self):
        return self.timed("exec", "busy", "true")

    def ps(self):
        return self.timed("ps")

    def start(self):
        elapsed = self.timed("start", "obedient")
        self.ready()
        self.do("stop", "obedient")
        return elapsed

    def stop(self):
        self.do("start", "obedient")
        self.ready()
        return self.timed("stop", "obedient")

    def rm(self):
        name = self.fresh()
        self.do("create", "--name", name, *self.run, "localhost/bench", "true")
        return self.timed("rm", name)

    def logs(self):
        return self.timed("logs", "talker")

    def inspect(self):
        return self.timed("inspect", "busy")

    def first_process(self, name):
        return int(self.do("inspect", "--format", "{{.State.Pid}}", name))

    def clear(self):
        self.do("rm", "-f", "-a", "-t", "0")


VERBS = {
    "run -d": Engine.run_d,
    "exec": Engine.exec,
    "ps": Engine.ps,
    "start": Engine.start,
    "stop": Engine.stop,
    "rm": Engine.rm,
    "logs": Engine.logs,
    "inspect": Engine.inspect,
}


def status(pid, field):
    """A number of /proc/PID/status: kB for memory."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def parent(pid):
    return status(pid, "PPid")


def ticks(pid):
    """Processor time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def engines():
    archive = make_rootfs()
    # `sleep` besides what bench.py needs: the archive is made once more.
    os.symlink("busybox", f"{bench.ROOTFS}/bin/sleep")
    os.unlink(archive)
    with bench.tarfile.open(archive, "w") as tar:
        tar.add(bench.ROOTFS, arcname=".", filter=bench.root_owned)
    found = [Engine("rctr", [RCTR], ["--network", "none"])]
    if have("podman"):
        podman = [have("podman"), "--cgroup-manager=cgroupfs", "--events-backend=none"]
        run = ["--network", "none", "--cgroups=disabled", "--log-driver", "k8s-file"]
        found.append(Engine("podman", podman, run))
    else:
        print("left out, not installed: podman")
    for engine in found:
        engine.prepare(archive)
    return found


def works(engine, verb):
    """Warms the caches, and proves that the engine can do it."""
    try:
        VERBS[verb](engine)
        VERBS[verb](engine)
        return True
    except RuntimeError as error:
        print(f"left out: {engine.name} {verb}: {error}")
        return False


def speed(found):
    times = {(engine.name, verb): [] for verb in VERBS for engine in found if works(engine, verb)}
    for _ in range(ROUNDS):
        for verb, measure in VERBS.items():
            for engine in found:
                if (engine.name, verb) in times:
                    times[engine.name, verb].append(measure(engine))
    print(f"{ROUNDS} interleaved rounds, {LISTED} containers running, ms wall, load {os.getloadavg()[0]:.1f}, "
          f"{os.cpu_count()} cpus, Linux {os.uname().release}\n")
    print(f"        {'':8} {'rctr':>8} {'min':>8} {'podman':>8} {'min':>8} {'times':>8}")
    missed = 0
    for verb in VERBS:
        ours, theirs = times.get(("rctr", verb)), times.get(("podman", verb))
        if not ours:
            print(f"  ----  {verb:8} not measured")
            continue
        text = f"{verb:8} {statistics.median(ours):8.2f} {min(ours):8.2f}"
        if not theirs:
            print(f"  ----  {text}")
            continue
        ratio = statistics.median(theirs) / statistics.median(ours)
        good = ratio >= TARGETS[verb]
        missed += not good
        print(f"  {'pass' if good else 'MISS'}  {text} {statistics.median(theirs):8.2f} {min(theirs):8.2f} "
              f"{ratio:8.1f} (target >= {TARGETS[verb]})")
    return missed


def judge(what, value, unit, goal):
    good = value <= goal
    print(f"  {'pass' if good else 'MISS'}  {what}: {value:g} {unit} (target <= {goal:g})")
    return not good


def foreground(engine):
    """Private memory of a command line that stays attached, in MB."""
    words = [*engine.words, "run", "--rm", "--name", "front", *engine.run, "-v", f"{engine.shared}:/s", "localhost/bench"]
    with subprocess.Popen([*words, "sh", "-c", OBEDIENT], env=ENV, stdin=NULL, stdout=NULL, stderr=NULL) as process:
        engine.ready()
        memory = status(process.pid, "RssAnon") / 1000
        process.send_signal(signal.SIGTERM)
    return memory


def memory(found):
    """Anonymous memory that is in use: what is written to is private, shared only with a process that is gone."""
    print()
    missed = 0
    for engine in found:
        monitor = status(parent(engine.first_process("busy")), "RssAnon") / 1000
        front = foreground(engine)
        if engine.name == "rctr":
            missed += judge("private memory of a monitor", monitor, "MB", 0.5)
            missed += judge("private memory of a foreground run", front, "MB", 3.0)
        else:
            print(f"  ----  {engine.name}'s: {monitor:g} MB, {front:g} MB")
    return missed


def idle(engine):
    """Processor time of many containers that do nothing, with that of their monitors."""
    names = [engine.fresh() for _ in range(IDLE - LISTED)]
    for name in names:
        engine.do(*engine.detached(name, "sleep", "1000"))
    first = engine.do("ps", "-q").split()
    pids = [int(pid) for pid in engine.do("inspect", "--format", "{{.State.Pid}}", *first).split()]
    pids += [parent(pid) for pid in pids]
    before = sum(ticks(pid) for pid in pids)
    time.sleep(IDLE_SECONDS)
    spent = (sum(ticks(pid) for pid in pids) - before) * 1000 / os.sysconf("SC_CLK_TCK")
    return judge(f"processor time of {len(first)} idle containers in {IDLE_SECONDS} s", spent, "ms", 0)


def main():
    os.chdir(f"{WORK}/home")
    found = []
    try:
        found = engines()
        missed = speed(found) + memory(found) + idle(found[0])
    finally:
        for engine in found:
            engine.clear()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
