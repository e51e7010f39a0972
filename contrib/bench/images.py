#!/usr/bin/env python3
"""Measures the verbs of images; called by images.sh with a work directory and a number of rounds.

A store of 200 images of one layer is listed; an image of one layer of 120 MB in 6,000 files is loaded, saved and removed.
skopeo, which has no store of its own, copies between archives. Wall time and processor time in seconds, peak memory in MiB of
the largest process. Judge by the ratios.
"""

import hashlib
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import time

from bench import ENV, NULL, RCTR, ROUNDS, WORK, have, quiet

HOME = f"{WORK}/home"
# As compressible as what images hold, about.
LETTERS = bytes(b"etaoins"[n % 7] for n in range(256))


def add(tar, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def layer(count, size):
    out = io.BytesIO()
    chance = random.Random(count)
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("d")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(entry)
        for number in range(count):
            add(tar, f"d/{number}", chance.randbytes(size).translate(LETTERS))
    return out.getvalue()


def archive(path, tar, names):
    """What docker save writes: one layer, an image for each name."""
    diff_id = "sha256:" + hashlib.sha256(tar).hexdigest()
    with tarfile.open(path, "w") as out:
        add(out, "layer.tar", tar)
        images = []
        for name in names:
            config = {
                "architecture": "amd64",
                "os": "linux",
                "created": "2026-01-02T03:04:05Z",
                "config": {"Labels": {"name": name}},
                "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            }
            config = json.dumps(config).encode()
            file = hashlib.sha256(config).hexdigest() + ".json"
            add(out, file, config)
            images.append({"Config": file, "RepoTags": [name], "Layers": ["layer.tar"]})
        add(out, "manifest.json", json.dumps(images).encode())


def measured(words):
    """Wall time, processor time, peak memory."""
    began = time.monotonic()
    child = subprocess.Popen(words, env=ENV, stdin=NULL, stdout=NULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        raise RuntimeError(f"{' '.join(words)}: {said.decode(errors='replace')}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def engines():
    found = {"rctr": [RCTR, "--root", f"{HOME}/rctr"]}
    if have("podman"):
        found["podman"] = ["podman", "--root", f"{HOME}/podman", "--runroot", f"{WORK}/run/p", "--events-backend=none"]
    return found


def aside(work):
    """Does it in another process: the peak of a child counts from the size of who starts it (getrusage(2))."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the images cannot be made")


def archives():
    archive(f"{HOME}/many.tar", layer(3, 1000), [f"bench.example/many:{n}" for n in range(200)])
    archive(f"{HOME}/large.tar", layer(6000, 20_000), ["bench.example/large:1"])


def main():
    aside(archives)
    figures = {}

    def note(what, who, words):
        figures.setdefault(what, {}).setdefault(who, []).append(measured(words))

    large = "bench.example/large:1"
    for words in engines().values():
        quiet(*words, "load", "-q", "-i", f"{HOME}/many.tar")
    for _ in range(ROUNDS):
        for who, words in engines().items():
            note("images, 200", who, [*words, "images"])
            note("images -q, 200", who, [*words, "images", "-q"])
            note("image inspect", who, [*words, "image", "inspect", "bench.example/many:7"])
            os.sync()
            note("load", who, [*words, "load", "-q", "-i", f"{HOME}/large.tar"])
            for form in ("docker-archive", "oci-archive"):
                out = f"{HOME}/out-{who}.tar"
                note(f"save {form}", who, [*words, "save", "-q", "--format", form, "-o", out, large])
                os.remove(out)
            note("rmi", who, [*words, "rmi", large])
        if have("skopeo"):
            skopeo = ["skopeo", "copy", "-q", "--insecure-policy", f"docker-archive:{HOME}/large.tar"]
            for form in ("docker-archive", "oci-archive"):
                out = f"{HOME}/out-skopeo.tar"
                note(f"save {form}", "skopeo", [*skopeo, f"{form}:{out}:{large}"])
                os.remove(out)
    print(f"{'':20} {'':8} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   times rctr's wall, cpu")
    for what, rows in figures.items():
        ours = None
        for who, row in rows.items():
            wall, cpu, memory = (statistics.median(column) for column in zip(*row))
            line = f"{what:20} {who:8} {wall:8.3f} {cpu:8.3f} {memory:6.0f}"
            if ours:
                line += f"   {wall / ours[0]:.1f} {cpu / ours[1]:.1f}"
            ours = ours or (wall, max(cpu, 0.001))
            print(line)


if __name__ == "__main__":
    sys.exit(main())
