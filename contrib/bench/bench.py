#!/usr/bin/env python3
"""Measures container starts; called by run.sh with a work directory and a number of rounds.

Every round runs each contender once, so that load and frequency changes hit all of them alike. The numbers are wall
time from spawn to reaped exit, in milliseconds; judge by the ratios, which is what the targets are about.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

WORK = sys.argv[1]
ROUNDS = int(sys.argv[2])
ENV = {
    "HOME": f"{WORK}/home",
    "XDG_RUNTIME_DIR": f"{WORK}/run",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
RCTR = f"{WORK}/bin/rctr"
ROOTFS = f"{WORK}/home/rootfs"
NULL = os.open("/dev/null", os.O_RDWR)


# docker's default set.
CAPABILITIES = [
    "CAP_" + name
    for name in (
        "CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT "
        "AUDIT_WRITE"
    ).split()
]


def have(name):
    return shutil.which(name, path=ENV["PATH"])


def quiet(*words, **options):
    """Runs a step of the preparation; its output only shows when it fails."""
    done = subprocess.run(words, env=ENV, stdin=NULL, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def make_rootfs():
    """One directory and one archive of the same busybox, for all contenders."""
    for name in ("bin", "dev", "etc", "proc", "sys", "tmp", "root", "run", "var"):
        os.makedirs(f"{ROOTFS}/{name}")
    shutil.copy(f"{WORK}/bin/busybox", f"{ROOTFS}/bin/busybox")
    for applet in ("true", "sh", "cat"):
        os.symlink("busybox", f"{ROOTFS}/bin/{applet}")
    with open(f"{ROOTFS}/etc/passwd", "w", encoding="ascii") as file:
        file.write("root:x:0:0:root:/root:/bin/sh\n")
    archive = f"{WORK}/home/rootfs.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(ROOTFS, arcname=".", filter=root_owned)
    return archive


def root_owned(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def crun_bundle():
    """crun's own default configuration, with podman's filter where that is installed, and no terminal."""
    bundle = f"{WORK}/home/bundle"
    os.makedirs(bundle)
    quiet("crun", "spec", "--rootless", cwd=bundle)
    path = f"{bundle}/config.json"
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["root"] = {"path": ROOTFS, "readonly": False}
    config["process"]["terminal"] = False
    config["process"]["args"] = ["true"]
    config["process"]["noNewPrivileges"] = False
    config["process"]["capabilities"] = {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
    kinds = ("user", "mount", "pid", "network", "ipc", "uts", "cgroup")
    config["linux"]["namespaces"] = [{"type": kind} for kind in kinds]
    config["linux"]["uidMappings"], config["linux"]["gidMappings"] = maps("/etc/subuid", os.getuid()), maps(
        "/etc/subgid", os.getgid()
    )
    profile = "/usr/share/containers/seccomp.json"
    if os.path.exists(profile):
        with open(profile, encoding="utf-8") as file:
            config["linux"]["seccomp"] = plain_seccomp(json.load(file))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return bundle


def maps(path, own):
    """The maps that podman and rctr use: the caller as root, then the subordinate range."""
    found = [{"containerID": 0, "hostID": own, "size": 1}]
    names = (subprocess.check_output(["id", "-un"], text=True).strip(), str(os.getuid()))
    for line in open(path, encoding="utf-8"):
        name, first, count = line.strip().split(":")
        if name in names:
            found.append({"containerID": 1, "hostID": int(first), "size": int(count)})
            break
    return found


def plain_seccomp(profile):
    """docker's format with its conditions resolved for x86_64 and the default capabilities, as OCI has it."""
    rules = []
    for rule in profile["syscalls"]:
        includes = rule.get("includes") or {}
        if includes.get("caps") or (includes.get("arches") and "amd64" not in includes["arches"]):
            continue
        if "amd64" in ((rule.get("excludes") or {}).get("arches") or []):
            continue
        rules.append({k: rule[k] for k in ("names", "action", "args", "errnoRet") if rule.get(k)})
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "syscalls": rules,
    }


def contenders():
    """Name and words of everything that works here; a line for what does not."""
    archive = make_rootfs()
    quiet(RCTR, "import", archive, "bench")
    found = {
        "rctr, no network": [RCTR, "run", "--rm", "--network", "none", "bench", "true"],
        "rctr": [RCTR, "run", "--rm", "bench", "true"],
        "rctr --rootfs": [RCTR, "run", "--rm", "--network", "none", "--rootfs", ROOTFS, "true"],
        "unshare -Urmpfiun": ["unshare", "-Urmpfiun", "--mount-proc", "/bin/true"],
        "bwrap --unshare-all": [
            "bwrap", "--unshare-all", "--bind", ROOTFS, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
            "true",
        ],
    }
    if have("crun"):
        bundle = crun_bundle()
        found["crun run"] = ["crun", "--cgroup-manager=disabled", "run", "-b", bundle, f"bench-{os.getpid()}"]
    if have("podman"):
        podman = ["podman", "--cgroup-manager=cgroupfs", "--events-backend=none"]
        quiet(*podman, "import", archive, "localhost/bench")
        run = podman + ["run", "--rm", "--cgroups=disabled"]
        found["podman, no network"] = run + ["--network", "none", "localhost/bench", "true"]
        found["podman"] = run + ["localhost/bench", "true"]
    for name, words in list(found.items()):
        tool = words[0]
        if not os.path.isabs(tool):
            tool = have(tool)
            if not tool:
                print(f"left out, not installed: {name}")
                del found[name]
                continue
            words[0] = tool
        for _ in range(2):  # warm caches; prove that it works
            done = subprocess.run(words, env=ENV, stdin=NULL, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"left out, exit code {done.returncode}: {name}: {done.stderr.strip().splitlines()[-1:]}")
            del found[name]
    return found


def once(words):
    """Wall time of one run, in milliseconds."""
    actions = [(os.POSIX_SPAWN_DUP2, NULL, fd) for fd in (0, 1, 2)]
    start = time.perf_counter_ns()
    pid = os.posix_spawn(words[0], words, ENV, file_actions=actions)
    _, status = os.waitpid(pid, 0)
    elapsed = time.perf_counter_ns() - start
    if status != 0:
        raise RuntimeError(f"{' '.join(words)}: status {status} in the middle of the measurement")
    return elapsed / 1e6


# The slower or equal one, the faster one, and the ratio of their medians that is aimed at.
TARGETS = [
    ("podman, no network", "rctr, no network", ">=", 14.0),
    ("podman", "rctr", ">=", 11.0),
    ("crun run", "rctr --rootfs", ">", 1.0),
    ("rctr, no network", "bwrap --unshare-all", "<=", 2.5),
]


def main():
    os.chdir(f"{WORK}/home")
    found = contenders()
    times = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, words in found.items():
            times[name].append(once(words))
    base = statistics.median(times["rctr, no network"])
    print(f"{ROUNDS} interleaved rounds, ms wall, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cpus, "
          f"Linux {os.uname().release}\n")
    print(f"{'':22} {'median':>8} {'p10':>8} {'min':>8} {'times rctr':>11}")
    for name, values in sorted(times.items(), key=lambda item: statistics.median(item[1])):
        median = statistics.median(values)
        p10 = sorted(values)[len(values) // 10]
        print(f"{name:22} {median:8.2f} {p10:8.2f} {min(values):8.2f} {median / base:11.2f}")
    print()
    missed = 0
    for upper, lower, relation, goal in TARGETS:
        if upper not in times or lower not in times:
            print(f"  ----  {upper} / {lower}: not measured")
            continue
        ratio = statistics.median(times[upper]) / statistics.median(times[lower])
        good = ratio <= goal if relation == "<=" else ratio >= goal
        missed += not good
        print(f"  {'pass' if good else 'MISS'}  {upper} / {lower}: {ratio:.2f} (target {relation} {goal:g})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
