#!/usr/bin/python3
"""Whether triage tells planted bugs apart, and each from none but others.

    buckets_test.py --slotproof PROGRAM [--seeds N] [--folder DIR] [--fuzz BUILD] [NAME...]

Makes a heap of failing programs for each mutant (`slotproof random --no-shrink`, seeds 1 to N, or,
with --fuzz, as many inputs that the libFuzzer targets in BUILD, of preset fuzz-fast, end with),
triages it (`slotproof triage`) and prints what became of it: inputs, faces (fingerprints) and
buckets of each mutant, and the buckets that two mutants have in common. Fails if a bug is split
that SPLIT does not name, if two bugs share a bucket that SHARED does not name, if a second triage
differs from the first, if a bucket's program does not replay, or if a tenth of the bugs have no
program that is at most one operation larger than the patch says that it `Needs`. With --folder the
heap stays there, a folder for each mutant, and what is there already is not made again.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from check_patches import HERE, header_of, needs_of

RUNS = 2_000_000    # the slowest mutants take a tenth of them
SEEDS = 5
TARGETS = ("concurrent", "lifecycle", "sequential")
FUZZ_SECONDS = 20    # for one artifact
HUNTS = 4    # at most, for each artifact that is asked for
CONVICTED = range(10, 20)    # exit codes

# Bugs that have several smallest programs, none of which is a part of another, and what they are.
SPLIT = {
    "destroy-drops-tag": "who misses the tag: whoever asks for it, or the destructor",
    "disarm-swaps-nothing": "by whom the unloaded interpreter is asked: its slot, or a stranger",
    "hermetic-before-foreign": "which check should be refused: a stranger's, or nobody's",
    "hermetic-flag-is-process-wide": "who is misled: the thread outside, or the one inside",
    "hermetic-thread-skips-decref": "where the reference is lost: as the tensor dies, or before",
    "lost-claim-accepted": "the loser wins after the winner, or beside it",
    "object-stored-before-claim": "what init refuses too late",
    "owner-bit-shares-word": "who meets the shared word: without its GIL, or in a race",
}
# Random programs fail of them once in a hundred thousand: a heap takes minutes, so they are only
# looked at by name.
SLOW = {"resurrection-taken-for-transfer", "third-claimant-unheard"}
# Bugs of one kind at one place: what runs show of them is the same.
SHARED = [
    {"claim-by-load-and-store", "lost-claim-accepted"},       # two winners of one claim
    {"destroy-passes-owner-bit", "set-owns-truncates-pointer"},  # decref of an odd pointer
]


def call(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Heap:
    """The failing programs of one mutant."""

    def __init__(self, slotproof: str, name: str, folder: pathlib.Path,
                 fuzz: pathlib.Path | None):
        self.slotproof, self.name, self.fuzz = slotproof, name, fuzz
        self.seed = 0    # of the last process that fuzzed
        self.asked = list(TARGETS)
        self.slot = f"mutant:{name}"
        self.folder = folder / name
        self.small = folder.parent / f"{folder.name}-small" / name

    def make(self, seeds: int) -> None:
        if self.fuzz:
            self.hunt(seeds)
            return
        for seed in range(1, seeds + 1):
            file = self.folder / f"{seed}.slot"
            if file.exists():
                continue
            done = call(self.slotproof, "random", "--slot", self.slot, "--seed", str(seed),
                        "--runs", str(RUNS), "--no-shrink", "--output", str(file))
            if done.returncode not in CONVICTED:
                sys.exit(f"{self.name}, seed {seed}: {done.stdout}{done.stderr}")

    def hunt(self, seeds: int) -> None:
        """Each target in turn, until there are as many artifacts as seeds, or several times as many
        hunts, which end with the same ones where nearly any input will do. One that comes to an end
        without a crash is not asked again: not all bugs show in all targets."""
        while len(self.artifacts()) < seeds and self.seed < HUNTS * seeds:
            if not self.asked:
                sys.exit(f"{self.name}: no target finds it")
            self.seed += 1
            target = self.asked[self.seed % len(self.asked)]
            folder = self.folder / target
            folder.mkdir(parents=True, exist_ok=True)
            # Without a corpus: from the same one, all seeds end with the same inputs.
            done = call(str(self.fuzz / "fuzz" / target), f"--slot={self.slot}",
                        f"-seed={self.seed}", f"-max_total_time={FUZZ_SECONDS}",
                        f"-artifact_prefix={folder}/")
            for case in folder.glob("*.slot"):
                case.unlink()    # the same as text
            if done.returncode == 0:
                self.asked.remove(target)
            elif not self.artifacts():
                sys.exit(f"{self.name}: {target} leaves no artifact: {done.stderr}")

    def artifacts(self) -> list[pathlib.Path]:
        return [path for path in self.folder.glob("*/*") if path.is_file()]

    def triage(self) -> dict:
        done = call(self.slotproof, "triage", "--slot", self.slot, "--json", "--output",
                    str(self.small), str(self.folder))
        if done.returncode not in CONVICTED:
            sys.exit(f"{self.name}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def replays(self, bucket: dict) -> bool:
        return call(self.slotproof, "run", "--slot", self.slot, bucket["file"]).returncode == 0


def operations_needed(name: str) -> int:
    """Of the shallowest program that shows the mutant, as its patch says."""
    patch = (HERE / f"{name}.patch").read_text(encoding="utf-8")
    return needs_of(header_of(patch)[0])["operations"]


def faults_of(heap: Heap, triaged: dict) -> list[str]:
    faults = []
    buckets = triaged["buckets"]
    if len(buckets) > 1 and heap.name not in SPLIT:
        faults.append(f"{heap.name} is split: " + "; ".join(b["line"] for b in buckets))
    for file in triaged["files"]:
        if file["outcome"] != "bug":
            faults.append(f"{heap.name}: {file['file']} is {file['outcome']}")
    for bucket in buckets:
        if not heap.replays(bucket):
            faults.append(f"{heap.name}: {bucket['replay']} does not show what it expects")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--fuzz", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    names = arguments.names or sorted(
        path.stem for path in HERE.glob("*.patch") if path.stem not in SLOW)

    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or pathlib.Path(scratch, "heap")
        heaps = [Heap(arguments.slotproof, name, folder, arguments.fuzz) for name in names]

        def work(heap: Heap) -> tuple[dict, list[str]]:
            heap.make(arguments.seeds)
            triaged = heap.triage()
            return triaged, faults_of(heap, triaged)

        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            results = dict(zip(names, pool.map(work, heaps)))
        # Another process has other addresses.
        again = [name for name, heap in zip(names, heaps)
                 if heap.triage()["buckets"] != results[name][0]["buckets"]]

    mutants = collections.defaultdict(set)
    faults = [f"{name} differs when it is triaged again" for name in again]
    small = 0
    print(f"{'mutant':<34}inputs  faces  buckets  operations  needed")
    for name, (triaged, wrong) in results.items():
        faults += wrong
        buckets = triaged["buckets"]
        for bucket in buckets:
            mutants[(bucket["hash"], bucket["line"])].add(name)
        operations = min(bucket["operations"] for bucket in buckets)
        needed = operations_needed(name)
        small += operations <= needed + 1
        print(f"{name:<34}{len(triaged['files']):>6}{sum(len(b['faces']) for b in buckets):>7}"
              f"{len(buckets):>9}{operations:>12}{needed:>8}")
    whole = sum(len(triaged["buckets"]) == 1 for triaged, _ in results.values())
    print(f"\ncomplete: {whole} of {len(names)} bugs have one bucket")
    print(f"small: {small} of {len(names)} bugs have a program of at most one operation more than "
          "needed")
    if small < 0.9 * len(names):
        faults.append("programs are not shrunk far enough")
    pure = sum(len(names_of) == 1 for names_of in mutants.values())
    print(f"pure: {pure} of {len(mutants)} buckets have one bug")
    for (_, line), names_of in mutants.items():
        if len(names_of) == 1:
            continue
        print(f"  {' and '.join(sorted(names_of))}: {line}")
        if names_of not in SHARED:
            faults.append(f"{' and '.join(sorted(names_of))} share a bucket")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
