#!/usr/bin/python3
"""Holds libFuzzer's guidance to a number of runs, from a fixed seed and an empty corpus.

    floors_test.py --target PROGRAM    every planted bug is convicted, by a verdict that its patch
                                       lists, within RUNS runs, and half of them within HALF; the
                                       slot library is acquitted by ACQUITTED runs; another
                                       process takes as many runs for the same hunts

Counts runs, not seconds. Exit code: 0 as it should be, 1 not.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile

MUTANTS = pathlib.Path(__file__).resolve().parent.parent / "mutants"
sys.path.insert(0, str(MUTANTS))
from check_patches import header_of  # noqa: E402

SEED = 3
RUNS = 100_000
HALF = 150
ACQUITTED = 5_000
ALL = "counters,mutator,swarm"
REPEATED = "claimants-give-way"    # takes hundreds of runs


def hunt_all(target, hunts):
    """The verdict of each hunt (slot, guidance, runs), and the number of runs until it."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([target, f"--hunts={folder}"], capture_output=True, check=False,
                              text=True, input="".join(f"{slot} {guidance} {SEED} {runs}\n"
                                                       for slot, guidance, runs in hunts))
    if done.returncode != 0:
        sys.exit(f"{target} ended with {done.returncode}\n{done.stderr}")
    lines = [line.split() for line in done.stdout.splitlines()]
    return [(verdict, int(runs)) for verdict, runs in lines]


def differing(target, hunts):
    """Those of the hunts that do not end after the same number of runs in another process."""
    twice = zip(hunts, hunt_all(target, hunts), hunt_all(target, hunts))
    return [f"{slot} guided by {guidance}: {first} and {again}"
            for (slot, guidance, _), first, again in twice if first != again]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--target", required=True)
    target = parser.parse_args().target
    patches = sorted(MUTANTS.glob("*.patch"))
    hunts = [(f"mutant:{patch.stem}", ALL, RUNS) for patch in patches]
    outcomes = hunt_all(target, [*hunts, ("native", ALL, ACQUITTED)])
    verdict, runs = outcomes.pop()
    failures = [] if verdict == "pass" else [f"native: {verdict} after {runs} runs"]
    for patch, (verdict, runs) in zip(patches, outcomes):
        if verdict not in header_of(patch.read_text(encoding="utf-8"))[0]["Verdict"].split(", "):
            failures.append(f"{patch.stem}: {verdict} after {runs} runs")
    taken = [runs for _, runs in outcomes]
    median, slowest = statistics.median(taken), max(range(len(taken)), key=taken.__getitem__)
    print(f"{len(taken)} planted bugs: median {median:g} runs, most {taken[slowest]} "
          f"({patches[slowest].stem})")
    if median > HALF:
        failures.append(f"the median of {median:g} runs is above {HALF}")
    # With each part off as well: what it hides may differ.
    failures += differing(target, [(f"mutant:{REPEATED}", guidance, RUNS)
                                   for guidance in (ALL, "mutator", "counters", "none")])
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
