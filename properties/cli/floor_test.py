#!/usr/bin/python3
"""Holds the corpus to what it reaches: how many calls in how many states of a slot.

    floor_test.py --slotproof build/asan/bin/slotproof

Runs the corpus alone, without random programs, and counts cells as `slotproof coverage` does. A
corpus that grows raises the floor, by hand; one that reaches less has lost something.
"""

import argparse
import json
import pathlib
import subprocess
import sys

FLOOR = 66    # cells, of 219
CORPUS = pathlib.Path(__file__).resolve().parents[2] / "corpus"
TARGETS = ("concurrent", "lifecycle", "sequential")


def cells(slotproof: str, folders: list[pathlib.Path]) -> int:
    done = subprocess.run([slotproof, "coverage", "--json", "--runs", "0", *map(str, folders)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"slotproof coverage ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["hit"]


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True)
    arguments = parser.parse_args()
    folders = [CORPUS / target for target in TARGETS]
    whole = cells(arguments.slotproof, folders)
    print(f"{whole} cells, and the floor is {FLOOR}")
    # A part of it must not reach the floor, or the floor holds nothing.
    part = cells(arguments.slotproof, folders[:1])
    if part >= FLOOR:
        print(f"{folders[0].name} alone reaches it, with {part}: raise the floor")
    return 0 if part < FLOOR <= whole else 1


if __name__ == "__main__":
    sys.exit(main())
