#!/usr/bin/python3
"""Holds planted bugs to the depth that their patches say: `Needs`.

    depth_test.py --slotproof PROGRAM [NAME...]

For each mutant, explores all programs within the threads, interpreters and tensors that it needs,
the smallest first. The first that convicts must have as many operations as the patch says, and get
a verdict that it foretells. With a thread less, or a preemption, or a stale read, none of that size
may convict. Prints how many programs and executions that were. Without names these are all mutants.

Exit code: 0 if all is as the patches say, 1 if not.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from check_patches import HERE, header_of, needs_of



class Prover:
    """Counts what it explores."""

    def __init__(self, slotproof: str, name: str, folder: pathlib.Path):
        self.slotproof, self.name, self.folder = slotproof, name, folder
        self.programs = self.executions = 0
        self.verdict = ""    # of the last that convicted

    def operations(self, threads: int, operations: int, needs: dict[str, int],
                   **bounds: int) -> int | None:
        """Of the smallest program within the bounds that convicts; None if none does."""
        command = [self.slotproof, "prove", "--slot", f"mutant:{self.name}", "--json", "--jobs",
                   "1", "--threads", str(threads), "--ops", str(operations), "--interpreters",
                   str(needs["interpreters"]), "--tensors", str(needs["tensors"]),
                   "-o", "certificate.json"]
        for bound, value in bounds.items():
            command += [f"--{bound.replace('_', '-')}", str(value)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                              check=False)
        try:
            document = json.loads(done.stdout)
        except ValueError:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
        self.programs += document["counts"]["programs"]
        self.executions += document["counts"]["executions"]
        if document["outcome"] == "incomplete":
            sys.exit(f"{' '.join(command)} was cut short")
        if document["failure"] is None:
            return None
        self.verdict = document["failure"]["verdict"]
        return sum(line.startswith("  ") for line in document["failure"]["program"].splitlines())


def faults_of(prover: Prover, needs: dict[str, int], verdicts: list[str]) -> list[str]:
    threads, operations = needs["threads"], needs["operations"]
    # A thread has at least one operation, so that the others have no more than these.
    longest = operations - threads + 1
    found = prover.operations(threads, longest, needs)
    if found != operations:
        return [f"the smallest program that convicts it has {found} operations, not {operations}"]
    if prover.verdict not in verdicts:
        return [f"its smallest program gets the verdict {prover.verdict}"]
    if threads == 1:
        return []    # there is nobody to preempt it, nor to read from
    faults = []
    fewer = prover.operations(threads - 1, operations - threads + 2, needs)
    if fewer is not None and fewer <= operations:
        faults.append(f"it needs no more than {threads - 1} threads")
    for bound in ("preemptions", "stale_reads"):
        if prover.operations(threads, longest, needs, **{bound: needs[bound]}) != operations:
            faults.append(f"it needs more than {needs[bound]} {bound}")
        if needs[bound] == 0:
            continue
        fewer = prover.operations(threads, longest, needs, **{bound: needs[bound] - 1})
        if fewer is not None and fewer <= operations:
            faults.append(f"it needs no more than {needs[bound] - 1} {bound}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    slotproof = str(pathlib.Path(arguments.slotproof).resolve())
    known = {path.stem: header_of(path.read_text(encoding="utf-8"))[0]
             for path in sorted(HERE.glob("*.patch"))}
    needs = {name: needs_of(fields) for name, fields in known.items()}
    chosen = arguments.names or list(known)

    def examine(name: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            prover = Prover(slotproof, name, pathlib.Path(folder))
            faults = faults_of(prover, needs[name], known[name]["Verdict"].split(", "))
            print(f"{name}: {prover.programs} programs, {prover.executions} executions",
                  flush=True)
            return [f"{name}: {fault}" for fault in faults]

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        faults = [fault for found in pool.map(examine, chosen) for fault in found]
    print("\n".join(faults))
    print(f"{len(chosen)} of {len(known)} mutants: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
