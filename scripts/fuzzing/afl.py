"""AFL++ as an engine: it explores, in a build of its own (preset `afl`); libFuzzer judges and
merges."""

import os
import re
import shutil
import signal
from hashlib import sha1
from pathlib import Path
from typing import ClassVar

from fuzzing.engine import TEXT_DICTIONARY, Job, Lane, LibFuzzer, Progress, files_in
from fuzzing.targets import DEFAULT_MAX_BYTES, MAX_BYTES, Subject

STATISTIC = re.compile(r"^(\w+)\s*: (.*)$", re.MULTILINE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SEED_FAILS = re.compile(r"Test case '(?:.*orig:)?([^']+)' results in a (crash|timeout)")
KINDS = {"crashes": "crash", "hangs": "timeout"}    # AFL++'s folders, and what artifacts are called

# A target that fails prints a report with stacks before it aborts, and is no hang meanwhile.
MILLISECONDS = 10_000
ENVIRONMENT = {
    "AFL_NO_UI": "1",
    "AFL_NO_COLOR": "1",
    # Nothing of the machine is to be changed for our sake: its core pattern, its frequencies.
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_NO_CRASH_README": "1",
    "AFL_FAST_CAL": "1",
    "AFL_FORKSRV_INIT_TMOUT": "60000",
}


class AflJob(Job):
    """One afl-fuzz. Beside what each job has:

    out/NAME    AFL++'s own; several that are given the same `out` share what they learn
    programs/   where the target runs, and leaves what it writes beside an artifact
    """

    says_on_stdout = True

    def __init__(self, folder: Path, program: Path, known: list[Path], seconds: float, *,
                 seed: int = 1, name: str = "main", out: Path | None = None,
                 artifacts: Path | None = None, max_bytes: int = DEFAULT_MAX_BYTES,
                 dictionary: Path | None = None, variables: dict[str, str] | None = None,
                 until_failure: bool = True):
        self.own = (out or folder / "out").absolute() / name
        self.keeps = artifacts or folder / "artifacts"
        self.known, self.until_failure = known, until_failure
        self.failed: list[tuple[str, Path]] = []    # seeds, and in what way
        self.taken: set[Path] = set()
        super().__init__(folder, [
            "env", "-C", str(folder / "programs"), "afl-fuzz",
            "-i", str((folder / "start").absolute()), "-o", str(self.own.parent), "-S", name,
            "-V", str(max(1, round(seconds))), "-s", str(seed), "-m", "none",
            "-t", str(MILLISECONDS), "-G", str(max_bytes),
            *(["-x", str(dictionary.absolute())] if dictionary else []),
            "--", str(program.absolute())], seconds, signal.SIGINT)
        self.environment = {**os.environ, **ENVIRONMENT, **(variables or {}),
                            **({"AFL_BENCH_UNTIL_CRASH": "1"} if until_failure else {})}

    def start(self) -> None:
        """AFL++ wants something to start from, and nothing that is empty."""
        for made in (self.folder / "programs", self.folder / "start", self.folder / "new",
                     self.keeps, self.own.parent):
            made.mkdir(parents=True, exist_ok=True)
        for path in self.known:
            if path.stat().st_size > 0:
                content = path.read_bytes()
                (self.folder / "start" / sha1(content).hexdigest()).write_bytes(content)
        if not files_in(self.folder / "start"):
            (self.folder / "start" / sha1(b"\0").hexdigest()).write_bytes(b"\0")
        super().start()

    def listen(self) -> None:
        super().listen()
        self.take()
        self.progress = self.measured()
        self.done = not self.failed
        if self.failed and self.until_failure and not self.stopped:
            self.stop()

    def hear(self, line: str) -> None:
        if found := SEED_FAILS.search(ESCAPE.sub("", line)):
            self.failed.append((found[2], self.folder / "start" / found[1]))

    def measured(self) -> Progress:
        """AFL++ writes its statistics once a minute, and a line for plots more often. Edges are all
        the features that it knows."""
        try:
            known = dict(STATISTIC.findall((self.own / "fuzzer_stats").read_text("utf-8")))
            lines = (self.own / "plot_data").read_text("utf-8").rstrip().split("\n")
        except FileNotFoundError:
            return Progress()
        plotted = dict(zip(lines[0].lstrip("# ").split(", "), lines[-1].split(", ")))

        def most(in_statistics: str, in_plot: str) -> int:
            numbers = (known.get(in_statistics, "0"), plotted.get(in_plot, "0"))
            return max(int(number) for number in numbers if number.isdigit())
        edges = most("edges_found", "edges_found")
        return Progress(most("execs_done", "total_execs"), edges, edges,
                        most("corpus_count", "corpus_count"))

    def take(self) -> None:
        """Gives what AFL++ has kept the names and places that every engine's has."""
        for kind, paths in [(kind, files_in(self.own / folder)) for folder, kind in KINDS.items()]:
            self.failed += [(kind, path) for path in paths if (kind, path) not in self.failed]
        for kind, path in self.failed:
            self.copy(path, self.keeps, f"{kind}-")
        for path in files_in(self.own / "queue"):
            if ",orig:" not in path.name:
                self.copy(path, self.folder / "new", "")

    def copy(self, path: Path, into: Path, prefix: str) -> None:
        if path in self.taken or not path.is_file():
            return
        self.taken.add(path)
        content = path.read_bytes()
        (into / f"{prefix}{sha1(content).hexdigest()}").write_bytes(content)

    def said(self) -> str:
        return ESCAPE.sub("", (self.folder / "log").read_text(encoding="utf-8", errors="replace"))

    def complaint(self) -> str:
        return ESCAPE.sub("", super().complaint())


class AflFuzz(LibFuzzer):
    """AFL++ explores. Its inputs are libFuzzer's, so the corpora are the same."""

    name: ClassVar[str] = "afl"
    explores: ClassVar[str] = "afl"
    hunts: ClassVar[tuple[str, ...]] = ("afl",)

    def missing(self) -> str:
        return "" if shutil.which("afl-fuzz") else \
            "afl-fuzz is missing; scripts/setup --with oss-fuzz installs it"

    def lanes(self, subject: Subject) -> list[Lane]:
        return [Lane(subject, self.explores),
                Lane(subject, self.judges, judges=True, measures=True)]

    def left(self, folder: Path, lane: Lane) -> Job:
        if lane.judges:
            return super().left(folder, lane)
        job = self.job(lane.subject, folder, [], 0, 0)
        job.take()
        return job

    def plan(self, lane: Lane, folder: Path, seconds: float, seed: int) -> Job:
        if lane.judges:
            return super().plan(lane, folder, seconds, seed)
        return self.job(lane.subject, folder, files_in(folder / "known"), seconds, seed)

    def hunt(self, subject: Subject, preset: str, folder: Path, shared: Path, artifacts: Path,
             seconds: float, seed: int, keep_going: bool) -> Job:
        return self.job(subject, folder, files_in(self.seeds(subject)), seconds, seed,
                        name=folder.name, out=shared, artifacts=artifacts,
                        until_failure=not keep_going)

    def job(self, subject: Subject, folder: Path, known: list[Path], seconds: float, seed: int,
            **more) -> AflJob:
        program = Path(self.target(subject, self.explores)[0])
        text = subject.target == "program_text"
        return AflJob(folder, program, known, seconds, seed=seed,
                      max_bytes=MAX_BYTES.get(subject.target, DEFAULT_MAX_BYTES),
                      dictionary=Path(TEXT_DICTIONARY) if text else None,
                      # Its driver takes arguments for files.
                      variables={"SLOTPROOF_SLOT": subject.slot or "native",
                                 "SLOTPROOF_RULES": " ".join(self.rules.of_slotproof())}, **more)
