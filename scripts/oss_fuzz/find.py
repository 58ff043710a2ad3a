"""Whether the targets of $OUT find a planted bug, each started as OSS-Fuzz starts it."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from fuzzing.afl import AflJob
from oss_fuzz import check

POLL_SECONDS = 0.2
# What a target says before it aborts (fuzz/target.cpp): the verdict and its sentence.
FAILURE = re.compile(r"^(data-race|address|crash|deadlock|step-limit|tag|ownership|result|exception"
                     r"|gil): .*$", re.MULTILINE)


def by_libfuzzer(target: Path, seconds: float, folder: Path) -> str | None:
    """What it says of what it found. The seeds of a planted bug may fail: they are not used, nor
    needed."""
    try:
        done = subprocess.run(
            [str(target), *check.arguments(target), "-seed=1", f"-max_total_time={seconds:.0f}",
             f"-artifact_prefix={folder}/"],
            cwd=folder, env=check.environment(target), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=seconds + 60, check=False)
    except subprocess.TimeoutExpired:
        return None
    said = FAILURE.search(done.stderr)
    return said[0] if done.returncode != 0 and said else None


def by_afl(target: Path, seconds: float, folder: Path) -> str | None:
    runner = check.environment(target)
    runner["ASAN_OPTIONS"] += ":abort_on_error=1:symbolize=0"
    job = AflJob(folder / "afl", target, [], seconds, variables=runner,
                 dictionary=target.with_name(f"{target.name}.dict"))
    job.start()
    while job.poll():
        time.sleep(POLL_SECONDS)
    for artifact in job.artifacts():
        done = subprocess.run([str(target), str(artifact)], cwd=folder,
                              env=check.environment(target), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False)
        if said := FAILURE.search(done.stderr):
            return said[0]
    return None


def find(programs: list[Path], engine: str, seconds: float) -> dict | None:
    """The first target that finds something, and what."""
    for target in programs:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            hunt = by_afl if engine == "afl" else by_libfuzzer
            sentence = hunt(target, seconds, Path(folder))
        if sentence:
            return {"target": target.name, "sentence": sentence,
                    "seconds": round(time.monotonic() - begin, 1)}
    return None
