#!/usr/bin/python3
"""scripts/bisect from outside, on a small history whose builds and runs are shell commands."""

import json
import pathlib
import subprocess
import tempfile
import unittest

# What scripts/bisect builds of a commit: a slotproof that gets its verdict from the commit's file
# "slot", and fails if the reproducer still says what it expects.
PRESETS = {"version": 6, "configurePresets": [
    {"name": "asan", "generator": "Ninja", "binaryDir": "${sourceDir}/build/asan"}],
    "buildPresets": [{"name": "asan", "configurePreset": "asan"}]}
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(stand_in NONE)
file(READ slot verdict)
string(STRIP "${verdict}" verdict)
add_custom_target(slotproof)
file(WRITE ${CMAKE_BINARY_DIR}/bin/slotproof "#!/bin/sh
for last; do :; done
grep -q expect $last && exit 2
echo '{\\"runs\\": [{\\"verdict\\": \\"${verdict}\\"}]}'
")
file(CHMOD ${CMAKE_BINARY_DIR}/bin/slotproof PERMISSIONS OWNER_READ OWNER_EXECUTE)
"""

BISECT = pathlib.Path(__file__).resolve().parents[2] / "scripts/bisect"
BUILD = "! test -e does-not-build"
RUN = "grep -qx right slot && test -s {}"
COMMITS = 9
WRONG_FROM = 6


class Bisect(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.org")
        self.reproducer = self.root / "finding.slot"

    def git(self, *command):
        return subprocess.run(["git", *command], cwd=self.root, check=True, capture_output=True,
                              text=True).stdout

    def history(self, unbuildable=(), words=lambda number: "wrong" if number >= WRONG_FROM
                else "right"):
        """Commits 1 to 9, of which the slot is wrong from WRONG_FROM on."""
        (self.root / ".gitignore").write_text("build/\n*.slot\n", encoding="utf-8")
        self.reproducer.write_text("slotproof 1\nthread 0\n", encoding="utf-8")
        for number in range(1, COMMITS + 1):
            (self.root / "slot").write_text(f"{words(number)}\n", encoding="utf-8")
            (self.root / "log").write_text(f"{number}\n", encoding="utf-8")
            marker = self.root / "does-not-build"
            marker.touch() if number in unbuildable else marker.unlink(missing_ok=True)
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", f"Commit {number}")
            self.git("tag", f"c{number}")

    def bisect(self, *arguments, build=BUILD, run=RUN):
        commands = ["--build", build, "--run", run] if build else []
        done = subprocess.run([BISECT, *commands, *arguments], cwd=self.root,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_finds_the_commit_and_leaves_all_as_it_was(self):
        self.history()
        (self.root / "slot").write_text("half an edit\n", encoding="utf-8")
        before = self.git("status", "--porcelain", "--branch"), self.git("for-each-ref")
        code, out, err = self.bisect("--json", "finding.slot", "c1", "main")
        self.assertEqual(code, 0, err)
        report = json.loads(out)
        self.assertEqual([one["subject"] for one in report["suspects"]], [f"Commit {WRONG_FROM}"])
        self.assertIn("slot | 2 +-", report["suspects"][0]["diffstat"])
        self.assertEqual(report["verdict"], "exit code 1")
        # Halving takes three steps of the seven commits between, and the ends are tried as well.
        self.assertLessEqual(len(report["trials"]), 5)
        self.assertEqual((self.git("status", "--porcelain", "--branch"),
                          self.git("for-each-ref")), before)
        # Once more, in the tree that is there by now, for people.
        code, out, _ = self.bisect("finding.slot", "c1", "main")
        self.assertEqual(code, 0)
        self.assertRegex(out, rf"\n\w{{12}}  Commit {WRONG_FROM}\n    Somebody, .*\n")

    def test_passes_over_what_does_not_build(self):
        self.history(unbuildable=[5])
        code, out, _ = self.bisect("--json", "finding.slot", "c1", "main")
        self.assertEqual(code, 1)
        self.assertEqual({one["subject"] for one in json.loads(out)["suspects"]},
                         {"Commit 5", "Commit 6"})

    def test_builds_slotproof_and_asks_for_its_verdict(self):
        # Another bug hides the finding in commit 6.
        (self.root / "CMakeLists.txt").write_text(PROJECT, encoding="utf-8")
        (self.root / "CMakePresets.json").write_text(json.dumps(PRESETS), encoding="utf-8")
        self.history(words=lambda number: "pass" if number < 5 else "crash" if number == 6
                     else "data-race")
        self.reproducer.write_text("slotproof 1\nthread 0\nexpect data-race\n",
                                   encoding="utf-8")
        code, out, err = self.bisect("--json", "finding.slot", "c1", "main", build=None)
        self.assertEqual(code, 0, out + err)
        report = json.loads(out)
        self.assertEqual(report["verdict"], "data-race")
        self.assertEqual([one["subject"] for one in report["suspects"]], ["Commit 5"])
        code, _, err = self.bisect("--verdict", "crash", "finding.slot", "c1", "main", build=None)
        self.assertEqual(code, 2)
        self.assertRegex(err, "BAD .* was to fail: data-race instead of crash")

    def test_an_end_that_is_not_what_it_is_said_to_be(self):
        self.history()
        for arguments, what in ((("c1", "c3"), "BAD .* was to fail: exit code 0"),
                                (("c7", "main"), "GOOD .* was to pass: exit code 1"),
                                (("main", "c1"), "GOOD .*: nothing lies between them"),
                                (("c0", "main"), "c0: no such commit")):
            code, _, err = self.bisect("finding.slot", *arguments)
            self.assertEqual(code, 2, what)
            self.assertRegex(err, f"^bisect: {what}")
        code, _, err = self.bisect("finding.slot", "c1", "main", build="echo no compiler; false")
        self.assertEqual(code, 2)
        self.assertRegex(err, "was to fail: does not build\nno compiler")
        code, _, err = self.bisect("missing.slot", "c1", "main")
        self.assertEqual(code, 2)
        self.assertRegex(err, "missing.slot: no such file")


if __name__ == "__main__":
    unittest.main()
