#!/usr/bin/python3
"""scripts/triage from outside: what it makes of heaps, good and bad.

    triage_test.py --slotproof PROGRAM --slots FOLDER
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "scripts/triaging/report.schema.json").read_text(encoding="utf-8"))
RACE = "slotproof 1\nthread 0\n  A check x0\n  A check x0\nthread 1\n  B wrap x0\nchoices v1:t1\n"
PASSES = "slotproof 1\nthread 0\n  A wrap x0\n"
ASAN_LOG = """=================================================================
==77==ERROR: AddressSanitizer: heap-use-after-free on address 0x602{0}0 at pc 0x5{0}1 bp 0x7ffd
READ of size 8 at 0x602{0}0 thread T0
    #0 0x5{0}1 in std::atomic<int>::load(std::memory_order) const /usr/include/c++/12/atomic:5
    #1 0x5{0}2 in c10::impl::PyObjectSlot::check_pyobj(int) const slot/PyObjectSlot.h:{1}:7
    #2 0x5{0}3 in main tool.cpp:3:5

0x602{0}0 is located 0 bytes inside of 8-byte region [0x602{0}0,0x602{0}8)
freed by thread T0 here:
    #0 0x5{0}4 in free (/tool+0x1{0})
    #1 0x5{0}5 in c10::impl::PyObjectSlot::{2}() slot/PyObjectSlot.cpp:9:1

SUMMARY: AddressSanitizer: heap-use-after-free slot/PyObjectSlot.h:{1}:7 in check_pyobj
==77==ABORTING
"""
TSAN_LOG = """==================
WARNING: ThreadSanitizer: data race (pid={0})
  {1} of size 8 at 0x7b{0} by thread T1:
    #0 {2} slot.cpp:5 (tool+0x{0})

  Previous {3} of size 8 at 0x7b{0} by thread T2:
    #0 {4} slot.cpp:9 (tool+0x{0})

SUMMARY: ThreadSanitizer: data race slot.cpp:5 in {2}
==================
"""


class Triage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.heap = self.folder / "heap"
        self.heap.mkdir()

    def put(self, name, text):
        (self.heap / name).write_text(text, encoding="utf-8")

    def command(self, *paths, slot="mutant:claim-relaxed", out="out"):
        return [ROOT / "scripts/triage", "--slotproof", PROGRAM, "--slot", slot, "--json", "--out",
                self.folder / out, *(paths or [self.heap])]

    def triage(self, *paths, stdin="", code=1, **options):
        """The report, held to its schema."""
        done = subprocess.run(self.command(*paths, **options), input=stdin, text=True,
                              capture_output=True, check=False, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        report = json.loads(done.stdout)
        jsonschema.validate(report, SCHEMA)
        out = self.folder / options.get("out", "out")
        self.assertEqual(report, json.loads((out / "report.json").read_text(encoding="utf-8")))
        self.sarif = json.loads((out / "report.sarif").read_text(encoding="utf-8"))
        self.assertTrue((out / "report.html").is_file())
        self.assertEqual(list(out.rglob("*.tmp")), [])
        return report

    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate({"schema_version": 1}, SCHEMA)

    def test_a_heap_becomes_a_bug(self):
        self.put("one.slot", RACE)
        self.put("other.slot", RACE.replace("A ", "C "))
        self.put("passes.slot", PASSES)
        report = self.triage()
        self.assertEqual(len(report["buckets"]), 1)
        bug = report["buckets"][0]
        self.assertEqual(bug["count"], 2)
        self.assertEqual(bug["line"], "data-race: rmw slot relaxed in init_pyobj does not release")
        self.assertEqual(bug["blame"], "init_pyobj")
        self.assertEqual(bug["operations"], 2)
        self.assertEqual([one["file"] for one in report["without_a_bug"]],
                         [str(self.heap / "passes.slot")])
        replayed = subprocess.run(bug["replay"], shell=True, cwd=ROOT, check=False,
                                  capture_output=True, text=True)
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        self.assertIn("as expected", replayed.stdout)

    def test_what_does_not_do_the_same_each_time_is_flaky(self):
        self.put("flaky.slot", "slotproof 1\nthread 0\n  A has x0\n")
        report = self.triage(slot=str(SLOTS / "flaky.so"))
        self.assertEqual(report["buckets"], [])
        self.assertEqual([one["file"] for one in report["flaky"]], [str(self.heap / "flaky.slot")])
        # What fails each time is a bug beside it, and what is right by chance stays none.
        self.put("stable.slot", "slotproof 1\nthread 0\n  A wrap x0\n  A owns x0\n")
        report = self.triage(slot=str(SLOTS / "flaky.so"))
        self.assertEqual([bug["count"] for bug in report["buckets"]], [1])
        self.assertEqual(len(report["flaky"]), 1)

    def test_it_says_when_a_bug_was_seen(self):
        for number, name in enumerate(("one", "two", "three")):
            self.put(f"{name}.slot", RACE + f"# {number}\n")
        os.utime(self.heap / "one.slot", (86_400, 86_400))
        os.utime(self.heap / "two.slot", (172_800, 172_800))
        os.utime(self.heap / "three.slot", (90_000, 90_000))
        bug, = self.triage()["buckets"]
        self.assertEqual((bug["first_seen"], bug["last_seen"]),
                         ("1970-01-02T00:00:00Z", "1970-01-03T00:00:00Z"))

    def test_bytes_are_read_as_their_target_does(self):
        # On one thread the check comes behind the claim, and races with nothing.
        self.put("race.slot", RACE)
        for target in ("concurrent", "sequential"):
            (self.heap / target).mkdir()
            subprocess.run([PROGRAM, "encode", self.heap / "race.slot", "--output",
                            self.heap / target / "crash-1"], check=True)
        report = self.triage(self.heap / "concurrent", self.heap / "sequential")
        self.assertEqual([bug["count"] for bug in report["buckets"]], [1])
        self.assertEqual([one["file"] for one in report["without_a_bug"]],
                         [str(self.heap / "sequential/crash-1")])

    def test_an_empty_folder_has_no_bug(self):
        self.assertEqual(self.triage(code=0)["inputs"], 0)

    def test_a_right_slot_has_no_bug(self):
        self.put("one.slot", RACE)
        report = self.triage(slot="native", code=0)
        self.assertEqual(report["buckets"], [])
        self.assertEqual(self.sarif["runs"][0]["results"], [])

    def test_the_sarif_points_at_the_code(self):
        self.put("one.slot", RACE)
        self.triage()
        self.assertEqual(self.sarif["version"], "2.1.0")
        run = self.sarif["runs"][0]
        result = run["results"][0]
        self.assertEqual(run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"], "data-race")
        place = result["locations"][0]["physicalLocation"]
        self.assertTrue(place["artifactLocation"]["uri"].endswith("PyInterpreter.h"))
        self.assertGreater(place["region"]["startLine"], 0)
        self.assertIn("slotproofBucket/v1", result["partialFingerprints"])

    def test_the_trace_has_the_threads_and_what_they_read(self):
        self.put("one.slot", RACE)
        self.triage()
        file, = (self.folder / "out").glob("*.trace.json")
        events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
        names = {event["args"]["name"] for event in events if event["ph"] == "M"}
        self.assertEqual(names, {"root", "thread 0", "thread 1"})
        self.assertEqual(sum(event.get("args", {}).get("at fault", False) for event in events), 2)
        starts = {event["id"] for event in events if event["ph"] == "s"}
        self.assertEqual(starts, {event["id"] for event in events if event["ph"] == "f"})
        self.assertTrue(starts)
        for event in events:
            self.assertTrue(event["ph"] == "M" or event["ts"] >= 0)
            self.assertTrue(event["ph"] != "X" or event["dur"] > 0)

    def test_what_cannot_be_read_is_listed(self):
        self.put("one.slot", RACE)
        self.put("mistake.slot", "slotproof 1\nthread 0\n  A warp x0\n")
        (self.heap / "nowhere.slot").symlink_to(self.folder / "missing")
        (self.heap / "noise").write_bytes(bytes(range(256)))
        os.mkfifo(self.heap / "pipe")
        report = self.triage()
        self.assertEqual(len(report["buckets"]), 1)
        names = {pathlib.Path(one["file"]).name for one in report["unreadable"]}
        self.assertEqual(names, {"mistake.slot", "nowhere.slot", "pipe"})
        report = self.triage(self.folder / "no-such-file", code=2)
        self.assertEqual(len(report["unreadable"]), 1)

    def test_it_remembers(self):
        for number in range(5):
            self.put(f"{number}.slot", RACE + f"# {number}\n")
        first = self.triage()
        seen = sorted(path for path in (self.folder / "out/.seen").rglob("*.json"))
        times = [path.stat().st_mtime_ns for path in seen]
        self.assertEqual(self.triage(), first)
        self.assertEqual([path.stat().st_mtime_ns for path in seen], times)
        # What was half written by somebody else is no harm.
        seen[0].write_text("{", encoding="utf-8")
        self.assertEqual(self.triage(), first)

    def test_it_is_interrupted_and_goes_on(self):
        for number in range(200):
            self.put(f"{number}.slot", RACE + f"# {number}\n")
        with subprocess.Popen(self.command(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            for _ in range(600):
                if list((self.folder / "out/.seen").rglob("*.json")):
                    break
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
        if process.returncode != 1:    # it may have been faster
            self.assertEqual(process.returncode, 2, said)
            self.assertIn("goes on", said)
        report = self.triage()
        self.assertEqual(report["buckets"][0]["count"], 200)

    def test_two_at_once_do_no_harm(self):
        for number in range(70):
            self.put(f"{number}.slot", RACE + f"# {number}\n")
        both = [subprocess.Popen(self.command(), stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL) for _ in range(2)]
        first, second = (json.loads(process.communicate(timeout=300)[0]) for process in both)
        self.assertEqual(first, second)
        self.assertEqual(self.triage(), first)

    def test_logs_are_bugs_without_an_input(self):
        self.put("a.log", ASAN_LOG.format("11", 95, "clear"))
        self.put("b.log", ASAN_LOG.format("2f", 99, "clear"))    # elsewhere, and lines have moved
        self.put("c.log", TSAN_LOG.format("123", "Write", "f(int)", "read", "g()"))
        self.put("d.log", TSAN_LOG.format("456", "Read", "g()", "write", "f(int)"))
        report = self.triage()
        self.assertEqual([(bug["count"], bug["severity"]) for bug in report["buckets"]],
                         [(2, "high"), (2, "medium")])
        log, race = report["buckets"]
        self.assertEqual(log["line"], "log: heap-use-after-free; read at "
                                      "c10::impl::PyObjectSlot::check_pyobj (PyObjectSlot.h)")
        self.assertEqual(log["blame"], "c10::impl::PyObjectSlot::check_pyobj")
        self.assertEqual(race["line"], "data-race: data race; "
                                       "read at g (slot.cpp); write at f (slot.cpp)")
        self.assertIsNone(log["replay"])

    def test_a_log_comes_on_standard_input(self):
        report = self.triage("-", stdin=ASAN_LOG.format("11", 95, "clear"))
        self.assertEqual(report["buckets"][0]["smallest"], "standard input")
        report = self.triage("-", stdin="hello\n", code=2)
        self.assertEqual(report["unreadable"][0]["file"], "standard input")

    def test_undefined_behaviour_is_named(self):
        self.put("ub.log", "slot.cpp:12:5: runtime error: load of misaligned address 0x7f01 for "
                           "type 'int'\n    #0 0x55 in f(int) slot.cpp:12:5\n")
        report = self.triage()
        self.assertEqual(report["buckets"][0]["blame"], "f")

    def test_bad_usage_is_one_line(self):
        for words in ([], ["--repeat", "0", "x"], ["--slot", "nothing", "x"], ["--what", "x"]):
            done = subprocess.run([ROOT / "scripts/triage", *words], text=True, check=False,
                                  capture_output=True)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--slots", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM, SLOTS = arguments.slotproof, arguments.slots
    unittest.main(argv=[sys.argv[0], *rest])
