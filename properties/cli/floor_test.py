#!/usr/bin/python3
"""Holds the corpus to what it reaches: calls in states of a slot, and features that guide fuzzers.

    floor_test.py --slotproof build/asan/bin/slotproof

Runs the corpus alone, without random programs, and counts as `slotproof coverage` does. A
corpus that grows raises the floors, by hand; one that reaches less has lost something.
"""

import argparse
import json
import pathlib
import subprocess
import sys

FLOORS = {"hit": 73, "features": 246}    # cells, of 219
CORPUS = pathlib.Path(__file__).resolve().parents[2] / "corpus"
TARGETS = ("concurrent", "lifecycle", "sequential")


def coverage(slotproof: str, folders: list[pathlib.Path]) -> dict[str, int]:
    done = subprocess.run([slotproof, "coverage", "--json", "--runs", "0", *map(str, folders)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"slotproof coverage ended with {done.returncode}\n{done.stdout}{done.stderr}")
    document = json.loads(done.stdout)
    return {name: document[name] for name in FLOORS}


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True)
    arguments = parser.parse_args()
    folders = [CORPUS / target for target in TARGETS]
    whole = coverage(arguments.slotproof, folders)
    # A part of it must not reach a floor, or the floor holds nothing.
    part = coverage(arguments.slotproof, folders[:1])
    bad = 0
    for name, floor in FLOORS.items():
        print(f"{name}: {whole[name]}, and the floor is {floor}")
        if part[name] >= floor:
            print(f"{folders[0].name} alone reaches it, with {part[name]}: raise the floor")
        bad |= not part[name] < floor <= whole[name]
    return bad


if __name__ == "__main__":
    sys.exit(main())
