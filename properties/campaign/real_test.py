#!/usr/bin/python3
"""Campaigns of scripts/fuzz with real engines: some minutes, by hand.

    real_test.py [TEST...]
    real_test.py --run FOLDER    (one campaign, for the tests to kill)
"""

import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
# pylint: disable=wrong-import-position
import project
from fuzzing import store, targets
from fuzzing.campaign import Campaign
from fuzzing.engine import LibFuzzer

KILLS = 10
# Bugs of which triage is known to make one bucket each (properties/mutants/buckets_test.py).
SLOT, TARGET = "mutant:claim-relaxed", "concurrent"
MUTANTS = ("claim-relaxed", "check-shows-owner-bit", "destroy-decrefs-twice")


class Real(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "kept")

    def start(self, *options):
        return subprocess.Popen([ROOT / "scripts" / "fuzz", "--campaign", self.folder, *options],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def status(self):
        return json.loads((self.folder / "status.json").read_text(encoding="utf-8"))

    def records(self, event):
        return [record for record in store.read_history(self.folder / "history.jsonl")
                if record["event"] == event]

    def entries(self):
        """The inputs of all corpora, those included that wait for a merge."""
        return {path.name for place in ("corpus/*/*", "corpus/program_text", "jobs/[0-9]*/new")
                for folder in self.folder.glob(place) for path in folder.glob("[0-9a-f]*")
                if path.is_file()}

    def jobs(self):
        return max((int(path.name) for path in self.folder.glob("jobs/[0-9]*")), default=0)

    def dropped(self):
        return sum(record["dropped"] for record in self.records("merge"))

    def test_ten_kills_lose_nothing(self):
        """Each time, what is in the corpora stays there, but for what merges say that they
        dropped."""
        draw = random.Random(3)
        for preset in (LibFuzzer.explores, LibFuzzer.judges):
            project.build(preset, targets.build_targets([TARGET]) + project.slot_targets(SLOT), 2)
        for number in range(KILLS):
            sessions = len(self.records("start"))
            corpora = {path for path in self.folder.glob("corpus/*/*/*") if path.name[0] != "."}
            files = {record["file"] for record in self.records("finding")}
            dropped = self.dropped()
            child = subprocess.Popen([sys.executable, __file__, "--run", self.folder])
            while len(self.records("start")) == sessions and child.poll() is None:
                time.sleep(0.05)
            # Some jobs later, on whatever machine, and then at any moment.
            last = self.jobs() + draw.randrange(6)
            while self.jobs() < last and child.poll() is None:
                time.sleep(0.05)
            time.sleep(draw.uniform(0.0, 2.0))
            child.kill()
            self.assertEqual(child.wait(), -signal.SIGKILL)
            gone = [path for path in corpora if not path.exists()]
            self.assertLessEqual(len(gone), self.dropped() - dropped, f"{number}: {gone}")
            jobs = {path.name for path in self.folder.glob("jobs/*/artifacts/*")}
            self.assertEqual([file for file in files if not (self.folder / file).exists()
                              and pathlib.Path(file).name not in jobs], [])
        self.assertGreater(len(self.entries()), 30)
        self.assertTrue(self.records("finding"))
        run_one(self.folder, 1.0)
        for record in self.records("finding"):
            self.assertTrue((self.folder / record["file"]).exists())
        self.assertEqual(list(self.folder.glob("jobs/[0-9]*")), [], "all of it is merged")
        print(f"{len(self.entries())} inputs, {len(self.records('finding'))} artifacts after "
              f"{KILLS} kills")

    def test_three_bugs_at_once_are_three_buckets(self):
        slots = [word for mutant in MUTANTS for word in ("--slot", f"mutant:{mutant}")]
        child = self.start(*slots, "--for", "90s", "--target", "sequential", "concurrent",
                           "lifecycle", "--seed", "1")
        said = child.communicate()[0]
        self.assertEqual(child.returncode, 1, said)
        buckets = self.status()["buckets"]
        self.assertEqual(sorted(bucket["slot"] for bucket in buckets),
                         sorted(f"mutant:{mutant}" for mutant in MUTANTS), said)
        self.assertTrue((self.folder / "dashboard.html").exists())

    def test_a_slot_that_dies_unheard_is_a_finding(self):
        for way in ("kill", "syscall"):
            with self.subTest(way):
                subprocess.run(["cmake", "--build", "--preset", "asan", "--target",
                                f"slotproof_slot_deadly-{way}"], cwd=ROOT, check=True,
                               stdout=subprocess.DEVNULL)
                slot = ROOT / "build" / "asan" / "slots" / f"deadly-{way}.so"
                done = subprocess.run([ROOT / "scripts" / "fuzz", "--slot", slot, "--for", "5s",
                                       "--target", "concurrent", "--out", self.folder, "--json"],
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                finding, = json.loads(done.stdout)["findings"]
                self.assertEqual(finding["verdict"], "crash")
                self.assertEqual(finding["program"], "slotproof 1\nthread 0\n  A check x0\n")


def run_one(folder, seconds):
    """A corpus that grows, and one whose jobs end with failures. Through scripts/fuzz it would be
    looked each time whether everything is built."""
    engine = LibFuzzer()
    campaign = Campaign(pathlib.Path(folder), targets.subjects_of(["native", SLOT], [TARGET]),
                        engine, targets.Rules(), 2, seconds, 1,
                        targets.bytes_version(engine.slotproof(engine.explores)),
                        lambda line: None)
    try:
        for _ in campaign.run():
            time.sleep(0.02)
    finally:
        campaign.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run_one(sys.argv[2], 120.0)
    else:
        unittest.main()
