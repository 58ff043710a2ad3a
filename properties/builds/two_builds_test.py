#!/usr/bin/python3
"""Builds the slotproof command once more, in another folder, and compares what the two print.

The sources are copied to a folder below the build, and compiled there with the compiler and the
options of this build, without a compiler cache. Both programs then run the corpus and programs made
of random bytes: traces, pictures and JSON must be equal to the byte.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = 40
COPIED = re.compile(r"^(CMAKE_(BUILD_TYPE|CXX_COMPILER|CXX_FLAGS\w*|EXE_LINKER_FLAGS\w*)"
                    r"|SLOTPROOF_(ASAN|LIBFUZZER|COVERAGE|WERROR)):[A-Z]+=")


def copied_options(build):
    """What decides on this build, as arguments of cmake."""
    lines = (build / "CMakeCache.txt").read_text().splitlines()
    return [f"-D{line}" for line in lines if COPIED.match(line)]


def build_again(options, folder):
    """Compiles a copy of the sources in `folder`; gives the program."""
    copy = folder / "sources"
    shutil.copytree(options.source, copy,
                    ignore=shutil.ignore_patterns("build", ".git", "__pycache__", "findings"))
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("CMAKE_CXX_COMPILER_LAUNCHER", "LLVM_PROFILE_FILE")}
    for command in ([options.cmake, "-G", "Ninja", "-S", copy, "-B", folder / "built",
                     *copied_options(options.build)],
                    [options.cmake, "--build", folder / "built", "--target", "slotproof"]):
        done = subprocess.run(command, env={**environment, "CCACHE_DISABLE": "1"}, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\ntwo_builds: the second build failed")
    return folder / "built" / "bin" / "slotproof"


def write_cases(options, folder):
    """A dozen programs of the corpus, as they are, and others of random bytes."""
    corpus = sorted((options.source / "corpus").glob("*/seed/*.slot"))
    names = [str(path.relative_to(options.source)) for path in corpus[::max(1, len(corpus) // 12)]]
    numbers = random.Random(1)
    for number in range(CASES - len(names)):
        path = folder / f"random-{number}"
        path.write_bytes(numbers.randbytes(4 + 3 * 12 + 200))
        names.append(str(path))
    return names


def output(program, form, names, options):
    done = subprocess.run([program, "run", "--trace", *form, *names], cwd=options.source,
                          capture_output=True, check=False)
    if done.returncode not in (0, 3) or done.stderr:
        sys.exit(f"{done.stderr.decode()}\ntwo_builds: {program} gave {done.returncode}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--source", required=True, type=Path)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--slotproof", required=True, type=Path)
    options = parser.parse_args()

    # A longer path than the first one, so that what depends on its length is found as well.
    with tempfile.TemporaryDirectory(prefix="two-builds-", dir=options.build) as folder:
        folder = Path(folder)
        again = build_again(options, folder)
        names = write_cases(options, folder)
        failed = False
        for form in (["--verbose"], ["--json"]):
            one = output(options.slotproof, form, names, options)
            other = output(again, form, names, options)
            if one.count(b"load x0.slot") < len(names):
                failed = True
                print(f"self-test: {form[0]} hardly shows a trace")
            if one != other:
                failed = True
                at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), len(one))
                around = slice(max(0, at - 200), at + 80)
                print(f"{form[0]}: {one[around]!r}\ninstead of {other[around]!r}")
    print("two_builds:", "failed" if failed else f"{len(names)} cases are equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
