#!/usr/bin/python3
"""Holds slotproof prove to what it says: proofs, failures, certificates, interruptions.

    prove_test.py --slotproof build/asan/bin/slotproof [UNITTEST-OPTION...]
"""

import argparse
import json
import os
import pty
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SLOTPROOF = Path()
MUTANTS = Path(__file__).resolve().parent.parent / "mutants"

# Threads, operations, interpreters, tensors: the bounds that convict planted bugs, the quickest
# first. The slot library is acquitted within the first four in seconds.
BOUNDS = [(2, 1, 2, 1), (1, 2, 2, 2), (1, 3, 2, 1), (1, 4, 1, 1), (3, 1, 3, 1), (1, 4, 1, 2)]
ACQUITTED = BOUNDS[:4]

# What only another thread's beginning of a hermetic section shows: it ends a thread, and such
# programs are left out.
BEYOND = {"hermetic-flag-is-process-wide"}

# Those that take more than the first.
DEEPER = {
    "destroy-asks-last-claimer": 1,
    "third-claimant-unheard": 4,
    "resurrection-taken-for-transfer": 5,
    "destroy-drops-tag": 3,
    "destroy-empties-twice": 3,
    "destroy-undone-by-throw": 3,
    "hermetic-thread-skips-decref": 3,
    **dict.fromkeys((
        "check-hides-empty-slot", "check-shows-owner-bit", "check-waits-for-object",
        "clear-drops-tag", "clear-keeps-object", "clear-leaves-owner-bit",
        "destroy-decrefs-first", "destroy-ignores-owner-bit", "destroy-keeps-vtable",
        "disarm-swaps-nothing", "giving-up-decrefs",
        "hermetic-before-foreign", "hermetic-flag-ignored", "ignore-hermetic-ignored",
        "own-claim-refused", "owner-bit-kept-over-reinit", "owning-nothing-accepted",
        "presence-is-hermetic", "set-owns-toggles"), 2),
}


def bound(threads, operations, interpreters, tensors=1):
    return ["--threads", str(threads), "--ops", str(operations),
            "--interpreters", str(interpreters), "--tensors", str(tensors)]


class ProveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def command(self, *arguments):
        return [str(SLOTPROOF), "prove", *map(str, arguments)]

    def expect(self, code, *arguments):
        done = subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True,
                              text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def certificate(self, name="c.json"):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


class Proofs(ProveTest):
    def test_the_slot_library_is_proved_right(self):
        out = self.expect(0, *bound(2, 1, 2), "-o", "c.json").stdout
        self.assertRegex(out, r"\Aproof  native: \d+ programs, .*: c.json\n\Z")
        certificate = self.certificate()
        self.assertEqual(certificate["outcome"], "proof")
        self.assertEqual(certificate["bound"],
                         {"threads": 2, "operations": 1, "interpreters": 2, "tensors": 1})
        self.assertEqual(certificate["limits_reached"], [])
        self.assertGreater(certificate["counts"]["executions"],
                           certificate["counts"]["programs"])
        self.assertIn("A init x0 maybe", certificate["alphabet"])
        self.assertIn("- hermetic on", certificate["alphabet"])
        self.assertRegex(certificate["sha256"], r"\A[0-9a-f]{64}\Z")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["c.json"])

    def test_a_certificate_does_not_depend_on_the_processes(self):
        for jobs in ("1", "3"):
            self.expect(0, *bound(2, 1, 2), "--jobs", jobs, "-o", f"{jobs}.json")
        self.assertEqual((self.folder / "1.json").read_bytes(),
                         (self.folder / "3.json").read_bytes())

    def test_programs_are_counted_without_being_run(self):
        self.expect(0, *bound(1, 2, 2), "-o", "c.json")
        counted = json.loads(self.expect(0, *bound(1, 2, 2), "--count", "--json").stdout)
        for what in ("programs", "represented"):
            self.assertEqual(counted[what], self.certificate()["counts"][what])

    def test_a_limit_is_no_proof(self):
        out = self.expect(1, *bound(2, 1, 2), "--executions", "2", "-o", "c.json").stdout
        self.assertRegex(out, r"\Aincomplete  native: .*\n\d+ programs were not run in all of "
                              r"their executions, for they have more than 2\n\Z")
        certificate = self.certificate()
        self.assertEqual(certificate["outcome"], "incomplete")
        self.assertEqual(len(certificate["limits_reached"]), 1)
        self.assertGreater(certificate["counts"]["incomplete"], 0)
        self.assertIn("proves nothing", self.expect(2, "--check", "c.json").stderr)

    def test_preemptions_and_stale_reads_can_be_bounded(self):
        slot = ["--slot", "mutant:load-trusts-last-claim", *bound(2, 1, 1)]
        self.expect(15, *slot, "--preemptions", "1", "--stale-reads", "1", "-o", "c.json")
        self.assertEqual(self.certificate()["limits"],
                         {"executions": 0, "preemptions": 1, "stale_reads": 1})
        self.expect(0, "--check", "c.json")
        for name in ("preemptions", "stale-reads"):
            out = self.expect(0, *slot, f"--{name}", "0", "-o", "c.json").stdout
            self.assertRegex(out, r"\Abounded  ")
            self.assertEqual(self.certificate()["outcome"], "bounded")
            self.expect(0, "--check", "c.json")

    def test_bounds_that_are_too_large_are_refused(self):
        done = self.expect(2, *bound(4, 8, 4, 4))
        self.assertRegex(done.stderr, r"\Aslotproof: .*choose a smaller bound\n\Z")
        self.expect(2, "--threads", "5")
        self.expect(2, "--ops", "0")


class Failures(ProveTest):
    def test_the_smallest_program_is_told_and_kept(self):
        out = self.expect(10, "--slot", "mutant:claim-relaxed", *bound(2, 1, 2),
                          "-o", "c.json").stdout
        self.assertRegex(out, r"\Afailure  mutant:claim-relaxed: ")
        replay = out.splitlines()[-1].split()
        self.assertEqual(replay[0], "slotproof")
        self.assertEqual(subprocess.run([SLOTPROOF, *replay[1:]], cwd=self.folder, check=False,
                                        capture_output=True).returncode, 0)
        failure = self.certificate()["failure"]
        self.assertEqual(failure["verdict"], "data-race")
        self.assertEqual(failure["program"].count(" x0"), 2, "two operations")

    def test_it_does_not_depend_on_the_processes(self):
        for jobs in ("1", "4"):
            self.expect(18, "--slot", "mutant:presence-loads-tag-twice", *bound(2, 1, 2),
                        "--jobs", jobs, "-o", f"{jobs}.json")
        self.assertEqual((self.folder / "1.json").read_bytes(),
                         (self.folder / "4.json").read_bytes())


class Mutants(ProveTest):
    def test_every_planted_bug_is_convicted_within_a_small_bound(self):
        for patch in sorted(MUTANTS.glob("*.patch")):
            if patch.stem in BEYOND:
                continue
            with self.subTest(mutant=patch.stem):
                size = bound(*BOUNDS[DEEPER.get(patch.stem, 0)])
                done = subprocess.run(
                    self.command("--slot", f"mutant:{patch.stem}", *size, "-o", "c.json"),
                    cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
                self.assertIn(done.returncode, range(10, 20), done.stdout + done.stderr)
                # Not always the one that the patch foretells first, but one of them.
                verdicts = patch.read_text(encoding="utf-8").split("Verdict: ")[1].split("\n")[0]
                self.assertIn(self.certificate()["failure"]["verdict"], verdicts.split(", "))

    def test_the_slot_library_is_acquitted_within_the_same_bounds(self):
        for size in ACQUITTED:
            with self.subTest(bound=size):
                self.expect(0, *bound(*size), "-o", "c.json")


class Certificates(ProveTest):
    def setUp(self):
        super().setUp()
        self.expect(0, *bound(1, 2, 2), "-o", "c.json")

    def tampered(self, *place, value):
        certificate = self.certificate()
        at = certificate
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = value
        (self.folder / "tampered.json").write_text(json.dumps(certificate), encoding="utf-8")
        return "tampered.json"

    def test_a_good_one_holds(self):
        self.assertRegex(self.expect(0, "--check", "c.json").stdout, r"\Aholds  c.json: ")

    def test_one_that_says_other_things_does_not(self):
        for place, value in ((("counts", "programs"), 1), (("counts", "executions"), 10**6),
                             (("sha256",), "0" * 64), (("slot",), "mutant:claim-relaxed"),
                             (("bound", "operations"), 1), (("memory_model",), 0),
                             (("alphabet", 3), "A wrap x1"), (("outcome",), "failure")):
            with self.subTest(place=place):
                out = self.expect(1, "--check", self.tampered(*place, value=value)).stdout
                self.assertRegex(out, r"\Adoes not hold  tampered.json: .*\n  /")

    def test_one_of_a_failure_holds_as_well(self):
        subprocess.run(self.command("--slot", "mutant:claim-by-exchange", *bound(2, 1, 2),
                                    "-o", "bad.json"), cwd=self.folder, capture_output=True,
                       check=False)
        self.assertEqual(self.certificate("bad.json")["outcome"], "failure")
        self.assertRegex(self.expect(0, "--check", "bad.json").stdout, r"\Aholds  bad.json: ")

    def test_what_is_no_certificate_is_refused(self):
        (self.folder / "x.json").write_text("{}", encoding="utf-8")
        (self.folder / "y.json").write_text("slotproof 1\n", encoding="utf-8")
        for name in ("x.json", "y.json"):
            self.assertIn("is no certificate", self.expect(2, "--check", name).stderr)
        self.expect(2, "--check", "missing.json")


class Death(ProveTest):
    def test_a_program_that_kills_a_process_gets_a_verdict(self):
        done = subprocess.run(self.command("--slot", "dying", *bound(1, 1, 1)), cwd=self.folder,
                              capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "DYING_SLOT": "segv"})
        self.assertEqual(done.returncode, 12, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\Acrash: the process .*\n\nslotproof 1\n")
        self.assertIn("\n\nslotproof run --slot dying findings/crash-", done.stdout)


class Progress(ProveTest):
    def test_a_terminal_is_shown_how_it_goes(self):
        ours, theirs = pty.openpty()
        with subprocess.Popen(self.command(*bound(1, 4, 1), "--jobs", "1"), cwd=self.folder,
                              stdout=subprocess.DEVNULL, stderr=theirs):
            os.close(theirs)
            shown = b""
            try:
                while piece := os.read(ours, 4096):
                    shown += piece
            except OSError:    # what the other end of a terminal says when it is closed
                pass
        os.close(ours)
        self.assertRegex(shown.decode(), r"\r\d+ executions, \d+ executions/s, \d+ programs, "
                                         r"\d+ s left")


class Interruptions(ProveTest):
    SIZE = bound(1, 4, 1)

    def setUp(self):
        super().setUp()
        self.expect(0, *self.SIZE, "-o", "whole.json")

    def expect_whole(self):
        self.assertEqual(self.certificate("parts.json"), self.certificate("whole.json"))
        self.assertFalse((self.folder / "parts.json.partial").exists())

    def test_one_that_ran_out_of_time_goes_on(self):
        self.expect(1, *self.SIZE, "--jobs", "1", "--for", "0.5", "-o", "parts.json")
        self.assertEqual(self.certificate("parts.json")["outcome"], "incomplete")
        part = json.loads((self.folder / "parts.json.partial").read_text(encoding="utf-8"))
        self.assertGreater(part["done"], 0)
        self.expect(0, *self.SIZE, "-o", "parts.json")
        self.expect_whole()

    def test_one_that_was_killed_goes_on(self):
        partial = self.folder / "parts.json.partial"
        with subprocess.Popen(self.command(*self.SIZE, "--jobs", "1", "-o", "parts.json"),
                              cwd=self.folder, stdout=subprocess.DEVNULL) as process:
            while not partial.exists() and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        self.assertTrue(partial.exists(), "it was over before it could be killed")
        self.expect(0, *self.SIZE, "-o", "parts.json")
        self.expect_whole()

    def test_what_was_done_for_another_proof_is_refused(self):
        self.expect(1, *self.SIZE, "--jobs", "1", "--for", "0.5", "-o", "parts.json")
        done = self.expect(2, *bound(1, 2, 2), "-o", "parts.json")
        self.assertIn("parts.json.partial: is the state of another proof", done.stderr)


def main():
    global SLOTPROOF
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True, type=Path)
    arguments, others = parser.parse_known_args()
    SLOTPROOF = arguments.slotproof.resolve()
    unittest.main(argv=[sys.argv[0], *others])


if __name__ == "__main__":
    main()
