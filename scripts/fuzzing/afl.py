"""AFL++ on a fuzz target of the preset `afl`: a process that is started, polled and stopped."""

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

GRACE_SECONDS = 10
LOG_TAIL = 30
STATISTIC = re.compile(r"^(\w+)\s*: (.*)$", re.MULTILINE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# A target that fails prints a report with stacks before it aborts, and is no hang meanwhile.
MILLISECONDS = 10_000
ENVIRONMENT = {
    "AFL_NO_UI": "1",
    "AFL_NO_COLOR": "1",
    # Nothing of the machine is to be changed for our sake: its core pattern, its frequencies.
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_FAST_CAL": "1",
    "AFL_FORKSRV_INIT_TMOUT": "60000",
}


@dataclass
class Progress:
    runs: int = 0
    edges: int = 0
    corpus: int = 0
    crashes: int = 0


class AflFuzz:
    """One afl-fuzz on a target and a slot, in a folder of its own:

    start/       what it starts from; artifacts/: the inputs that failed, as crash-SHA1
    out/default  AFL++'s own; log: what it said
    """

    def __init__(self, program: Path, folder: Path, seeds: list[Path], seconds: float, *,
                 slot: str = "native", rules: str = "", max_bytes: int = 512,
                 dictionary: Path | None = None, seed: int | None = None,
                 until_crash: bool = True):
        self.folder = folder.absolute()
        self.seconds = seconds
        self.begin = 0.0
        self.stopped = False
        self.child: subprocess.Popen | None = None
        shutil.rmtree(self.folder, ignore_errors=True)
        for made in ("start", "artifacts"):
            (self.folder / made).mkdir(parents=True)
        self.collect(seeds)
        self.command = ["afl-fuzz", "-i", str(self.folder / "start"),
                        "-o", str(self.folder / "out"), "-V", str(max(1, round(seconds))),
                        "-m", "none", "-t", str(MILLISECONDS), "-G", str(max_bytes),
                        *(["-s", str(seed)] if seed is not None else []),
                        *(["-x", str(dictionary.absolute())] if dictionary else []),
                        "--", str(program.absolute())]
        self.environment = {**os.environ, **ENVIRONMENT, "SLOTPROOF_SLOT": slot,
                            "SLOTPROOF_RULES": rules}
        if until_crash:
            self.environment["AFL_BENCH_UNTIL_CRASH"] = "1"

    def collect(self, seeds: list[Path]) -> None:
        """Copies what there is to start from; AFL++ wants something, and nothing that is empty."""
        for seed in seeds:
            if seed.stat().st_size > 0:
                content = seed.read_bytes()
                (self.folder / "start" / sha1(content).hexdigest()).write_bytes(content)
        if not any((self.folder / "start").iterdir()):
            (self.folder / "start" / "nothing").write_bytes(b"\0")

    def start(self) -> None:
        self.begin = time.monotonic()
        with (self.folder / "log").open("wb") as log:
            # What a failing target writes beside itself goes to the artifacts. A session of its
            # own: Ctrl-C is for us to hand on.
            self.child = subprocess.Popen(self.command, env=self.environment,
                                          cwd=self.folder / "artifacts", stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=subprocess.STDOUT,
                                          start_new_session=True)

    def poll(self) -> bool:
        """Whether it still runs; what has taken longer than it may is ended."""
        running = self.running
        used = time.monotonic() - self.begin
        if running and used > self.seconds + GRACE_SECONDS:
            self.kill()
        self.take_crashes()
        return running

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    @property
    def code(self) -> int | None:
        return None if self.child is None else self.child.poll()

    def stop(self) -> None:
        if self.running:
            self.stopped = True
            os.killpg(self.child.pid, signal.SIGINT)

    def kill(self) -> None:
        if self.running:
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
        self.take_crashes()

    def statistics(self) -> dict[str, str]:
        """AFL++'s own, as of when it last wrote them."""
        try:
            text = (self.folder / "out/default/fuzzer_stats").read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        return dict(STATISTIC.findall(text))

    @property
    def progress(self) -> Progress:
        known = self.statistics()
        return Progress(*(int(known.get(name, 0)) for name in
                          ("execs_done", "edges_found", "corpus_count", "saved_crashes")))

    def take_crashes(self) -> None:
        for crash in (self.folder / "out/default/crashes").glob("id:*"):
            content = crash.read_bytes()
            kept = self.folder / "artifacts" / f"crash-{sha1(content).hexdigest()}"
            if not kept.exists():
                kept.write_bytes(content)

    def inputs(self) -> list[Path]:
        """What it kept, what it started from included."""
        return sorted((self.folder / "out/default/queue").glob("id:*"))

    def artifacts(self) -> list[Path]:
        return sorted((self.folder / "artifacts").glob("crash-*"))

    def said(self) -> str:
        return ESCAPE.sub("", (self.folder / "log").read_text(encoding="utf-8", errors="replace"))

    @property
    def died(self) -> bool:
        """It ended by itself, not well, and without an input to show for it."""
        return (self.code is not None and not self.stopped and not self.artifacts()
                and self.code != 0)

    def complaint(self) -> str:
        lines = self.said().rstrip().split("\n")
        return "\n".join([f"{' '.join(self.command)} ended with {self.code}:"] + lines[-LOG_TAIL:])
