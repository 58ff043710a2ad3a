#!/usr/bin/python3
"""A slot that takes the process down still gives its program, shrunk, and a line to replay it.

    death_test.py --laws PROGRAM --slot PLUGIN [--asan] HOW...

For each HOW (see dying_slot.cpp) checks a law with a slot that dies when a
thread is hermetic. The case has to come down to the one operation that does it, and the line that
reproduces it has to give it again. A slot that does not die breaks no law.

Exit code: 0 good, 1 bad.
"""

import argparse
import os
import re
import subprocess
import sys

SHRUNK = ("the case, for `slotproof run` and the corpus:\n\n"
          "slotproof 1\nthread 0\n  A hermetic on\n\n")
# How to die -> a law that sees it, and what the report says without AddressSanitizer and with it.
DEATHS = {
    "abort": ("MemoryLaws.NoCallCrashes", "(Aborted)", "(Aborted)"),
    "segv": ("MemoryLaws.NoCallCrashes", "(Segmentation fault)", "SEGV"),
    "free": ("MemoryLaws.NoCallCrashes", "double free", "double-free"),
    "hang": ("MemoryLaws.EveryCallReturns", "hangs", "hangs"),
}
AGAIN = re.compile(r'^to run it again: RC_PARAMS="([^"]*)"', re.MULTILINE)


def run(program, slot, law, parameters, how):
    """The exit code and the output of one law of a slot that dies so."""
    environment = {"RC_PARAMS": parameters, "DYING_SLOT": how, "DYING_SLOT_WHEN": "hermetic"}
    done = subprocess.run([program, f"--gtest_filter={law}", "--slot", slot],
                          env=os.environ | environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--laws", required=True)
    parser.add_argument("--slot", required=True)
    parser.add_argument("--asan", action="store_true", help="the program has AddressSanitizer")
    parser.add_argument("how", nargs="+", choices=DEATHS)
    arguments = parser.parse_args()

    faults = []
    few = "seed=1 max_success=100"
    code, output = run(arguments.laws, arguments.slot, "MemoryLaws.NoCallCrashes", few,
                       "never")
    if code != 0:
        faults.append(f"a slot that does not die: exit code {code}\n{output}")
    for how in arguments.how:
        law, *words = DEATHS[how]
        code, output = run(arguments.laws, arguments.slot, law, few, how)
        again = AGAIN.search(output)
        if code != 1 or SHRUNK not in output or words[arguments.asan] not in output or not again:
            faults.append(f"{how}: exit code {code}\n{output}")
            continue
        code, output = run(arguments.laws, arguments.slot, law, again[1], how)
        if code != 1 or SHRUNK not in output:
            faults.append(f"{how}, reproduced: exit code {code}\n{output}")
    print("\n".join(faults) or "each death gave its program")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
