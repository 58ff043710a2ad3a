#!/usr/bin/python3
"""The SARIF of scripts/triage against the schema of its makers, which `scripts/setup --with sarif`
fetches.

    sarif_test.py --slotproof PROGRAM --schema FILE
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
RACE = "slotproof 1\nthread 0\n  A check x0\nthread 1\n  B wrap x0\nchoices v1:t1\n"
LOG = """==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x6 at pc 0x5
READ of size 8 at 0x6 thread T0
    #0 0x5 in f(int) a b.h:5
    #1 0x6 in g
"""


class Sarif(unittest.TestCase):
    def setUp(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        self.validator = jsonschema.validators.validator_for(schema)(schema)

    def report(self, files, slot):
        with tempfile.TemporaryDirectory() as folder:
            heap = pathlib.Path(folder, "heap")
            heap.mkdir()
            for name, text in files.items():
                (heap / name).write_text(text, encoding="utf-8")
            done = subprocess.run(
                [ROOT / "scripts/triage", "--slotproof", PROGRAM, "--slot", slot, "--out",
                 heap.parent / "out", heap], capture_output=True, text=True, check=False)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            return json.loads((heap.parent / "out/report.sarif").read_text(encoding="utf-8"))

    def test_runs_and_logs_are_valid(self):
        report = self.report({"race.slot": RACE, "<b> %2f.log": LOG}, "mutant:claim-relaxed")
        self.assertEqual(len(report["runs"][0]["results"]), 2)
        self.validator.validate(report)

    def test_no_bug_is_valid(self):
        self.validator.validate(self.report({"race.slot": RACE}, "native"))

    def test_what_is_not_is_found(self):
        report = self.report({"race.slot": RACE}, "mutant:claim-relaxed")
        report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"][
            "startLine"] = 0
        self.assertFalse(self.validator.is_valid(report))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--schema", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM, SCHEMA = arguments.slotproof, arguments.schema
    unittest.main(argv=[sys.argv[0], *rest])
