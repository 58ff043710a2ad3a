#!/usr/bin/python3
"""A planted bug has to break the law that its patch names, from whatever seed one starts.

    convict_test.py --laws PROGRAM [--seeds N] [--cases N] MUTANT...

For each mutant and each seed from 1 to N (default 1) runs that one law with the mutant in place of
the slot, for at most so many cases (default 30,000), and then the case that RapidCheck says
reproduces it. Prints how many operations the counterexamples have, from how many seeds.

Exit code: 0 if the law is broken from each seed, and is so again when it is reproduced; 1 if not.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutants"))
# pylint: disable=wrong-import-position
from check_patches import header_of

CASE = re.compile(r"^the case, for .*?:\n\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
AGAIN = re.compile(r'^to run it again: RC_PARAMS="([^"]*)"', re.MULTILINE)


def run(laws, law, mutant, parameters):
    """The exit code and the output of one law."""
    done = subprocess.run([laws, f"--gtest_filter={law}", "--slot", f"mutant:{mutant}"],
                          env=os.environ | {"RC_PARAMS": parameters}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def operations(case):
    """How many operations the text of a case has."""
    return sum(line.startswith("  ") for line in case.splitlines())


def convict(laws, mutant, seeds, cases):
    """Whether the law was broken from all seeds; prints the sizes."""
    patch = (HERE.parent / "mutants" / f"{mutant}.patch").read_text(encoding="utf-8")
    law = header_of(patch)[0]["Law"]
    sizes = collections.Counter()
    good = True
    for seed in range(1, seeds + 1):
        code, output = run(laws, law, mutant, f"seed={seed} max_success={cases}")
        case, again = CASE.search(output), AGAIN.search(output)
        if code != 1 or not case or not again:
            print(f"{mutant}: {law} is not broken from seed {seed} (exit code {code})\n{output}")
            good = False
            continue
        sizes[operations(case[1])] += 1
        code, output = run(laws, law, mutant, again[1])
        repeated = CASE.search(output)
        if code != 1 or not repeated or repeated[1] != case[1]:
            print(f"{mutant}: {again[0]} gives another case (exit code {code})\n{output}")
            good = False
    spread = ", ".join(f"{size} operations from {count} seeds"
                       for size, count in sorted(sizes.items()))
    print(f"{mutant}: {law}: {spread}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--laws", required=True)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument("mutants", nargs="+")
    arguments = parser.parse_args()
    results = [convict(arguments.laws, mutant, arguments.seeds, arguments.cases)
               for mutant in arguments.mutants]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
