#!/usr/bin/env python3
"""Prints what `bowline config` costs beside `kubectl config`: docs/benchmarks.md explains the figures.

    scripts/bench-config.py               builds bowline and measures it
    scripts/bench-config.py --no-build    measures what is built already
    BOWLINE_KUBECTL=FILE                  the kubectl to measure against, instead of the one found

Both sides run in turn, each on its own copy of the same files, in a fresh folder that is removed again.
Each figure is the median of whole processes; nothing is judged. Needs Python's standard library, and
GNU time for memory.
"""

import base64
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GNU_TIME = "/usr/bin/time"
# Contexts of a file, and how often everything is measured in it.
SIZES = {10: 21, 1_000: 7, 10_000: 3}
READS = "current-context", "get-contexts"
WRITES = "use-context", "set-context"


def main():
    bowline, newlines = built("--no-build" not in sys.argv[1:])
    kubectl, version = find_kubectl()
    with tempfile.TemporaryDirectory(prefix="bowline-bench-") as folder:
        folder = Path(folder)
        print(f"kubectl {version}: {kubectl}")
        print(f"file system {file_system(folder)}, load {os.getloadavg()[0]:.2f}")
        for contexts, rounds in SIZES.items():
            size = Size(folder / str(contexts), contexts, rounds)
            size.compare({"bowline": [bowline], "kubectl": [kubectl]}, newlines)
            size.more([bowline])


class Size:
    """All figures of one file."""

    def __init__(self, folder, contexts, rounds):
        self.folder, self.contexts, self.rounds = folder, contexts, rounds
        folder.mkdir()
        self.original = folder / "original.yaml"
        write_kubeconfig(self.original, contexts)
        self.turn = 0

    def compare(self, sides, newlines):
        files = {side: self.copy(side) for side in sides}
        megabytes = self.original.stat().st_size / 1e6
        print(f"\n### {self.contexts:,} contexts, {megabytes:,.2f} MB, median of {self.rounds}\n")
        print("| `config` | CPU: bowline | kubectl | ratio | wall: bowline | kubectl | memory: bowline | kubectl |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for name in READS + WRITES:
            runs = {side: [] for side in sides}
            for _ in range(self.rounds):
                self.turn += 1
                for side, program in sides.items():
                    settle(files[side])
                    runs[side].append(measured(program + self.arguments(name), files[side]))
            self.turn += 1
            settle(files["bowline"])
            memory = {side: peak(runs[side], program + self.arguments(name), files[side])
                      for side, program in sides.items()}
            (cpu, wall), (others_cpu, others_wall) = (medians(runs[side]) for side in ("bowline", "kubectl"))
            print(f"| `{name}` | {cpu:.1f} ms | {others_cpu:,.0f} ms | {others_cpu / cpu:.0f} × | "
                  f"{wall:.1f} ms | {others_wall:,.0f} ms | {memory['bowline']} | {memory['kubectl']} |", flush=True)
        command = [newlines, files["bowline"]]
        runs = [measured(command, files["bowline"]) for _ in range(max(self.rounds, 7))]
        cpu, wall = medians(runs)
        print(f"| reading the file and finding its newlines | {cpu:.1f} ms | | | {wall:.1f} ms | | "
              f"{peak(runs, command, files['bowline'])} | |")

    def more(self, program):
        """What kubectl would take minutes for, or does otherwise; each on a fresh copy, three times."""
        print("\n| `config`, bowline alone | CPU | wall | memory |")
        print("|---|---:|---:|---:|")
        middle = f"{self.contexts // 2:05}"
        for command in (
            ["view", "--minify"],
            ["set-cluster", f"cluster-{middle}", "--server=https://10.9.9.9:16443"],
            ["delete-context", f"ctx-{middle}"],
            ["unset", "contexts"],
        ):
            arguments = program + ["config"] + command
            runs = [measured(arguments, self.copy("alone")) for _ in range(min(self.rounds, 3))]
            cpu, wall = medians(runs)
            title = " ".join(command[:2]) if command[0] in ("view", "unset") else command[0]
            memory = peak(runs, arguments, self.copy("alone"))
            print(f"| `{title}` | {cpu:.1f} ms | {wall:.1f} ms | {memory} |", flush=True)

    def arguments(self, name):
        """Of a write, other ones each turn: it always changes something."""
        number, middle = self.turn % 2, self.contexts // 2
        return ["config", name] + {
            "use-context": [f"ctx-{middle + number:05}"],
            "set-context": [f"ctx-{middle:05}", f"--namespace=team-{number}"],
        }.get(name, [])

    def copy(self, side):
        """A copy in a home of its own that knows of nothing yet, with nothing left to write to the disk."""
        file = self.folder / side / "config"
        shutil.rmtree(file.parent, ignore_errors=True)
        file.parent.mkdir()
        shutil.copyfile(self.original, file)
        os.sync()
        settle(file)
        return file


def write_kubeconfig(path, contexts):
    """A kubeconfig as kubectl writes it, of certificates of their usual length; the same in each run."""
    chance = random.Random(contexts)

    def data(length):
        return base64.b64encode(chance.randbytes(length)).decode()

    with path.open("w") as file:
        file.write("apiVersion: v1\nclusters:\n")
        for number in range(contexts):
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            file.write(f"- cluster:\n    certificate-authority-data: {data(1100)}\n"
                       f"    server: https://{address}:16443\n  name: cluster-{number:05}\n")
        file.write("contexts:\n")
        for number in range(contexts):
            file.write(f"- context:\n    cluster: cluster-{number:05}\n    namespace: default\n"
                       f"    user: user-{number:05}\n  name: ctx-{number:05}\n")
        file.write("current-context: ctx-00000\nkind: Config\npreferences: {}\nusers:\n")
        for number in range(contexts):
            file.write(f"- name: user-{number:05}\n  user:\n    client-certificate-data: {data(1500)}\n"
                       f"    client-key-data: {data(1500)}\n")


def settle(file):
    """Waits until a file is two seconds old: before that its times prove nothing (crates/store/src/snapshot.rs)."""
    time.sleep(max(0, file.stat().st_ctime + 2.1 - time.time()))


def environment(file):
    """Nothing of this user's own: home, kubeconfig, settings."""
    home = str(file.parent)
    return {"HOME": home, "KUBECONFIG": str(file), "KUBERC": "off", "PATH": os.environ.get("PATH", "")}


def measured(command, file):
    """CPU and wall seconds, and peak KiB, of one whole process; what it prints goes nowhere."""
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1)]
    command = [str(part) for part in command]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, environment(file), file_actions=nowhere)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss


def medians(runs):
    """The medians of CPU and wall, in milliseconds."""
    cpu, wall, _ = zip(*runs)
    return statistics.median(cpu) * 1e3, statistics.median(wall) * 1e3


def peak(runs, command, file):
    """The peak memory of these runs, or where it cannot be told, of one more by this command."""
    kib = max(run[2] for run in runs)
    # Linux counts a parent's peak with its child's, so a small one is measured by a small parent.
    if kib <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
        if not Path(GNU_TIME).exists():
            return "?"
        report = file.with_name("memory")
        command = [GNU_TIME, "-f", "%M", "-o", str(report), *command]
        subprocess.run(command, env=environment(file), stdout=subprocess.DEVNULL, check=True)
        kib = int(report.read_text().split()[-1])
    return f"{kib / 1024:.1f} MiB"


def file_system(folder):
    """Where the files are: a write costs what its disk costs."""
    found = subprocess.run(["df", "-T", folder], capture_output=True, text=True)
    words = found.stdout.strip().splitlines()[-1:] or [""]
    return (words[0].split() + ["unknown", "unknown"])[1]


def find_kubectl():
    """The kubectl that BOWLINE_KUBECTL names, else the first plain one, as crates/testnode finds it."""
    named = os.environ.get("BOWLINE_KUBECTL")
    found = [Path(named)] if named else []
    for folder in [] if named else os.get_exec_path():
        path = Path(folder) / "kubectl"
        # Beside a dispatcher, which starts another one for each server, are those that it starts.
        beside = path.resolve().parent.glob("kubectl.1.*") if path.is_file() else []
        found += [path, *sorted(beside, key=lambda it: int(it.suffix[1:]), reverse=True)]
    for path in found:
        version = version_of(path) if path.is_file() else ""
        if version and "-dispatcher" not in version:
            return path, version
    sys.exit("no plain kubectl: set BOWLINE_KUBECTL to one, or put one on PATH")


def version_of(kubectl):
    command = [kubectl, "version", "--client", "-o", "json"]
    quiet = {**os.environ, "KUBERC": "off", "KUBECONFIG": os.devnull}
    told = subprocess.run(command, env=quiet, capture_output=True, stdin=subprocess.DEVNULL)
    try:
        return json.loads(told.stdout)["clientVersion"]["gitVersion"]
    except (ValueError, KeyError):
        return ""


def built(build):
    """The release programs: bowline, and the one that finds newlines."""
    cargo = os.environ.get("CARGO", "cargo")
    for target in (["--bin", "bowline"], ["--example", "newlines"]) if build else ():
        subprocess.run([cargo, "build", "--release", "--quiet", "-p", "bowline", *target], cwd=ROOT, check=True)
    metadata = [cargo, "metadata", "--no-deps", "--format-version=1"]
    told = subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True)
    release = Path(json.loads(told.stdout)["target_directory"]) / "release"
    return release / "bowline", release / "examples" / "newlines"


if __name__ == "__main__":
    main()
