#!/usr/bin/python3
"""Holds libFuzzer's guidance to a number of runs, from a fixed seed and an empty corpus.

    floors_test.py --target PROGRAM    every planted bug is convicted, by a verdict that its patch
                                       lists, within RUNS runs, and half of them within HALF; the
                                       slot library is acquitted by as many runs; without guidance
                                       the same floors are missed

Counts runs, not seconds. Exit code: 0 as it should be, 1 not.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

MUTANTS = pathlib.Path(__file__).resolve().parent.parent / "mutants"
sys.path.insert(0, str(MUTANTS))
from check_patches import header_of  # noqa: E402

SEED = 1
RUNS = 20_000
HALF = 2_000
SAID = re.compile(r"slotproof: slot=\S+ verdict=(\S+) runs=(\d+) ")


def hunt(target, slot, runs, *more):
    """The verdict, and the number of runs until it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [target, f"--slot={slot}", f"-seed={SEED}", f"-runs={runs}", "-verbosity=0",
                   f"-artifact_prefix={folder}/", *more]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, errors="replace") as child:
            words = []
            for line in child.stderr:
                if found := SAID.match(line):
                    child.kill()    # the rest is for people
                    return found[1], int(found[2])
                words.append(line)
    sys.exit(f"{' '.join(command)} ended with {child.returncode}\n{''.join(words)}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--target", required=True)
    target = parser.parse_args().target
    failures = []
    taken = {}
    for patch in sorted(MUTANTS.glob("*.patch")):
        verdict, taken[patch.stem] = hunt(target, f"mutant:{patch.stem}", RUNS)
        if verdict not in header_of(patch.read_text(encoding="utf-8"))[0]["Verdict"].split(", "):
            failures.append(f"{patch.stem}: {verdict} after {taken[patch.stem]} runs")
    median = statistics.median(taken.values())
    slowest = max(taken, key=taken.get)
    print(f"{len(taken)} planted bugs: median {median:g} runs, most {taken[slowest]} ({slowest})")
    if median > HALF:
        failures.append(f"the median of {median:g} runs is above {HALF}")
    verdict, runs = hunt(target, "native", HALF)
    if verdict != "pass":
        failures.append(f"native: {verdict} after {runs} runs")
    # A floor that anything stays above would hold nothing.
    verdict, _ = hunt(target, f"mutant:{slowest}", taken[slowest], "--guidance=none")
    if verdict != "pass":
        failures.append(f"{slowest} is convicted as soon without guidance")
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
