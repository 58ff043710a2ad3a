#!/usr/bin/python3
"""`slotproof audit` from outside: what it says of a right slot, of planted bugs and of others.

    audit_test.py --slotproof PROGRAM --slots FOLDER
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNS = 3_000

# A planted bug, and the clause that it breaks.
BROKEN_BY = {
    "claim-relaxed": "protocol",
    "hermetic-flag-ignored": "hermetic",
    "disarm-swaps-nothing": "unloaded",
    "destroy-decrefs-first": "finalizer-again",
    "destroy-empties-twice": "finalizer-rewrap",
    "destroy-undone-by-throw": "finalizer-throw",
    "clear-leaves-owner-bit": "calls",
    "presence-loads-tag-twice": "presence",
    "untagged-load-unchecked": "untagged-load",
    "null-check-crashes": "null-interpreter",
    "owning-nothing-accepted": "owning-nothing",
    "odd-pointer-accepted": "odd-object",
    "unknown-status-accepted": "unknown-status",
}
PROMISES = {"wrong-us", "wrong-definitely", "init-of-owner", "clear-of-owner", "early-disarm"}
# Of the PyTorch that Debian 12 ships. It has no hermetic threads, no public load of the
# interpreter, and does not ask for presence.
LIBTORCH = {
    "broken": {"finalizer-again", "finalizer-rewrap", "finalizer-throw"},
    "not applicable": {"hermetic", "presence", "untagged-load"},
    "holds": {"protocol", "unloaded", "calls"},
    "trouble": PROMISES | {"null-interpreter", "owning-nothing", "odd-object", "unknown-status",
                           "free-threaded"},
}
MAX_OPERATIONS = 6


class Audit(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def call(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder.name, text=True, check=False,
                              capture_output=True, timeout=300)

    def audit(self, slot, *options):
        """The exit code, and each clause by its name."""
        done = self.call("audit", "--slot", slot, "--json", "--runs", str(RUNS), *options)
        self.assertEqual(done.stderr, "")
        document = json.loads(done.stdout)
        self.assertEqual(document["exit_code"], done.returncode)
        return done.returncode, {clause["clause"]: clause for clause in document["clauses"]}

    def outcomes(self, clauses):
        """The names of the clauses by what came of them."""
        found = {}
        for name, clause in clauses.items():
            found.setdefault(clause["outcome"], set()).add(name)
        return found

    def test_a_right_slot_keeps_all_that_is_its_part(self):
        code, clauses = self.audit("native")
        self.assertEqual(code, 0)
        found = self.outcomes(clauses)
        self.assertLessEqual(set(BROKEN_BY.values()), found["holds"])
        # A debug build refuses what breaks a promise; others leave it at trouble.
        self.assertLessEqual({"free-threaded"}, found["trouble"])
        self.assertLessEqual(found["trouble"], PROMISES | {"free-threaded"})
        self.assertEqual(found.keys(), {"holds", "trouble"})

    def test_a_planted_bug_breaks_its_clause(self):
        for mutant, name in BROKEN_BY.items():
            with self.subTest(mutant):
                code, clauses = self.audit(f"mutant:{mutant}", "--clause", name)
                self.assertEqual(clauses[name]["outcome"], "broken")
                finding = clauses[name]["findings"][0]
                self.assertLessEqual(finding["operations"], MAX_OPERATIONS)
                again = self.call("run", "--slot", f"mutant:{mutant}", finding["file"])
                self.assertEqual(again.returncode, 0, "it is as its text expects")
                self.assertNotEqual(code, 0)

    def test_the_pytorch_of_the_distribution(self):
        if not (SLOTS / "libtorch.so").exists():
            self.skipTest("libtorch-dev is not installed (scripts/setup --with libtorch)")
        code, clauses = self.audit("libtorch")
        self.assertNotEqual(code, 0)
        self.assertEqual(self.outcomes(clauses), LIBTORCH)
        for clause in clauses.values():
            for finding in clause["findings"]:
                self.assertLessEqual(finding["operations"], MAX_OPERATIONS, clause["clause"])

    def test_a_slot_that_is_nothing_like_pytorchs(self):
        code, clauses = self.audit("handle")
        self.assertEqual(code, 0)
        found = self.outcomes(clauses)
        self.assertEqual(found["holds"], {"protocol", "calls", "null-interpreter"})
        self.assertEqual(found["trouble"], {"odd-object", "free-threaded"})
        code, clauses = self.audit("handle-relaxed", "--clause", "protocol")
        self.assertEqual(code, 10)

    def test_bad_input(self):
        done = self.call("audit", "--clause", "nonsense")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nonsense", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--slots", required=True, type=pathlib.Path)
    options = parser.parse_args()
    PROGRAM, SLOTS = options.slotproof, options.slots
    unittest.main(argv=sys.argv[:1])
