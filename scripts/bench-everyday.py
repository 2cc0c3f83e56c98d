#!/usr/bin/env python3
"""Prints what everyday use costs, side by side in one run: bowline, kubectl, kubectx, kubie, kubesess.

    scripts/bench-everyday.py               builds bowline and measures it
    scripts/bench-everyday.py --no-build    measures what is built already
    scripts/bench-everyday.py --sizes 10,1000
    scripts/bench-everyday.py --peers       first compiles kubie from crates.io into target/peers
    BOWLINE_KUBECTL=FILE                    the kubectl to measure against, instead of the one found

All run in turn, each on its own copy of the same file, in a fresh folder that is removed again. Each figure is the
wall time of whole processes, median and least; nothing is judged. What is not there is left out, and said. kubectx
is Debian's (apt-get install kubectx). kubesess is not on crates.io (github.com/Ramilito/kubesess): it is measured where
it stands on PATH or in target/peers/bin. kubens is left out: it asks an API server whether the namespace exists.
kubie's own switch starts a sub-shell on a terminal; `kubie exec CONTEXT NAMESPACE true` is the nearest to it.
`bowline (terminal)` is what the shell integration calls: the choice of one terminal, whose shell is a process that
this script starts. It writes a small file in place of the kubeconfig, as kubesess does.
The picker is `bowline use` on a pseudo-terminal: from its start to the first frame, and from a key to the frame after it.
"""

import fcntl
import importlib.util
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "target" / "peers"
CRATES = {"kubie": "0.28.0"}
# Contexts of a file, and how often everything is measured in it. kubectl takes many seconds for a change of 10,000.
SIZES = {10: 21, 1_000: 7, 10_000: 3}
# No call takes longer, and what hangs must not hold the rest up.
PATIENCE = 120
# The side whose calls come from a terminal with a choice of its own.
TERMINAL = "bowline (terminal)"

specification = importlib.util.spec_from_file_location("bench_config", ROOT / "scripts" / "bench-config.py")
config = importlib.util.module_from_spec(specification)
specification.loader.exec_module(config)


def main():
    arguments = sys.argv[1:]
    sizes = SIZES
    if "--sizes" in arguments:
        wanted = arguments[arguments.index("--sizes") + 1].split(",")
        sizes = {int(size): SIZES.get(int(size), 5) for size in wanted}
    if "--peers" in arguments:
        compile_peers()
    bowline = built("--no-build" not in arguments)
    kubectl, version = config.find_kubectl()
    with tempfile.TemporaryDirectory(prefix="bowline-bench-") as folder:
        folder = Path(folder)
        # kubectx and kubens call `kubectl`, whatever it is called here.
        (folder / "bin").mkdir()
        (folder / "bin" / "kubectl").symlink_to(kubectl)
        print(f"kubectl {version}; file system {config.file_system(folder)}, load {os.getloadavg()[0]:.2f}")
        for contexts, rounds in sizes.items():
            Size(folder, contexts, rounds).run(programs(bowline, folder / "bin" / "kubectl"))


def programs(bowline, kubectl):
    """What is measured: each task as a table of the program's name and its arguments in a round."""
    kubectx, kubie, kubesess = (found(name) for name in ("kubectx", "kubie", "kubesess"))
    for name, path in (("kubectx", kubectx), ("kubie", kubie), ("kubesess", kubesess)):
        if path is None:
            print(f"left out: {name} is not there" + (" (--peers compiles it)" if name in CRATES else ""))
    print("left out: kubens needs an API server that knows the namespaces, which this file's addresses are not "
          "(bowline's --force asks none, as kubectl)")
    tasks = {
        "use": {
            "bowline": [bowline, "use", "CONTEXT", "--global"],
            TERMINAL: [bowline, "use", "CONTEXT"],
            "kubectl": [kubectl, "config", "use-context", "CONTEXT"],
            "kubectx": [kubectx, "CONTEXT"],
            "kubie exec": [kubie, "exec", "CONTEXT", "default", "true"],
            "kubesess": [kubesess, "-v", "CONTEXT", "context"],
        },
        "ns": {
            "bowline": [bowline, "ns", "NAMESPACE", "--force", "--global"],
            TERMINAL: [bowline, "ns", "NAMESPACE", "--force"],
            "kubectl": [kubectl, "config", "set-context", "--current", "--namespace=NAMESPACE"],
        },
        "prompt": {
            "bowline": [bowline, "prompt"],
            TERMINAL: [bowline, "prompt"],
            "kubectl": [kubectl, "config", "current-context"],
            "kubectx": [kubectx, "-c"],
        },
        "ls": {
            "bowline": [bowline, "ls"],
            "kubectl": [kubectl, "config", "get-contexts"],
        },
        "ls -o name": {
            "bowline": [bowline, "ls", "-o", "name"],
            "kubectl": [kubectl, "config", "get-contexts", "-o", "name"],
            "kubectx": [kubectx],
        },
    }
    return {task: {name: command for name, command in sides.items() if command[0]}
            for task, sides in tasks.items()}


class Size:
    """All figures of one file."""

    def __init__(self, folder, contexts, rounds):
        self.contexts, self.rounds = contexts, rounds
        self.bin = folder / "bin"
        self.folder = folder / str(contexts)
        self.folder.mkdir()
        self.original = self.folder / "original.yaml"
        self.lists = {}
        config.write_kubeconfig(self.original, contexts)

    def run(self, tasks):
        megabytes = self.original.stat().st_size / 1e6
        print(f"\n### {self.contexts:,} contexts, {megabytes:,.2f} MB, median of {self.rounds} (least)\n")
        print("| task | program | wall | ratio to bowline |")
        print("|---|---|---:|---:|")
        for task, sides in tasks.items():
            self.task(task, sides)
        Picker(tasks["use"]["bowline"][0], self).run()

    def task(self, task, sides):
        files = {name: self.copy(name) for name in sides}
        # What stands for the shell of a terminal: it only has to live.
        shell = subprocess.Popen(["sleep", "86400"]) if TERMINAL in sides else None
        try:
            if shell:
                # The first choice of a terminal makes its session; measured is what comes after.
                self.call([sides[TERMINAL][0], "use", "CONTEXT"], files[TERMINAL], 1, shell)
            self.turns(task, sides, files, shell)
        finally:
            if shell:
                shell.kill()
                shell.wait()

    def turns(self, task, sides, files, shell):
        times, failed = {name: [] for name in sides}, {}
        for turn in range(self.rounds):
            for name, command in sides.items():
                if name in failed:
                    continue
                config.settle(files[name])
                told = self.call(command, files[name], turn, shell if name == TERMINAL else None)
                if isinstance(told, str):
                    failed[name] = told
                else:
                    times[name].append(told)
        ours = statistics.median(times["bowline"]) if times["bowline"] else None
        for name in sides:
            if name in failed:
                print(f"| `{task}` | {name} | left out: {failed[name]} | |", flush=True)
                continue
            middle, least = statistics.median(times[name]), min(times[name])
            ratio = f"{middle / ours:,.1f} ×" if ours else ""
            print(f"| `{task}` | {name} | {middle * 1e3:,.1f} ms ({least * 1e3:,.1f}) | {ratio} |", flush=True)

    def call(self, command, file, turn, shell=None):
        """Seconds of one whole process, or why there are none. Another context each turn: it always changes."""
        words = {"CONTEXT": f"ctx-{self.contexts // 2 + turn % 2:05}", "NAMESPACE": f"team-{turn % 2}"}
        line = [str(part) for part in command]
        for word, value in words.items():
            line = [part.replace(word, value) for part in line]
        variables = config.environment(file)
        # The kubeconfig is where the home folder has it: kubectx and kubie keep things beside it.
        variables["HOME"] = str(file.parent.parent)
        variables["PATH"] = f"{self.bin}:{variables['PATH']}"
        if shell:
            variables["BOWLINE_SHELL_PID"] = str(shell.pid)
            variables["KUBECONFIG"] = self.lists.get(file, variables.get("KUBECONFIG", str(file)))
        began = time.perf_counter()
        try:
            done = subprocess.run(line, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"no end within {PATIENCE} s"
        wall = time.perf_counter() - began
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip().splitlines()[:1] or ["no words"]
            return f"exit code {done.returncode}: {words[0][:80]}"
        # What the shell integration reads: the list that the terminal has from now on.
        said = done.stdout.decode(errors="replace").strip()
        if shell and said.startswith("KUBECONFIG="):
            self.lists[file] = said.removeprefix("KUBECONFIG=")
        return wall

    def copy(self, name):
        """A copy in a home of its own that knows of nothing yet."""
        file = self.folder / name.replace(" ", "-") / ".kube" / "config"
        shutil.rmtree(file.parent.parent, ignore_errors=True)
        self.lists.pop(file, None)
        file.parent.mkdir(parents=True)
        shutil.copyfile(self.original, file)
        os.sync()
        return file


class Picker:
    """`bowline use` in a terminal of its own: until the first frame, and from each key to the frame that shows it."""

    # Letters that fit fewer and fewer names, none of them, and all again; then a walk through the list.
    LETTERS = ["c", "t", "x", "-", "0", "z", "\x7f", "\x7f", "\x15"]
    WALK = ["\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[A"]

    def __init__(self, bowline, size):
        self.bowline, self.size = bowline, size

    def run(self):
        file = self.size.copy("picker")
        config.settle(file)
        rounds = [self.round(file) for _ in range(self.size.rounds)]
        firsts = [first for first, _, _ in rounds]
        previews = [preview for _, preview, _ in rounds]
        keys = [key for _, _, keys in rounds for key in keys]
        for what, times in (("first frame", firsts), ("with its preview", previews), ("a key", keys)):
            print(f"| picker | {what} | {statistics.median(times) * 1e3:,.1f} ms ({min(times) * 1e3:,.1f}), "
                  f"worst {max(times) * 1e3:,.1f} | |", flush=True)

    def round(self, file):
        """Seconds from the start of the process to its first frame and to the preview in it, and of each key."""
        variables = config.environment(file) | {"HOME": str(file.parent.parent), "TERM": "xterm-256color"}
        began = time.perf_counter()
        process, terminal = pty.fork()
        if process == 0:
            os.execve(self.bowline, ["bowline", "use", "--global"], variables)
        try:
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
            told = bytearray()
            first = until(terminal, told, "context> ") - began
            preview = until(terminal, told, "namespace  ") - began
            keys, query = [], ""
            for key in self.LETTERS + self.WALK:
                while select.select([terminal], [], [], 0.1)[0]:
                    os.read(terminal, 1 << 16)  # The picker is idle when nothing more comes.
                typed = query + key if key.isprintable() else query
                query = {"\x7f": query[:-1], "\x15": ""}.get(key, typed)
                pressed = time.perf_counter()
                os.write(terminal, key.encode())
                keys.append(until(terminal, bytearray(), f"context> {query} ") - pressed)
            return first, preview, keys
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)


def until(terminal, told, wished):
    """When the terminal was told something, which must come. `told` is what it was told already."""
    while wished.encode() not in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", told):
        if not select.select([terminal], [], [], PATIENCE)[0]:
            raise SystemExit(f"the picker did not draw {wished!r}")
        told += os.read(terminal, 1 << 16)
    return time.perf_counter()


def found(name):
    """A program of target/peers, else on PATH."""
    ours = PEERS / "bin" / name
    return ours if ours.exists() else shutil.which(name)


def compile_peers():
    cargo = os.environ.get("CARGO", "cargo")
    for name, version in CRATES.items():
        install = [cargo, "install", "--root", str(PEERS), "--locked", f"{name}@{version}"]
        if subprocess.run(install, check=False).returncode != 0:
            print(f"left out: {name} {version} cannot be had from crates.io")


def built(build):
    cargo = os.environ.get("CARGO", "cargo")
    if build:
        subprocess.run([cargo, "build", "--release", "--quiet", "-p", "bowline"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "bowline"


if __name__ == "__main__":
    main()
