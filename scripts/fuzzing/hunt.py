"""A hunt: each target for its share of the time, from the project's corpus, until its first
finding."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzzing import intake, task
from fuzzing.engine import Job, LibFuzzer
from fuzzing.targets import Subject


@dataclass
class Plan:
    """What a hunt is asked for."""

    subjects: list[Subject]
    preset: str
    seconds: float
    jobs: int
    seed: int
    keep_going: bool
    out: Path


class Hunt:
    """One target, perhaps by several processes that share what they learn."""

    def __init__(self, subject: Subject, folder: Path, jobs: list[Job], keep_going: bool):
        self.name, self.subject, self.folder = subject.target, subject, folder
        self.jobs, self.keep_going = jobs, keep_going
        # An earlier hunt may have kept the same input: then it is written once more.
        self.before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        self.begin = self.end = 0.0

    def start(self) -> None:
        self.begin = time.monotonic()
        for job in self.jobs:
            job.start()

    def look(self) -> None:
        """To be called now and then while it runs."""
        self.end = time.monotonic()
        for job in self.jobs:
            job.poll()
        over = any(job.ended_badly for job in self.jobs)
        if over and not self.keep_going:
            for job in self.jobs:
                job.stop()

    @property
    def running(self) -> bool:
        return any(job.running for job in self.jobs)

    @property
    def runs(self) -> int:
        return sum(job.progress.runs for job in self.jobs)

    @property
    def runs_per_second(self) -> float:
        return self.runs / max(self.end - self.begin, 0.001)

    @property
    def features(self) -> int:
        return max(job.progress.features for job in self.jobs)

    @property
    def corpus(self) -> int:
        return max(job.progress.corpus for job in self.jobs)

    def artifacts(self) -> list[Path]:
        return [path for path in self.kept() if path.suffix != ".slot"]

    def kept(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir()
                      if path.stat().st_mtime_ns != self.before.get(path))

    def recover(self, engine: LibFuzzer, preset: str) -> None:
        """Keeps the inputs of which processes died unheard."""
        for job in self.jobs:
            if self.died(job):
                task.run(intake.recover(job, self.subject, engine, preset, self.folder))

    def died(self, job: Job) -> bool:
        return not self.artifacts() and job.died

    @property
    def broken(self) -> bool:
        """It ended by itself, not well, and without an input to show for it."""
        return any(self.died(job) for job in self.jobs)

    def complaint(self) -> str:
        return next(job for job in self.jobs if self.died(job)).complaint()

    @property
    def state(self) -> str:
        if self.running:
            return "running"
        return "waiting" if self.begin == 0 else ""

    def as_json(self) -> dict:
        return {"target": self.name, "runs": self.runs,
                "runs_per_second": round(self.runs_per_second), "features": self.features,
                "corpus": self.corpus, "findings": len(self.artifacts())}


def plan(wanted: Plan, engine: LibFuzzer) -> list[Hunt]:
    """All targets get the same time; with more jobs than targets, some get several processes."""
    number = len(wanted.subjects)
    rounds = -(-number // wanted.jobs)
    share, rest = divmod(max(wanted.jobs, number), number)
    seed = wanted.seed
    hunts = []
    for index, subject in enumerate(wanted.subjects):
        working = Path("build", wanted.preset, "fuzzing", subject.target)
        shutil.rmtree(working, ignore_errors=True)
        artifacts = wanted.out / subject.target
        artifacts.mkdir(parents=True, exist_ok=True)
        jobs = []
        for process in range(share + (1 if index < rest else 0)):
            folder = working / str(process)
            folder.mkdir(parents=True)
            jobs.append(engine.hunt(subject, wanted.preset, folder, working / "corpus", artifacts,
                                    wanted.seconds / rounds, seed, wanted.keep_going))
            seed += 1
        hunts.append(Hunt(subject, artifacts, jobs, wanted.keep_going))
    return hunts


def run(hunts: list[Hunt], jobs: int) -> Iterator[None]:
    """Runs them, at most `jobs` processes at the same time; yields now and then."""
    waiting = list(hunts)
    running: list[Hunt] = []
    while waiting or running:
        while waiting and (not running or sum(len(h.jobs) for h in running)
                           + len(waiting[0].jobs) <= jobs):
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
        for job in hunt.jobs:
            job.stop()
    for hunt in hunts:
        for job in hunt.jobs:
            job.wait()
