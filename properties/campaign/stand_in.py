#!/usr/bin/python3
"""Stands in for an engine, a target, its replayer and slotproof, so that a campaign can be tried in
seconds: an input is a number as text, and its feature is that number without the last digit.

    stand_in.py fuzz JOB SEED [CRASH]   tries a hundred inputs; one in ten is a failure if CRASH
                                        says so: crash, kill
    stand_in.py merge OUT SOURCE...
    stand_in.py replay [--text=FOLDER] FILE...
    stand_in.py triage|encode|coverage ...      as slotproof
"""

import hashlib
import json
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

INPUTS = 250
RUNS = 100
TURNED_OVER = bytes(255 - byte for byte in range(256))    # another format of the bytes


def name_of(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


def turned(content: bytes) -> bytes:
    """From and to the format of the bytes that is asked for."""
    return content.translate(TURNED_OVER) if os.environ.get("STAND_IN_TURNED") else content


def text_of(content: bytes) -> str:
    return f"number {turned(content).decode()}\n"


def features(folder: Path) -> dict[bytes, Path]:
    """A file for each."""
    found: dict[bytes, Path] = {}
    for path in sorted(folder.iterdir()):
        found.setdefault(path.read_bytes()[:-1], path)
    return found


def fuzz(job: Path, seed: int, crash: str = "") -> int:
    draw = random.Random(seed)
    known = set(features(job / "known"))
    with (job / "last-input").open("wb", buffering=0) as last:
        for runs in range(RUNS):
            content = str(draw.randrange(INPUTS)).encode()
            last.seek(0)
            last.write(struct.pack("@I", len(content)) + content)
            if crash and content.endswith(b"7"):
                fail(job, content, crash)
            if content[:-1] not in known:
                known.add(content[:-1])
                (job / "new" / name_of(content)).write_bytes(content)
                print(f"#{runs}\tNEW    cov: {len(known)} ft: {len(known)} corp: 1/1b",
                      file=sys.stderr, flush=True)
            time.sleep(0.001)
    print(f"stat::number_of_executed_units: {RUNS}", file=sys.stderr)
    return 0


def fail(job: Path, content: bytes, crash: str) -> None:
    if crash == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    artifacts = job / "artifacts"
    (artifacts / f"crash-{name_of(content)}").write_bytes(content)
    (artifacts / f"address-{name_of(content)[:16]}.slot").write_text(text_of(content))
    sys.exit(77)


def merge(into: Path, *sources: Path) -> int:
    known = set(features(into))
    for source in sources:
        for feature, path in features(source).items():
            if feature not in known:
                known.add(feature)
                (into / name_of(path.read_bytes())).write_bytes(path.read_bytes())
    return 0


def replay(*words: str) -> int:
    folder = next((word.partition("=")[2] for word in words if word.startswith("--text=")), None)
    files = [word for word in words if not word.startswith("--")]
    for number, file in enumerate(files):
        content = Path(file).read_bytes()
        if folder:
            Path(folder, f"{number:06}.slot").write_text(text_of(content))
        if turned(content).endswith(b"7"):
            os.kill(os.getpid(), signal.SIGKILL)
    print("nothing found")
    return 0


def triage(*words: str) -> int:
    """Two bugs: even and odd tens."""
    number = int(Path(words[-1]).read_text().split()[1])
    bug = "odd" if number // 10 % 2 else "even"
    print(json.dumps({"files": [{"outcome": "bug", "hash": bug, "line": f"address: {bug}",
                                 "verdict": "address"}]}))
    return 0


def encode(*_: str) -> int:
    sys.stdout.buffer.write(turned(sys.stdin.read().split()[1].encode()))
    return 0


def coverage(*words: str) -> int:
    folders = [Path(word) for word in words if Path(word).is_dir()]
    print(json.dumps({"hit": sum(len(list(folder.iterdir())) for folder in folders),
                      "reachable": INPUTS // 10}))
    return 0


def main() -> int:
    role, *words = sys.argv[1:]
    if role == "fuzz":
        return fuzz(Path(words[0]), int(words[1]), *words[2:])
    if role == "merge":
        return merge(*map(Path, words))
    return {"replay": replay, "triage": triage, "encode": encode, "coverage": coverage}[role](
        *words)


if __name__ == "__main__":
    sys.exit(main())
