"""Ways to look for a bug in a slot, each as a command and what it says.

One class for each lane; whoever adds one adds it to LANES. A lane is started with a seed and limits
and says whether it convicted the slot, and after how many runs: what a run is depends on the lane.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import project
from mutating import process
from mutating.process import Ended

CONVICTED = range(10, 20)    # exit codes
TROUBLE = 2
HANDICAP = 100    # of libFuzzer against real threads


@dataclass(frozen=True)
class Limits:
    runs: int
    seconds: float    # of processor time


@dataclass
class Sample:
    """One attempt."""

    slot: str
    lane: str
    seed: int
    verdict: str | None    # None: not convicted
    runs: int | None       # None: nobody knows, it was stopped
    seconds: float
    limit: float           # of these


class Lane:
    """Base class."""

    name = ""
    about = ""
    preset = "release"
    seeded = True        # False: there is one attempt
    targets: list[str] = ["slotproof"]
    file = "bin/slotproof"    # the program, in the build

    def __init__(self, build: Path):
        self.build = build.resolve()
        self.program = self.build / self.file

    def command(self, slot: str, seed: int, limits: Limits, scratch: Path) -> list[str]:
        raise NotImplementedError

    def read(self, ended: Ended) -> tuple[str | None, int | None]:
        """The verdict, if it convicted, and the runs."""
        raise NotImplementedError

    def environment(self, seed: int, limits: Limits) -> dict[str, str]:
        del seed, limits
        return {}

    def attempt(self, slot: str, seed: int, limits: Limits, scratch: Path) -> Sample:
        ended = self.run(self.command(slot, seed, limits, scratch), limits.seconds, scratch,
                         self.environment(seed, limits))
        verdict, runs = self.read(ended)
        return Sample(slot, self.name, seed, verdict, runs, ended.seconds, limits.seconds)

    def run(self, command: list[str], seconds: float, scratch: Path,
            environment: dict[str, str]) -> Ended:
        ended = process.run(command, scratch, seconds, environment)
        if ended.code == TROUBLE:
            project.die(f"{' '.join(command)}: {(ended.err or ended.out).strip()}")
        return ended


class Random(Lane):
    name = "random"
    about = "random programs under random schedules; a run is a program"
    options: list[str] = []

    def command(self, slot, seed, limits, scratch):
        return [str(self.program), "random", "--slot", slot, "--seed", str(seed),
                "--runs", str(limits.runs), "--no-shrink", "--json", "--output", "found.slot",
                *self.options]

    def read(self, ended):
        try:
            document = json.loads(ended.out)
        except ValueError:
            # The process died of it, or was stopped.
            return ("crash" if ended.code in CONVICTED else None), None
        finding = document["finding"]
        return (finding["verdict"] if finding else None), document["runs"]


class PCT(Random):
    name = "pct"
    about = "random programs under random priorities of the threads; a run is a program"
    options = ["--priorities"]


class LibFuzzer(Lane):
    name = "libfuzzer"
    about = "the fuzz target `concurrent` from an empty corpus; a run is an input"
    preset = "fuzz-fast"
    targets = ["fuzz_concurrent"]
    file = "fuzz/concurrent"

    SAYS = re.compile(r"^slotproof: .*?\bverdict=([\w-]+) runs=(\d+)", re.MULTILINE)
    EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
    FAILED = re.compile(r"^([\w-]+): .*\n\nslotproof \d", re.MULTILINE)

    def command(self, slot, seed, limits, scratch):
        return [str(self.program), f"--slot={slot}", f"-seed={seed}",
                f"-runs={limits.runs}", "-max_len=512", "-print_final_stats=1", "-timeout=30",
                "-verbosity=0", f"-artifact_prefix={scratch}/"]

    def read(self, ended):
        if said := self.SAYS.search(ended.err):
            return (None if said[1] == "pass" else said[1]), int(said[2])
        executed = self.EXECUTED.search(ended.err)
        runs = int(executed[1]) if executed else None
        if ended.code in (0, None):
            return None, runs
        failed = self.FAILED.search(ended.err)
        return (failed[1] if failed else "crash"), runs


class RapidCheck(Lane):
    name = "rapidcheck"
    about = "the law of properties/laws that the planted bug breaks; a run is a case"
    targets = ["laws_test"]
    file = "properties/laws/laws_test"

    FALSIFIED = re.compile(r"^Falsifiable after (\d+) test", re.MULTILINE)
    PASSED = re.compile(r"^OK, passed (\d+) test", re.MULTILINE)

    def __init__(self, build: Path, laws: dict[str, str]):
        super().__init__(build)
        self.laws = laws    # by slot

    def environment(self, seed, limits):
        return {"RC_PARAMS": f"seed={seed} max_success={limits.runs} noshrink=1"}

    def command(self, slot, seed, limits, scratch):
        # A slot of which no law is known is held to all.
        return [str(self.program), "--slot", slot,
                f"--gtest_filter={self.laws.get(slot, '*Laws.*')}"]

    def read(self, ended):
        if found := self.FALSIFIED.search(ended.out):
            return "falsified", int(found[1])
        if ended.code not in (0, None):
            return "falsified", None    # the process died of it
        passed = self.PASSED.search(ended.out)
        return None, int(passed[1]) if passed else None


class Exhaustive(Lane):
    name = "exhaustive"
    about = "all programs within growing bounds, in all executions; a run is an execution"
    seeded = False

    # Threads, operations, interpreters, tensors.
    BOUNDS = [(2, 1, 2, 1), (1, 2, 2, 2), (1, 3, 2, 1), (3, 1, 3, 1), (1, 4, 1, 1), (2, 2, 2, 1),
              (1, 4, 1, 2)]

    def attempt(self, slot, seed, limits, scratch):
        seconds, runs = 0.0, 0
        for bound in self.BOUNDS:
            if seconds >= limits.seconds:
                break
            ended = self.run(self.bounded(slot, bound), limits.seconds - seconds, scratch, {})
            seconds += ended.seconds
            try:
                document = json.loads(ended.out)
            except ValueError:
                # It was stopped, or the process died of the slot.
                verdict = None if ended.code is None else "crash"
                return Sample(slot, self.name, seed, verdict, None, seconds, limits.seconds)
            runs += document["counts"]["executions"]
            if document["failure"]:
                return Sample(slot, self.name, seed, document["failure"]["verdict"], runs, seconds,
                              limits.seconds)
        return Sample(slot, self.name, seed, None, runs, seconds, limits.seconds)

    def bounded(self, slot: str, bound: tuple[int, ...]) -> list[str]:
        command = [str(self.program), "prove", "--slot", slot, "--jobs", "1",
                   "--json", "--output", "certificate.json"]
        for name, value in zip(("threads", "ops", "interpreters", "tensors"), bound):
            command += [f"--{name}", str(value)]
        return command


class Threads(Lane):
    name = "threads"
    about = (f"a stress test on real threads under ThreadSanitizer, once, for {HANDICAP} times the "
             "median of libfuzzer's seconds or as long as the others may; a run is a round")
    preset = "tsan"
    seeded = False       # nothing else about it can be repeated
    targets = ["stress"]
    file = "properties/real_threads/stress"

    SAYS = re.compile(r"^verdict=([\w-]+) rounds=(\d+)", re.MULTILINE)

    def command(self, slot, seed, limits, scratch):
        return [str(self.program), "--slot", slot, "--seed",
                str(seed), "--rounds", str(limits.runs)]

    def read(self, ended):
        if said := self.SAYS.search(ended.out):
            return (None if said[1] == "pass" else said[1]), int(said[2])
        return ("crash" if ended.code not in (0, None) else None), None


LANES = {lane.name: lane for lane in (LibFuzzer, Random, PCT, RapidCheck, Exhaustive, Threads)}
