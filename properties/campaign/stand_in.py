#!/usr/bin/python3
"""Stands in for an engine, a target, its replayer and slotproof, so that a campaign can be tried in
seconds: an input is a number as text, and its feature is that number without the last digit.

    stand_in.py fuzz JOB SEED [CRASH]   tries a hundred inputs; one in ten is a failure if CRASH
                                        says so: crash, kill
    stand_in.py merge OUT SOURCE...
    stand_in.py replay [--text=FOLDER] FILE...
    stand_in.py triage|run|encode|coverage ...  as slotproof

It is started hundreds of times, so it loads nothing that it can do without.
"""

import os
import sys
from _sha1 import sha1

INPUTS = 150
RUNS = 100
TURNED_OVER = bytes(255 - byte for byte in range(256))    # another format of the bytes


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def put(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def name_of(content: bytes) -> str:
    return sha1(content).hexdigest()


def turned(content: bytes) -> bytes:
    """From and to the format of the bytes that is asked for."""
    return content.translate(TURNED_OVER) if os.environ.get("STAND_IN_TURNED") else content


def text_of(content: bytes) -> bytes:
    return b"number %s\n" % turned(content)


def contents(folder: str) -> list[bytes]:
    return [read(f"{folder}/{name}") for name in sorted(os.listdir(folder))]


def fuzz(job: str, seed: str, crash: str = "") -> int:
    known = {content[:-1] for content in contents(f"{job}/known")}
    number = int(seed) * 7919
    for run in range(RUNS):
        number = (number * 1103515245 + 12345) % 2**31
        content = str((number >> 8) % INPUTS).encode()
        put(f"{job}/last-input", len(content).to_bytes(4, sys.byteorder) + content)
        if crash and content.endswith(b"7"):
            fail(job, content, crash)
        if content[:-1] not in known:
            known.add(content[:-1])
            put(f"{job}/new/{name_of(content)}", content)
            print(f"#{run}\tNEW    cov: {len(known)} ft: {len(known)} corp: 1/1b",
                  file=sys.stderr, flush=True)
    print(f"stat::number_of_executed_units: {RUNS}", file=sys.stderr)
    return 0


def fail(job: str, content: bytes, crash: str) -> None:
    if crash == "kill":
        os.kill(os.getpid(), 9)
    put(f"{job}/artifacts/crash-{name_of(content)}", content)
    put(f"{job}/artifacts/address-{name_of(content)[:16]}.slot", text_of(content))
    sys.exit(77)


def merge(into: str, *sources: str) -> int:
    known = {content[:-1] for content in contents(into)}
    for source in sources:
        for content in contents(source):
            if content[:-1] not in known:
                known.add(content[:-1])
                put(f"{into}/{name_of(content)}", content)
    return 0


def replay(*words: str) -> int:
    folder = next((word.partition("=")[2] for word in words if word.startswith("--text=")), None)
    files = [word for word in words if not word.startswith("-")]
    for number, file in enumerate(files):
        content = read(file)
        if folder:
            put(f"{folder}/{number:06}.slot", text_of(content))
        if turned(content).endswith(b"7"):
            os.kill(os.getpid(), 9)
    print("nothing found")
    return 0


def triage(*words: str) -> int:
    """Two bugs: even and odd tens."""
    bug = "odd" if int(read(words[-1]).split()[1]) // 10 % 2 else "even"
    print('{"files": [{"outcome": "bug", "hash": "%s", "line": "address: %s", "verdict": "address"}'
          ']}' % (bug, bug))
    return 0


def run(*words: str) -> int:
    number = next(line for line in read(words[-1]).split(b"\n") if line.startswith(b"number "))
    return 12 if number.endswith(b"7") else 0


def encode(*_: str) -> int:
    sys.stdout.buffer.write(turned(sys.stdin.read().split()[1].encode()))
    return 0


def coverage(*words: str) -> int:
    hit = sum(len(os.listdir(word)) for word in words if os.path.isdir(word))
    print('{"hit": %d, "reachable": %d}' % (hit, INPUTS // 10))
    return 0


ROLES = {"fuzz": fuzz, "merge": merge, "replay": replay, "triage": triage, "run": run,
         "encode": encode, "coverage": coverage}

if __name__ == "__main__":
    sys.exit(ROLES[sys.argv[1]](*sys.argv[2:]))
