"""From what a job left behind to failures that are told apart: without a flood of the same one."""

import hashlib
import json
import re
import shutil
import struct
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import project
from fuzzing.engine import Job, LibFuzzer, files_in
from fuzzing.store import digest
from fuzzing.targets import Rules, Subject
from fuzzing.task import Command, Done

REPLAY_SECONDS = 60
LAW = re.compile(r"^(broken law: .*)$", re.MULTILINE)
SUMMARY = re.compile(r"^SUMMARY: (.*)$", re.MULTILINE)

Looking = Generator[Command, Done, "Failure | None"]


@dataclass
class Failure:
    """What an input does."""

    bug: str         # its fingerprint
    line: str        # the same for people
    verdict: str
    program: Path | None    # as text, for scripts/triage; None if no program does it
    log: str = ""    # where there is no program: what the replay said


def last_input(job: Job) -> bytes | None:
    """What the target was running when it ended."""
    try:
        kept = (job.folder / "last-input").read_bytes()
        size, = struct.unpack_from("@I", kept)
    except (OSError, struct.error):
        return None
    return kept[4:4 + size] if 0 < size <= len(kept) - 4 else None


def recover(job: Job, subject: Subject, engine: LibFuzzer, preset: str,
            artifacts: Path) -> Generator[Command, Done, bool]:
    """A process that died unheard: leaves the input that kills it among the artifacts, as libFuzzer
    and the target would have, if there is one."""
    content = last_input(job)
    if content is None:
        return False
    suspect = job.folder / f"crash-{digest(content)}"
    suspect.write_bytes(content)
    texts = job.folder / "texts"
    texts.mkdir(exist_ok=True)
    done = yield Command([*engine.replayer(subject, preset), f"--text={texts}", str(suspect)],
                         REPLAY_SECONDS)
    text = texts / "000000.slot"
    # One that ends before it says how many inputs it ran has died of this one.
    if (done.code == 0 and "nothing found" in done.out) or not text.exists():
        return False
    shutil.copyfile(text, artifacts / f"crash-{digest(text.read_bytes())[:16]}.slot")
    shutil.copyfile(suspect, artifacts / suspect.name)
    return True


def look(artifact: Path, program: Path | None, subject: Subject, engine: LibFuzzer,
         rules: Rules) -> Looking:
    """What the artifact does, or None if it does not do it again. `program`: what the target left
    beside it, if it was there to do so."""
    if program is not None and (failure := (yield from fingerprint(program, subject, engine,
                                                                   rules))):
        return failure
    left = artifact.with_name(f".{artifact.name}")
    left.mkdir(exist_ok=True)
    done = yield Command([*engine.replayer(subject, engine.judges), f"-artifact_prefix={left}/",
                          str(artifact)], REPLAY_SECONDS)
    if done.code == 0:
        return None
    if (again := files_in(left)) and (failure := (yield from fingerprint(again[0], subject, engine,
                                                                         rules))):
        return failure
    kind = artifact.name.partition("-")[0]
    said = LAW.search(done.errors) or SUMMARY.search(done.errors)
    line = said[1] if said else f"{kind}, which ends with {done.code}"
    # An address or the number of a process is of this run alone.
    same = re.sub(r"0x[0-9a-f]+|\b\d{3,}\b", "_", f"{subject.name}: {line}")
    return Failure(hashlib.sha256(same.encode()).hexdigest()[:16], line, kind, None,
                   f"{done.out}{done.errors}")


def fingerprint(program: Path, subject: Subject, engine: LibFuzzer, rules: Rules) -> Looking:
    done = yield Command([*engine.slotproof(engine.judges), "triage", "--json", "--no-shrink",
                          "--repeat", "2", "--slot", subject.slot, *rules.of_slotproof(),
                          "--", str(program)], REPLAY_SECONDS)
    try:
        record = json.loads(done.out)["files"][0]
    except (ValueError, LookupError):
        return None
    if record.get("outcome") != "bug":
        return None
    return Failure(record["hash"], record["line"], record["verdict"], program)


def pairs(job: Job) -> list[tuple[Path, Path | None]]:
    """The inputs that failed, with the programs that the target wrote beside them: as a job ends
    at its first failure, of both there is one. Programs without an input stand for themselves."""
    artifacts = job.artifacts()
    programs = [path for path in files_in(job.folder / "artifacts") if path.suffix == ".slot"]
    if not artifacts:
        return [(program, program) for program in programs]
    return [(artifact, programs[-1] if programs and artifact == artifacts[-1] else None)
            for artifact in artifacts]


def triage_command(slot: str, rules: Rules, engine: LibFuzzer, out: Path,
                   files: list[Path]) -> Command:
    return Command([str(project.ROOT / "scripts" / "triage"), *project.slot_option(slot),
                    *rules.of_slotproof(), "--slotproof", engine.slotproof(engine.judges)[0],
                    "--jobs", "1", "--json", "--out", str(out), *map(str, files)], 3600)
