#!/usr/bin/python3
"""A slot that would take the tool down, or keep it for ever, gets a verdict and a small program.

    deadly_test.py --slotproof PROGRAM
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

# How the plug-in deadly-<way> dies -> its verdict, and a part of the sentence. What free() finds is
# told by AddressSanitizer's allocator, or else by glibc, which aborts.
CRASH, STEP_LIMIT = "crash", "step-limit"
WAYS = {
    "segv": [(CRASH, "signal 11 (Segmentation fault)")],
    "abort": [(CRASH, "signal 6 (Aborted)")],
    "exit": [(CRASH, "exit(0)")],
    "_exit": [(CRASH, "_exit(0)")],
    "loop": [(STEP_LIMIT, "a loop that accesses no memory of others")],
    "wait": [(STEP_LIMIT, "waits for what does not come")],
    "throw": [("exception", "x0.check_pyobj(A): threw a foreign exception")],
    "overflow": [(CRASH, "signal 11 (Segmentation fault)")],
    "kill": [(CRASH, "the process is killed by signal 9 (Killed)")],
    "syscall": [(CRASH, "the process ends by itself")],
    "free": [("address", "freed, but not allocated"), (CRASH, "signal 6 (Aborted)")],
}
UNHEARD = ("kill", "syscall")    # by the machine: the process is gone
EXIT_CODES = {"address": 11, CRASH: 12, STEP_LIMIT: 14, "exception": 18}
SMALLEST = "slotproof 1\nthread 0\n  A check x0\n"
MORE = "slotproof 1\nthread 0\n  A wrap x0\n  A check x0\nthread 1\n  B check x0\n"


class Deadly(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        (pathlib.Path(self.folder.name) / "more.slot").write_text(MORE, encoding="utf-8")

    def call(self, *arguments):
        done = subprocess.run([SLOTPROOF, *arguments, "--json"], cwd=self.folder.name, text=True,
                              check=False, capture_output=True, timeout=120)
        return done.returncode, json.loads(done.stdout)

    def convicted(self, way, code, finding):
        expected = dict(WAYS[way])
        self.assertIn(finding["verdict"], expected)
        self.assertEqual(code, EXIT_CODES[finding["verdict"]])
        self.assertIn(expected[finding["verdict"]], finding["sentence"])

    def test_prove(self):
        for way in ("segv", *UNHEARD):
            with self.subTest(way):
                code, document = self.call("prove", "--slot", f"deadly-{way}", "--threads", "1",
                                           "--ops", "1", "--jobs", "2")
                finding = document["finding" if way in UNHEARD else "failure"]
                self.convicted(way, code, finding)
                self.assertEqual(finding["program"], SMALLEST)

    def test_weaken(self):
        code, document = self.call("weaken", "--slot", "deadly-kill")
        self.convicted("kill", code, document["finding"])

    def test_run(self):
        for way in WAYS:
            with self.subTest(way):
                code, document = self.call("run", "--slot", f"deadly-{way}", "more.slot")
                self.convicted(way, code, document["finding"] if way in UNHEARD
                               else document["runs"][0])

    def test_random_finds_the_smallest_program_which_gives_it_again(self):
        for way in WAYS:
            with self.subTest(way):
                code, document = self.call("random", "--slot", f"deadly-{way}")
                self.convicted(way, code, document["finding"])
                self.assertEqual(document["finding"]["program"], SMALLEST)
                again, _ = self.call("run", "--slot", f"deadly-{way}", document["file"])
                self.assertEqual(again, code if way in UNHEARD else 0, "it is as its text expects")

    def test_audit_goes_on_behind_it(self):
        for way in ("_exit", "loop", "kill"):
            with self.subTest(way):
                _, document = self.call("audit", "--slot", f"deadly-{way}", "--runs", "2000",
                                        "--clause", "protocol", "--clause", "calls")
                outcomes = {c["clause"]: c["outcome"] for c in document["clauses"]}
                self.assertEqual(outcomes["protocol"], "broken")
                self.assertEqual(outcomes["calls"], "broken")
                for clause in document["clauses"]:
                    self.convicted(way, clause["findings"][0]["exit_code"], clause["findings"][0])

    def test_audit_says_what_it_found_before_the_process_died(self):
        _, document = self.call("audit", "--slot", "deadly-late", "--runs", "2000",
                                "--clause", "protocol")
        [clause] = document["clauses"]
        verdicts = [f["verdict"] for f in clause["findings"]]
        self.assertGreater(len(verdicts), 1)
        self.assertEqual(verdicts.index(CRASH), len(verdicts) - 1)
        self.assertGreater(clause["programs"], 0)

    def test_the_same_slot_that_does_not_die(self):
        self.assertEqual(self.call("random", "--slot", "handle")[0], 0)
        self.assertEqual(self.call("run", "--slot", "handle", "more.slot")[0], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    options = parser.parse_args()
    SLOTPROOF = options.slotproof
    unittest.main(argv=sys.argv[:1])
