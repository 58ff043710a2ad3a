#!/usr/bin/python3
"""Slots of checkouts: two shapes of interpreters, a planted bug, and folders that are no checkout.

    upstream_test.py --slotproof PROGRAM --cmake PROGRAM --functions FILE --checkouts FOLDER
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

RUNS = 5_000


class Upstream(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def audit(self, slot):
        """The exit code, and what came of each clause."""
        done = subprocess.run(
            [SLOTPROOF, "audit", "--slot", slot, "--json", "--runs", str(RUNS)],
            cwd=self.folder.name, text=True, check=False, capture_output=True, timeout=300)
        self.assertEqual(done.stderr, "")
        return done.returncode, {clause["clause"]: clause["outcome"]
                                 for clause in json.loads(done.stdout)["clauses"]}

    def test_the_new_shape(self):
        code, outcomes = self.audit("upstream-new")
        self.assertEqual(code, 0)
        for clause in ("protocol", "hermetic", "unloaded", "calls", "presence", "finalizer-again"):
            self.assertEqual(outcomes[clause], "holds", clause)

    def test_the_old_shape(self):
        code, outcomes = self.audit("upstream-old")
        self.assertEqual(code, 0)
        for clause in ("protocol", "hermetic", "unloaded", "calls", "finalizer-again"):
            self.assertEqual(outcomes[clause], "holds", clause)
        self.assertEqual(outcomes["presence"], "not applicable")

    def test_it_is_the_slot_of_the_checkout_that_runs(self):
        code, outcomes = self.audit("upstream-faulty")
        self.assertEqual(code, 10)
        self.assertEqual(outcomes["protocol"], "broken")

    def check(self, checkout):
        """What CMake says of the folder, on one line."""
        script = pathlib.Path(self.folder.name) / "check.cmake"
        script.write_text(f'include({FUNCTIONS})\nslotproof_check_upstream(slot "{checkout}")\n',
                          encoding="utf-8")
        done = subprocess.run([CMAKE, "-P", script], text=True, check=False, capture_output=True,
                              timeout=60)
        return done.returncode, " ".join(done.stderr.split())

    def test_a_folder_that_is_no_checkout(self):
        code, errors = self.check("/nowhere")
        self.assertNotEqual(code, 0)
        self.assertIn("/nowhere/c10/core/impl/HermeticPyObjectTLS.cpp is missing; give the folder "
                      "of a PyTorch checkout, 2.0 to 2.7 (-DSLOTPROOF_UPSTREAM=DIR)", errors)

    def test_a_checkout_of_another_time(self):
        checkout = pathlib.Path(self.folder.name) / "checkout"
        shutil.copytree(CHECKOUTS / "new", checkout)
        self.assertEqual(self.check(checkout), (0, ""))
        slot = checkout / "c10/core/impl/PyObjectSlot.h"
        slot.write_text(slot.read_text(encoding="utf-8").replace("PyInterpreterStatus", "Gone"),
                        encoding="utf-8")
        code, errors = self.check(checkout)
        self.assertNotEqual(code, 0)
        self.assertIn("takes no PyInterpreterStatus, so the release is another", errors)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--functions", required=True)
    parser.add_argument("--checkouts", required=True, type=pathlib.Path)
    options = parser.parse_args()
    SLOTPROOF, CMAKE, FUNCTIONS = options.slotproof, options.cmake, options.functions
    CHECKOUTS = options.checkouts
    unittest.main(argv=sys.argv[:1])
