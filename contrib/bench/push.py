#!/usr/bin/env python3
"""Measures pushes; called by push.sh with a work directory and a number of rounds.

Each round pushes the image to a repository that no registry has seen, so that every layer is packed and sent; and once more
under another tag, when all of it is there. skopeo copies the same image from a docker-archive, whose layers it packs as rctr does.
Wall time and processor time in seconds, peak memory in MiB of the largest process. Judge by the ratios.
"""

import os
import statistics
import subprocess
import sys

import pull
from bench import ENV, NULL, RCTR, ROUNDS, WORK, have
from pull import Registry, aside, measured, remove


def main():
    # A short run: RCTR_BENCH_SHARE=0.05 makes a twentieth of the image.
    share = float(os.environ.get("RCTR_BENCH_SHARE", "1"))
    pull.ENTRIES, pull.BYTES = int(pull.ENTRIES * share), int(pull.BYTES * share)
    store, archive = f"{WORK}/home/store", f"{WORK}/home/image.tar"
    rctr = [RCTR, "--root", store]
    figures = {}
    with Registry() as source:
        aside(source.image)
        name = f"{source.host}/bench:1"
        subprocess.run([*rctr, "pull", "-q", "--tls-verify=false", name], env=ENV, stdin=NULL, stdout=NULL, check=True)
        subprocess.run([*rctr, "save", "-o", archive, name], env=ENV, check=True)
        engines = {"rctr": lambda to: [*rctr, "push", "-q", "--tls-verify=false", name, to]}
        if have("skopeo"):
            engines["skopeo"] = lambda to: [
                "skopeo", "copy", "-q", "--dest-tls-verify=false", f"docker-archive:{archive}", f"docker://{to}"
            ]
        if have("podman"):
            podman = ["podman", "--root", f"{WORK}/home/p", "--runroot", f"{WORK}/run/p", "--events-backend=none"]
            subprocess.run([*podman, "pull", "-q", "--tls-verify=false", name], env=ENV, stdin=NULL, stdout=NULL, check=True)
            engines["podman"] = lambda to: [*podman, "push", "-q", "--tls-verify=false", name, to]
        # What the registry of the image knows is none of the others' business.
        for number in range(ROUNDS):
            for engine, words in engines.items():
                os.makedirs(f"{WORK}/home/{engine}{number}")
                with Registry(f"{WORK}/home/{engine}{number}") as target:
                    for what, tag in (("push", 1), ("again", 2)):
                        os.sync()
                        row = measured(words(f"{target.host}/bench:{tag}"))
                        figures.setdefault((what, engine), []).append(row)
                        print(f"{what:5} {engine:6} {row[0]:8.3f} s", flush=True)
                remove(f"{WORK}/home/{engine}{number}")
    remove(store)
    print(f"\n{'':6} {'':8} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   rctr/other: wall, cpu")
    for (what, engine), rows in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rows))
        line = f"{what:6} {engine:8} {wall:8.3f} {cpu:8.3f} {memory:6.0f}"
        if engine != "rctr":
            ours = [statistics.median(column) for column in zip(*figures[(what, "rctr")])]
            line += f"   {ours[0] / wall:.2f} {ours[1] / cpu:.2f}"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
