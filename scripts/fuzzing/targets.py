"""Fuzz targets as processes: what is started, and what libFuzzer says meanwhile."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

NAMES = ["sequential", "concurrent", "lifecycle", "program_text"]

# Longer inputs than these have no meaning for a target: what is behind is never asked for.
MAX_BYTES = {"program_text": 4096}
DEFAULT_MAX_BYTES = 512

# "#65536 pulse  cov: 130 ft: 1196 corp: 586/14Kb ...", in fork mode "#65536: cov: ...".
PROGRESS = re.compile(r"#(\d+):?\s.*?\bft: (\d+) corp: (\d+)")
EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
INTERRUPTED = 72    # libFuzzer's exit code when it was told to stop
GRACE_SECONDS = 10
LOG_TAIL = 30


def build_targets(names: list[str]) -> list[str]:
    """What a build needs for them, as targets of CMake."""
    return ["slotproof", "corpus"] + [program for name in names
                                      for program in (f"fuzz_{name}", f"{name}_replay")]


def slot_and_rules(arguments: argparse.Namespace) -> list[str]:
    """What tells a target, or its replayer, what to run programs on."""
    return [f"--slot={arguments.slot}", *(["--gil=off"] if arguments.gil == "off" else []),
            *(["--careless"] if arguments.careless else [])]


class Process:
    """One libFuzzer and the last that it said."""

    def __init__(self, command: list[str], log: Path):
        self.command = command
        self.log = log
        self.runs = self.features = self.corpus = 0
        self.child: subprocess.Popen | None = None
        self.reader: threading.Thread | None = None

    def start(self) -> None:
        # A session of its own: Ctrl-C is for us to hand on, to it and to what it starts.
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      text=True, errors="replace", start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        with self.log.open("w", encoding="utf-8") as log:
            for line in self.child.stderr:
                if found := PROGRESS.match(line):
                    self.runs, self.features, self.corpus = (int(n) for n in found.groups())
                    continue
                if found := EXECUTED.match(line):
                    self.runs = max(self.runs, int(found[1]))
                log.write(line)

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    @property
    def code(self) -> int | None:
        return None if self.child is None else self.child.poll()

    @property
    def failed(self) -> bool:
        return self.code not in (None, 0, INTERRUPTED, -signal.SIGKILL)

    def ask_to_stop(self) -> None:
        if self.running:
            os.killpg(self.child.pid, signal.SIGINT)

    def wait(self) -> None:
        if self.child is None:
            return
        try:
            self.child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self.reader.join(GRACE_SECONDS)


class Hunt:
    """One target, perhaps by several processes that share a corpus."""

    def __init__(self, name: str, folder: Path, artifacts: Path, commands: list[list[str]],
                 keep_going: bool):
        self.name = name
        self.keep_going = keep_going
        self.folder = artifacts
        # An earlier hunt may have kept the same input: then it is written once more.
        self.before = {path: path.stat().st_mtime_ns for path in artifacts.iterdir()}
        self.processes = [Process(command, folder / f"log-{index}")
                          for index, command in enumerate(commands)]
        self.begin = self.end = 0.0

    def start(self) -> None:
        self.begin = time.monotonic()
        for process in self.processes:
            process.start()

    def look(self) -> None:
        """To be called now and then while it runs."""
        self.end = time.monotonic()
        if not self.keep_going and any(process.code for process in self.processes):
            for process in self.processes:
                process.ask_to_stop()

    @property
    def running(self) -> bool:
        return any(process.running for process in self.processes)

    @property
    def runs(self) -> int:
        return sum(process.runs for process in self.processes)

    @property
    def runs_per_second(self) -> float:
        return self.runs / max(self.end - self.begin, 0.001)

    @property
    def features(self) -> int:
        return max(process.features for process in self.processes)

    @property
    def corpus(self) -> int:
        return max(process.corpus for process in self.processes)

    def artifacts(self) -> list[Path]:
        """The inputs that libFuzzer kept: crash-..., timeout-..., oom-..., leak-..."""
        return sorted(path for path in self.folder.iterdir()
                      if path.suffix != ".slot"
                      and path.stat().st_mtime_ns != self.before.get(path))

    @property
    def broken(self) -> bool:
        """It ended by itself, not well, and without an input to show for it."""
        return not self.artifacts() and any(process.failed for process in self.processes)

    def complaint(self) -> str:
        process = next(process for process in self.processes if process.failed)
        lines = process.log.read_text(encoding="utf-8").split("\n")
        return "\n".join([f"{' '.join(process.command)} ended with {process.code}:"]
                         + lines[-LOG_TAIL:])

    @property
    def state(self) -> str:
        if self.running:
            return "running"
        return "waiting" if self.begin == 0 else ""

    def as_json(self) -> dict:
        return {"target": self.name, "runs": self.runs,
                "runs_per_second": round(self.runs_per_second), "features": self.features,
                "corpus": self.corpus, "findings": len(self.artifacts())}


def plan(arguments: argparse.Namespace, build: Path) -> list[Hunt]:
    """All targets get the same time; with more jobs than targets, some get several processes."""
    names = arguments.target
    rounds = -(-len(names) // arguments.jobs)
    share, rest = divmod(max(arguments.jobs, len(names)), len(names))
    seed = arguments.seed
    hunts = []
    for index, name in enumerate(names):
        folder = build / "fuzzing" / name
        shutil.rmtree(folder, ignore_errors=True)
        working = arguments.corpus / name if arguments.corpus else folder / "corpus"
        artifacts = arguments.out / name
        for made in (folder, working, artifacts):
            made.mkdir(parents=True, exist_ok=True)
        commands = []
        for _ in range(share + (1 if index < rest else 0)):
            commands.append([
                str(build / "fuzz" / name), *slot_and_rules(arguments), f"-seed={seed}",
                f"-max_total_time={max(1, round(arguments.seconds / rounds))}",
                f"-max_len={MAX_BYTES.get(name, DEFAULT_MAX_BYTES)}", "-print_final_stats=1",
                "-timeout=10", "-rss_limit_mb=2048", "-reload=1",
                f"-artifact_prefix={artifacts}/"])
            if name == "program_text":
                commands[-1].append("-dict=fuzz/program_text.dict")
            if arguments.keep_going:
                commands[-1] += ["-fork=1", "-ignore_crashes=1", "-ignore_timeouts=1",
                                 "-ignore_ooms=1"]
            # New inputs go to the first folder; the others are only read.
            commands[-1] += [str(working), str(build / "corpus" / name)]
            seed += 1
        hunts.append(Hunt(name, folder, artifacts, commands, arguments.keep_going))
    return hunts


def run(hunts: list[Hunt], jobs: int) -> Iterator[None]:
    """Runs them, at most `jobs` processes at the same time; yields now and then."""
    waiting = list(hunts)
    running: list[Hunt] = []
    while waiting or running:
        while waiting and (not running or sum(len(h.processes) for h in running)
                           + len(waiting[0].processes) <= jobs):
            running.append(waiting.pop(0))
            running[-1].start()
        time.sleep(0.1)
        for hunt in running:
            hunt.look()
        running = [hunt for hunt in running if hunt.running]
        yield


def stop(hunts: list[Hunt]) -> None:
    """Ends what still runs, and waits for it."""
    for hunt in hunts:
        for process in hunt.processes:
            process.ask_to_stop()
    for hunt in hunts:
        for process in hunt.processes:
            process.wait()
