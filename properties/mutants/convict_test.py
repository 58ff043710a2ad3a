#!/usr/bin/python3
"""Convicts a planted bug, or acquits the slot library, by random programs from a fixed seed.

    convict_test.py --slotproof PROGRAM NAME    a mutant has to get a verdict that its patch lists,
                                                and its reproducer has to get the same again
    convict_test.py --slotproof PROGRAM native  the same runs, all of them, have to find nothing

Prints the verdict and the number of runs. Exit code: 0 as it should be, 1 not.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from check_patches import HERE, header_of

SEED = 1
RUNS = 200_000    # the slowest mutant takes half of them


def call(*command):
    """The exit code, and the JSON document that the command prints."""
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("name")
    arguments = parser.parse_args()
    native = arguments.name == "native"
    slot = "native" if native else f"mutant:{arguments.name}"

    with tempfile.TemporaryDirectory() as folder:
        reproducer = str(pathlib.Path(folder) / "found.slot")
        code, result = call(arguments.slotproof, "random", "--slot", slot, "--seed", str(SEED),
                            "--runs", str(RUNS), "--output", reproducer)
        finding = result["finding"]
        verdict = finding["verdict"] if finding else "pass"
        print(f"{verdict} after {result['runs']} runs")
        if native:
            return 0 if verdict == "pass" and code == 0 and result["runs"] == RUNS else 1

        patch = (HERE / f"{arguments.name}.patch").read_text(encoding="utf-8")
        listed = header_of(patch)[0]["Verdict"].split(", ")
        if verdict not in listed:
            sys.exit(f"expected {' or '.join(listed)}")
        _, again = call(arguments.slotproof, "run", "--slot", slot, reproducer)
        if code == 0 or again["runs"][0]["verdict"] != verdict:
            sys.exit(f"exit code {code}; {again['runs'][0]['verdict']} when its reproducer is run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
