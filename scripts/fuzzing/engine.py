"""Engines: what runs a target for a while, keeps what it learnt, and says how it went."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from fuzzing.targets import DEFAULT_MAX_BYTES, MAX_BYTES, Rules, Subject

# "#65536 pulse  cov: 130 ft: 1196 corp: 586/14Kb ...", in fork mode "#65536: cov: ...".
PROGRESS = re.compile(r"#(\d+):?\s.*?\bcov: (\d+) ft: (\d+) corp: (\d+)")
EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
INTERRUPTED = 72    # libFuzzer's exit code when it was told to stop
SLACK_SECONDS, GRACE_SECONDS = 5, 15    # behind its time a job is told to stop, and killed
LOG_TAIL = 30
TEXT_DICTIONARY = "fuzz/program_text.dict"


@dataclass(frozen=True)
class Lane:
    """A subject in one of the builds. `judges`: the build in which the sanitizer looks on."""

    subject: Subject
    preset: str
    judges: bool = False
    measures: bool = False    # its features are those that the subject is said to have

    @property
    def name(self) -> str:
        return f"{self.subject.name} {self.preset}"


@dataclass
class Progress:
    runs: int = 0
    edges: int = 0
    features: int = 0
    corpus: int = 0


def starter() -> list[str]:
    """Before a command: the process is killed when ours is, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL", "--"]


class Job:
    """One process of an engine, in a folder of its own:

    known/      what it starts from; new/: what it adds; artifacts/: the inputs that failed
    log         what it said; last-input: what it was doing (fuzz/kept.h)
    """

    environment: dict[str, str] | None = None    # None: ours
    says_on_stdout = False

    def __init__(self, folder: Path, command: list[str], seconds: float,
                 stop_signal: int = signal.SIGUSR1):
        # By SIGUSR1 libFuzzer ends behind the run that it is in; by SIGINT in the middle of it,
        # which looks as if the slot had ended the process. Only in fork mode it has to be SIGINT.
        self.folder, self.command, self.seconds = folder, command, seconds
        self.stop_signal = stop_signal
        self.progress = Progress()
        self.done = False      # said so itself
        self.stopped = False   # was told to stop
        self.child: subprocess.Popen | None = None
        self.begin = 0.0
        self.read_to = 0

    def start(self) -> None:
        self.begin = time.monotonic()
        with (self.folder / "log").open("wb") as log:
            # A session of its own: Ctrl-C is for us to hand on, to it and to what it starts.
            self.child = subprocess.Popen(
                starter() + self.command, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log if self.says_on_stdout else subprocess.DEVNULL, stderr=log,
                start_new_session=True)

    def poll(self) -> bool:
        """Whether it still runs. Its own limits of time go by a clock that may jump."""
        running = self.child.poll() is None
        self.listen()
        used = time.monotonic() - self.begin
        if running and used > self.seconds + GRACE_SECONDS:
            self.kill()
        elif running and used > self.seconds + SLACK_SECONDS and not self.stopped:
            self.stop()
        return running

    def listen(self) -> None:
        with (self.folder / "log").open("rb") as log:
            log.seek(self.read_to)
            said = log.read()
        whole = said[:said.rfind(b"\n") + 1]
        self.read_to += len(whole)
        for line in whole.decode(errors="replace").split("\n"):
            self.hear(line)

    def hear(self, line: str) -> None:
        """A line of the log."""
        if found := PROGRESS.match(line):
            self.progress = Progress(*(int(number) for number in found.groups()))
        elif found := EXECUTED.match(line):
            self.progress.runs = max(self.progress.runs, int(found[1]))
            self.done = True

    def stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.stopped = True
            os.killpg(self.child.pid, self.stop_signal)

    def kill(self) -> None:
        if self.child and self.child.poll() is None:
            self.stopped = True
            os.killpg(self.child.pid, signal.SIGKILL)

    def wait(self) -> None:
        if self.child is None:
            return
        try:
            self.child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.child.wait()
        self.listen()

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    @property
    def code(self) -> int | None:
        return None if self.child is None else self.child.poll()

    def inputs(self) -> list[Path]:
        return files_in(self.folder / "new")

    def artifacts(self) -> list[Path]:
        """The inputs that failed: crash-..., timeout-..., oom-..., leak-..."""
        return [path for path in files_in(self.folder / "artifacts") if path.suffix != ".slot"]

    @property
    def ended_badly(self) -> bool:
        return self.code is not None and (self.code != 0 or not self.done)

    @property
    def died(self) -> bool:
        """It ended by itself, not well, and without an input to show for it."""
        return (self.ended_badly and not self.stopped and not self.artifacts()
                and self.code != INTERRUPTED)

    def complaint(self) -> str:
        return complaint(self.command, self.code, self.folder / "log")


def complaint(command: list[str], code: int | None, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").rstrip().split("\n")
    return "\n".join([f"{' '.join(command)} ended with {code}:"] + lines[-LOG_TAIL:])


def files_in(folder: Path) -> list[Path]:
    """Without hidden ones, which are being written."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names)]


@dataclass
class LibFuzzer:
    """libFuzzer, with and without AddressSanitizer."""

    rules: Rules = field(default_factory=Rules)
    name: ClassVar[str] = "libfuzzer"
    explores: ClassVar[str] = "fuzz-fast"
    judges: ClassVar[str] = "asan"
    merges: ClassVar[str] = "fuzz-fast"
    hunts: ClassVar[tuple[str, ...]] = ("asan", "fuzz-fast")    # presets; the first is the default

    def missing(self) -> str:
        """What keeps it from running, for people; nothing if all is there."""
        return ""

    def lanes(self, subject: Subject) -> list[Lane]:
        return [Lane(subject, self.explores, measures=True),
                Lane(subject, self.judges, judges=True)]

    def left(self, folder: Path, _: Lane) -> Job:
        """A job that was cut short, as it lies there."""
        return Job(folder, [], 0)

    def plan(self, lane: Lane, folder: Path, seconds: float, seed: int) -> Job:
        """A job that has yet to be started; known/ is there."""
        for made in ("new", "artifacts"):
            (folder / made).mkdir(exist_ok=True)
        command = [*self.target(lane.subject, lane.preset), f"-seed={seed}",
                   f"-max_total_time={max(1, round(seconds))}", *limits(lane.subject.target),
                   "-reload=0", f"-artifact_prefix={folder}/artifacts/",
                   *([f"--last-input={folder}/last-input"] if lane.subject.slot else []),
                   str(folder / "new"), str(folder / "known")]
        return Job(folder, command, seconds)

    def hunt(self, subject: Subject, preset: str, folder: Path, shared: Path, artifacts: Path,
             seconds: float, seed: int, keep_going: bool) -> Job:
        """A job that has its target for itself, or shares what is learnt while it is learnt."""
        shared.mkdir(exist_ok=True)
        command = [*self.target(subject, preset), f"-seed={seed}",
                   f"-max_total_time={max(1, round(seconds))}", *limits(subject.target),
                   "-reload=1", f"-artifact_prefix={artifacts}/"]
        if keep_going:
            command += ["-fork=1", "-ignore_crashes=1", "-ignore_timeouts=1", "-ignore_ooms=1"]
        elif subject.slot:
            command.append(f"--last-input={folder}/last-input")
        # New inputs go to the first folder; the others are only read.
        command += [str(shared), str(Path("build", preset, "corpus", subject.target))]
        job = Job(folder, command, seconds, signal.SIGINT if keep_going else signal.SIGUSR1)
        job.done = keep_going    # in fork mode libFuzzer does not say how many inputs it ran
        return job

    def target(self, subject: Subject, preset: str) -> list[str]:
        return [f"build/{preset}/fuzz/{subject.target}", *self.rules.of_target(subject.slot)]

    def merge(self, subject: Subject, into: Path, sources: list[Path], minimal: bool) -> list[str]:
        """Adds to `into` what the sources have and it lacks; the fewest inputs, if that is asked
        for. What fails is left out, and need not be reported once more."""
        return [*self.target(subject, self.merges), *(["--verdict-only"] if subject.slot else []),
                "-set_cover_merge=1" if minimal else "-merge=1", *limits(subject.target),
                f"-merge_control_file={into}.control", f"-artifact_prefix={into}.",
                str(into), *map(str, sources)]

    def seeds(self, subject: Subject) -> Path:
        return Path("build", self.explores, "corpus", subject.target)

    def replayer(self, subject: Subject, preset: str) -> list[str]:
        return [f"build/{preset}/fuzz/{subject.target}_replay",
                *self.rules.of_target(subject.slot)]

    def slotproof(self, preset: str) -> list[str]:
        return [f"build/{preset}/bin/slotproof"]


def limits(target: str) -> list[str]:
    return [f"-max_len={MAX_BYTES.get(target, DEFAULT_MAX_BYTES)}", "-timeout=10",
            "-rss_limit_mb=2048", "-report_slow_units=600", "-print_final_stats=1",
            *([f"-dict={TEXT_DICTIONARY}"] if target == "program_text" else [])]
