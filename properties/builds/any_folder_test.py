#!/usr/bin/python3
"""What the slotproof command prints does not depend on the folder that it was built or is run in.

Neither the folder of the sources nor that of the build stands in the program, so no output can have
them; and a copy of it with a longer path prints the same. Both run the corpus and programs made of
random bytes: traces, pictures and JSON must be equal to the byte.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = 40


def write_cases(source, folder):
    """A dozen programs of the corpus, as they are, and others of random bytes."""
    corpus = sorted((source / "corpus").glob("*/seed/*.slot"))
    names = [str(path.relative_to(source)) for path in corpus[::max(1, len(corpus) // 12)]]
    numbers = random.Random(1)
    for number in range(CASES - len(names)):
        path = folder / f"random-{number}"
        path.write_bytes(numbers.randbytes(4 + 3 * 12 + 200))
        names.append(str(path))
    return names


def output(program, form, names, source):
    done = subprocess.run([program, "run", "--trace", *form, *names], cwd=source,
                          capture_output=True, check=False)
    if done.returncode not in (0, 3) or done.stderr:
        sys.exit(f"{done.stderr.decode()}\nany_folder: {program} gave {done.returncode}")
    return done.stdout


def faults_of_paths(options):
    program = options.slotproof.read_bytes()
    cache = (options.build / "CMakeCache.txt").read_bytes()
    for folder in (options.source, options.build):
        path = f"{folder}/".encode()
        if path in program:
            at = program.index(path)
            yield f"the program was built with a path in it: {program[at:at + 120]!r}"
        if path not in cache:
            yield f"self-test: {folder}/ is not even found in CMakeCache.txt"


def faults_of_copy(options):
    with tempfile.TemporaryDirectory(prefix="another-folder-", dir=options.build) as folder:
        folder = Path(folder)
        copy = folder / "slotproof-of-another-name"
        shutil.copy(options.slotproof, copy)
        names = write_cases(options.source, folder)
        for form in (["--verbose"], ["--json"]):
            one = output(options.slotproof, form, names, options.source)
            other = output(copy, form, names, options.source)
            if one.count(b"load x0.slot") < len(names):
                yield f"self-test: {form[0]} hardly shows a trace"
            if one != other:
                at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), len(one))
                around = slice(max(0, at - 200), at + 80)
                yield f"{form[0]}: {one[around]!r}\ninstead of {other[around]!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--source", required=True, type=Path)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--slotproof", required=True, type=Path)
    options = parser.parse_args()

    faults = [*faults_of_paths(options), *faults_of_copy(options)]
    for fault in faults:
        print(fault)
    print("any_folder:", "failed" if faults else f"{CASES} cases are equal")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
