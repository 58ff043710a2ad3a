"""The fuzz targets: their names, what they need built, and what they are told."""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import project

NAMES = ["sequential", "concurrent", "lifecycle", "program_text"]
WITHOUT_SLOT = {"program_text"}    # the parser is what they test

# Longer inputs than these have no meaning for a target: what is behind is never asked for.
MAX_BYTES = {"program_text": 4096}
DEFAULT_MAX_BYTES = 512


def build_targets(names: list[str]) -> list[str]:
    """What a build needs for them, as targets of CMake."""
    return ["slotproof", "corpus"] + [program for name in names
                                      for program in (f"fuzz_{name}", f"{name}_replay")]


def bytes_version(slotproof: list[str]) -> int:
    """What is counted up when the meaning of bytes changes."""
    done = subprocess.run([*slotproof, "encode", "--json", "-"], input="slotproof 1\nthread 0\n",
                          capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["bytes_version"]
    except (ValueError, KeyError):
        project.die(f"{slotproof[0]} encode does not say its version: {done.stderr.strip()}")


@dataclass(frozen=True)
class Rules:
    """How programs are run, whatever the slot."""

    gil: bool = True
    careless: bool = False

    def of_target(self, slot: str | None) -> list[str]:
        """As a target and its replayer are told."""
        return [*([f"--slot={slot}"] if slot else []), *self.of_slotproof()]

    def of_slotproof(self) -> list[str]:
        return [*([] if self.gil else ["--gil=off"]), *(["--careless"] if self.careless else [])]


@dataclass(frozen=True)
class Subject:
    """What has a corpus of its own: a target and the slot that it tries, if any."""

    slot: str | None
    target: str

    @property
    def name(self) -> str:
        """Fit for a folder: slots that are paths may share their last word."""
        if self.slot is None:
            return self.target
        if "/" not in self.slot:
            return f"{self.slot.replace(project.MUTANT, 'mutant-')}/{self.target}"
        digest = hashlib.sha256(self.slot.encode()).hexdigest()[:8]
        return f"{Path(self.slot).stem}-{digest}/{self.target}"


def subjects_of(slots: list[str], names: list[str]) -> list[Subject]:
    with_slot = [Subject(slot, name) for slot in slots for name in names
                 if name not in WITHOUT_SLOT]
    return with_slot + [Subject(None, name) for name in names if name in WITHOUT_SLOT]
