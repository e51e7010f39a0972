#!/usr/bin/env python3
"""Measures pulls; called by pull.sh with a work directory and a number of rounds.

Each round pulls the image once with each engine into an empty store, on the file system of /var/tmp and in memory, and then
once more into the one that has it. Wall time and processor time in seconds, peak memory in MiB of the largest process. Judge by the
ratios.
"""

import gzip
import hashlib
import http.client
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import time

from bench import ENV, NULL, RCTR, ROUNDS, WORK, have

LAYERS = [0.42, 0.2, 0.15, 0.12, 0.08, 0.03]
ENTRIES = 49_000
BYTES = 1_080_000_000
# Bytes become one of seven letters: about as compressible as what images hold.
LETTERS = bytes(b"etaoins"[n % 7] for n in range(256))


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def directory(tar, name):
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    entry.mode = 0o755
    tar.addfile(entry)


def layer(number, share):
    """One tar: directories of a hundred files, most of them small."""
    chance = random.Random(number)
    count = int(ENTRIES * share)
    weights = [chance.paretovariate(1.16) for _ in range(count)]
    scale = BYTES * share / sum(weights)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        directory(tar, "usr")
        directory(tar, f"usr/l{number}")
        for at in range(count):
            if at % 100 == 0:
                directory(tar, f"usr/l{number}/{at // 100}")
            entry = tarfile.TarInfo(f"usr/l{number}/{at // 100}/f{at}")
            entry.size = int(weights[at] * scale)
            tar.addfile(entry, io.BytesIO(os.urandom(entry.size).translate(LETTERS)))
    return out.getvalue()


class Registry:
    """docker-registry with a store in a directory; ends with it."""

    def __init__(self, directory=f"{WORK}/home"):
        self.directory = directory

    def __enter__(self):
        config = f"{self.directory}/registry.yml"
        with open(config, "w", encoding="ascii") as file:
            file.write(
                "version: 0.1\nlog: {level: info}\n"
                f"storage: {{filesystem: {{rootdirectory: {self.directory}/registry}}}}\n"
                'http: {addr: "127.0.0.1:0"}\n'
            )
        self.log = open(f"{self.directory}/registry.log", "wb")
        self.process = subprocess.Popen(
            ["docker-registry", "serve", config], env=ENV, stdin=NULL, stdout=NULL, stderr=self.log
        )
        self.host = None
        deadline = time.monotonic() + 30
        while not self.host and time.monotonic() < deadline:
            with open(f"{self.directory}/registry.log", encoding="utf-8") as log:
                for line in log:
                    if "listening on " in line:
                        self.host = line.split("listening on ")[1].split('"')[0]
        if not self.host:
            raise RuntimeError("docker-registry does not start")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def put(self, path, data, kind):
        connection = http.client.HTTPConnection(self.host)
        connection.request("PUT", path, body=data, headers={"Content-Type": kind})
        answer = connection.getresponse()
        if answer.status != 201:
            raise RuntimeError(f"{path}: {answer.status} {answer.read()}")

    def blob(self, data):
        connection = http.client.HTTPConnection(self.host)
        connection.request("POST", "/v2/bench/blobs/uploads/", headers={"Content-Length": "0"})
        answer = connection.getresponse()
        place = answer.getheader("Location").split(self.host, 1)[-1]
        self.put(f"{place}&digest={digest(data)}", data, "application/octet-stream")
        return {"digest": digest(data), "size": len(data)}

    def image(self):
        layers, diff_ids, packed = [], [], 0
        for number, share in enumerate(LAYERS):
            tar = layer(number, share)
            diff_ids.append(digest(tar))
            blob = self.blob(gzip.compress(tar, 4))
            packed += blob["size"]
            layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **blob})
        config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        config = self.blob(json.dumps(config).encode())
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
            "layers": layers,
        }
        self.put("/v2/bench/manifests/1", json.dumps(manifest).encode(), kind)
        print(f"image: {len(LAYERS)} layers, {packed / 1e6:.0f} MB compressed, about {ENTRIES} entries")


def aside(work):
    """Does it in another process: the peak of a child counts from the size of who starts it (getrusage(2))."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the image cannot be made")


def measured(words):
    """Wall time, processor time, peak memory (never less than this script's own)."""
    began = time.monotonic()
    child = subprocess.Popen(words, env=ENV, stdin=NULL, stdout=NULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        raise RuntimeError(f"{' '.join(words)}: {said.decode(errors='replace')}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def remove(path):
    subprocess.run(["unshare", "--map-root-user", "--map-auto", "rm", "-rf", path], env=ENV, check=True)


def main():
    engines = {"rctr": lambda store: [RCTR, "--root", store]}
    if have("podman"):
        engines["podman"] = lambda store: ["podman", "--root", store, "--runroot", f"{WORK}/run/p", "--events-backend=none"]
    places = {"disk": f"{WORK}/home", "memory": f"/dev/shm/rctr-bench-{os.getpid()}"}
    os.mkdir(places["memory"])
    figures = {}
    try:
        with Registry() as registry:
            aside(registry.image)
            name = f"{registry.host}/bench:1"
            for _ in range(ROUNDS):
                for place, directory in places.items():
                    for engine, words in engines.items():
                        store = f"{directory}/store-{engine}"
                        pull = [*words(store), "pull", "-q", "--tls-verify=false", name]
                        os.sync()
                        for what in ("pull", "again"):
                            row = measured(pull)
                            figures.setdefault((f"{what}, {place}", engine), []).append(row)
                            # A round takes minutes: what is known is said.
                            print(f"{what:5} {place:6} {engine:6} {row[0]:8.3f} s", flush=True)
                        remove(store)
    finally:
        remove(places["memory"])
    print(f"\n{'':16} {'':8} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   rctr/podman: wall, cpu")
    for (what, engine), rows in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
        line = f"{what:16} {engine:8} {wall:8.3f} {cpu:8.3f} {memory:6.0f}"
        if engine == "podman":
            ours = [statistics.median(column) for column in zip(*figures[(what, "rctr")])]
            line += f"   {ours[0] / wall:.2f} {ours[1] / cpu:.2f}"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
