#!/usr/bin/python3
"""An exported regression test, compiled: it fails on the bug and passes on the right slot.

    export_test.py PROGRAM
"""

import os
import subprocess
import sys


def run(program: str, slot: str) -> subprocess.CompletedProcess:
    return subprocess.run([program], env={**os.environ, "SLOTPROOF_SLOT": slot}, text=True,
                          capture_output=True, check=False)


def main() -> int:
    program, = sys.argv[1:]
    right = run(program, "native")
    if right.returncode != 0 or "[  PASSED  ] 1 test." not in right.stdout:
        sys.exit(f"it fails on the right slot:\n{right.stdout}{right.stderr}")
    wrong = run(program, "mutant:claim-relaxed")
    if wrong.returncode != 1 or "data race on B" not in wrong.stdout:
        sys.exit(f"it does not fail on the bug:\n{wrong.stdout}{wrong.stderr}")
    other = run(program, "mutant:nothing")
    if other.returncode != 1 or "there is no slots/" not in other.stdout:
        sys.exit(f"it does not say that there is no such slot:\n{other.stdout}{other.stderr}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
