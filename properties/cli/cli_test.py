#!/usr/bin/python3
"""Drives the slotproof command as a user does.

    cli_test.py --slotproof build/asan/bin/slotproof --slots build/asan/slots [UNITTEST-OPTION...]
"""

import argparse
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SLOTPROOF = Path()
SLOTS = Path()
CORPUS = Path(__file__).resolve().parents[2] / "corpus" / "litmus"
RACY = "mutant:claim-by-load-and-store"

CLAIMS = """\
# Two interpreters meet.
slotproof 1
thread 0
  A wrap x0
thread 1
  B wrap x0
"""

# More than the bug of RACY needs.
ELABORATE = """\
slotproof 1
private x1 2
thread 0
  A tag x0
  A wrap x0
  A unwrap x0
thread 1
  B check x0
  B wrap x0
  - drop x0
thread 2
  C init x1 definitely
  C has x0
"""

BROKEN_PROMISE = """\
slotproof 1
thread 0
  A init x0 us
"""


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def call(self, *arguments, stdin=b"", **environment):
        done = subprocess.run([SLOTPROOF, *map(str, arguments)], cwd=self.folder, input=stdin,
                              capture_output=True, timeout=120, check=False,
                              env={**os.environ, **environment})
        done.out = done.stdout.decode(errors="replace")
        done.err = done.stderr.decode(errors="replace")
        return done

    def expect(self, code, *arguments, **options):
        done = self.call(*arguments, **options)
        self.assertEqual(done.returncode, code, done.out + done.err)
        if code != 2:
            self.assertEqual(done.err, "")
        return done

    def expect_refusal(self, message, *arguments, **options):
        """Exit code 2, nothing printed, and one line that says why."""
        done = self.expect(2, *arguments, **options)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aslotproof: [^\n]*\n\Z")
        self.assertIn(message, done.err)

    def failing_schedule(self):
        """A reproducer of RACY's bug in CLAIMS."""
        self.file("claims.slot", CLAIMS)
        self.expect(10, "random", "--slot", RACY, "--program", "claims.slot", "-o", "bug.slot")
        return "bug.slot"


class Usage(CliTest):
    def test_help_of_everything(self):
        commands = re.findall(r"^  (\w+) {2,}\w", self.expect(0, "--help").out, re.MULTILINE)
        wanted = {"run", "random", "shrink", "print", "encode", "decode"}
        self.assertLessEqual(wanted, set(commands))
        for command in commands:
            text = self.expect(0, command, "--help").out
            self.assertIn("--json", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_version(self):
        self.assertRegex(self.expect(0, "--version").out, r"\Aslotproof \d+\.\d+\.\d+")

    def test_bad_usage_is_one_line(self):
        self.expect_refusal("slotproof --help")
        self.expect_refusal("slotproof --help", "frobnicate")
        self.expect_refusal("slotproof run --help", "run")
        self.expect_refusal("--runs", "run", "--runs", "3", "x")
        self.expect_refusal("--color", "run", "--color", "pink", "x")
        self.expect_refusal("--repeat", "run", "--repeat", "0", "x")
        self.expect_refusal("--bytes", "run", "--bytes", "--text", "x")

    def test_verdicts_and_verbs(self):
        self.assertIn("10  data-race", self.expect(0, "verdicts").out)
        self.assertIn("A init x0 definitely|maybe|us|other", self.expect(0, "verbs").out)
        codes = {v["verdict"]: v["exit_code"]
                 for v in json.loads(self.expect(0, "verdicts", "--json").out)["verdicts"]}
        self.assertEqual((codes["pass"], codes["data-race"], codes["invalid"]), (0, 10, 3))
        verbs = json.loads(self.expect(0, "verbs", "--json").out)["verbs"]
        self.assertIn("wrap", [verb["verb"] for verb in verbs])


LITMUS = """\
C one
{ x=0; }
P0 (atomic_int* x) { *x = 1; }
P1 (atomic_int* x) { int r0 = *x; }
~exists 1:r0=2
(* States 2
1:r0=0;
1:r0=1;
*)
"""


class Litmus(CliTest):
    def test_a_table_of_tests(self):
        self.file("one.litmus", LITMUS)
        self.file("case.slot", CLAIMS)
        out = self.expect(0, "litmus", ".").out
        self.assertRegex(out, r"ok    one +\d+ +\d+ +2 of 2  never +1:r0=2\n")
        self.assertIn("1 of 1 tests are as they say", out)

    def test_a_state_too_many_and_one_too_few(self):
        name = self.file("a.litmus", LITMUS.replace("=1;\n*", "=3;\n*"))
        out = self.expect(1, "litmus", name).out
        self.assertIn("observed and not allowed: 1:r0=1;", out)
        self.assertIn("allowed and not observed: 1:r0=3;", out)
        self.assertIn("0 of 1 tests are as they say", out)

    def test_json(self):
        name = self.file("a.litmus", LITMUS.replace("r0=2", "r0=1"))
        document = json.loads(self.expect(1, "litmus", "--json", name).out)
        self.assertEqual(document["exit_code"], 1)
        test = document["tests"][0]
        self.assertEqual((test["good"], test["observation"]), (False, "sometimes"))
        self.assertEqual(test["observed"], ["1:r0=0;", "1:r0=1;"])
        self.assertEqual((test["forbidden"], test["missing"]), ([], []))

    def test_without_states_a_data_race_is_told_all_the_same(self):
        racy = LITMUS.split("(*")[0].replace("atomic_int*", "int*")
        out = self.expect(0, "litmus", self.file("a.litmus", racy)).out
        self.assertIn("some executions end so: data race", out)

    def test_the_smallest_execution_with_a_stale_read(self):
        out = self.expect(0, "litmus", "--trace", CORPUS / "SB+rlx+rlx.litmus").out
        self.assertIn("""
   0:r0=0; 1:r0=0;

   P0                                   | P1
   -------------------------------------+-----------------------------------------------
   1 store x relaxed <- 1               |
   2 load y relaxed -> 0 from the start |
                                        | 3 store y relaxed <- 1
                                        | 4 load x relaxed -> 0 (1 stale) from the start
""", out)
        out = self.expect(0, "litmus", "--trace", CORPUS / "MP+rlx+rlx.litmus").out
        self.assertIn("""
   1:r0=1; 1:r1=0;

   P0                     | P1
   -----------------------+-----------------------------------------------
   1 store x relaxed <- 1 |
   2 store y relaxed <- 1 |
                          | 3 load y relaxed -> 1 from 2
                          | 4 load x relaxed -> 0 (1 stale) from the start
""", out)

    def test_the_smallest_execution_with_a_store_behind_which_is_another(self):
        out = self.expect(0, "litmus", "--trace", CORPUS / "2+2W+rlx.litmus").out
        self.assertIn("| 4 store x relaxed <- 1 (before 1)\n   5 root: load x relaxed -> 2 from 1",
                      out)

    def test_the_smallest_execution_with_a_data_race(self):
        out = self.expect(0, "litmus", "--trace", CORPUS / "MP+plain+rlx+acq.litmus").out
        self.assertIn("""
   data race

   P0                     | P1
   -----------------------+-----------------------------
>> 1 write d              |
   2 store y relaxed <- 1 |
                          | 3 load y acquire -> 1 from 2
>>                        | 4 read d
""", out)

    def test_a_deadlock_is_marked_and_what_has_no_wanted_execution_has_no_trace(self):
        out = self.expect(0, "litmus", "--trace", CORPUS / "Mutex+deadlock.litmus").out
        self.assertIn(">> 1 lock l |\n>>          | 2 lock m\n", out)
        plain = self.expect(0, "litmus", CORPUS / "MP+rel+acq.litmus").out
        self.assertEqual(self.expect(0, "litmus", "--trace", CORPUS / "MP+rel+acq.litmus").out,
                         plain)

    def test_what_breaks_a_claim_is_shown(self):
        name = self.file("a.litmus", LITMUS.replace("~exists 1:r0=2", "forall 1:r0=1"))
        out = self.expect(1, "litmus", "--trace", name).out
        self.assertIn("the condition does not hold\n\n   1:r0=0;\n", out)
        self.assertIn("load x seq_cst -> 0 from the start", out)

    def test_traces_as_json(self):
        test = CORPUS / "MP+plain+rlx+acq.litmus"
        document = json.loads(self.expect(0, "litmus", "--json", "--trace", test).out)
        trace, = document["tests"][0]["traces"]
        self.assertEqual(trace["state"], "data race")
        self.assertEqual(trace["events"][2:], [
            {"event": 3, "thread": "P1", "text": "load y acquire -> 1", "from": 2,
             "at_fault": False},
            {"event": 4, "thread": "P1", "text": "read d", "from": None, "at_fault": True}])
        document = json.loads(self.expect(0, "litmus", "--json", test).out)
        self.assertNotIn("traces", document["tests"][0])

    def test_a_test_that_is_too_large_is_no_pass(self):
        out = self.expect(1, "litmus", "--most", 1, self.file("a.litmus", LITMUS)).out
        self.assertIn("not all executions", out)

    def test_a_mistake_has_a_place(self):
        done = self.expect(2, "litmus", self.file("a.litmus", LITMUS.replace("= 1;", "= ;")))
        self.assertIn("a.litmus:3:27: found ';', expected a value", done.err)

    def test_folders_of_cases_have_no_litmus_tests(self):
        self.file("one.litmus", LITMUS)
        self.file("case.slot", CLAIMS)
        self.assertEqual(self.expect(0, "run", ".").out.count("\n"), 1)


class BadInput(CliTest):
    def test_files_that_cannot_be_read(self):
        self.expect_refusal("missing.slot: cannot read", "run", "missing.slot")
        self.expect_refusal("missing.slot: cannot read", "shrink", "missing.slot")
        (self.folder / "nothing").mkdir()
        self.expect_refusal("no file in this folder", "run", "nothing")
        self.expect_refusal("is a folder", "print", "nothing")
        self.expect_refusal("is empty", "run", self.file("empty", ""))
        self.expect_refusal("larger than 16 MiB", "run", "/dev/zero")

    def test_files_that_are_strange(self):
        self.expect_refusal("/dev/null: is empty", "run", "/dev/null")
        # Opens for everyone, root included, and cannot be read.
        self.expect_refusal("/proc/self/mem: cannot read", "run", "/proc/self/mem")
        (self.folder / "loop").mkdir()
        (self.folder / "loop" / "again").symlink_to(self.folder / "loop")
        self.expect_refusal("no file in this folder", "run", "loop")

    def test_texts_without_a_version_line(self):
        headless = CLAIMS.replace("slotproof 1\n", "")
        for line, text in (2, headless), (1, headless[headless.index("thread"):]):
            self.expect_refusal(f"headless.slot:{line}:1: found 'thread', expected the version",
                                "explore", self.file("headless.slot", text))

    def test_texts_that_are_huge(self):
        operations = "slotproof 1\nthread 0\n" + "  A wrap x0\n" * 1_000_000
        self.expect_refusal("million.slot:67:3:", "run", self.file("million.slot", operations))
        nested = "slotproof 1\n" + "(" * (1 << 20)
        self.expect_refusal("nested.slot:2:1:", "run", self.file("nested.slot", nested))
        nuls = b"slotproof 1\n" + bytes(1 << 20)
        self.expect_refusal("nuls.slot:2:1:", "run", self.file("nuls.slot", nuls))
        comment = self.file("comment.slot", "# " + "x" * (1 << 20) + "\n" + CLAIMS)
        self.assertEqual(self.expect(0, "run", comment).out, "pass  comment.slot\n")
        threads = "slotproof 1\n" + "thread 0\n" * 100_000
        self.expect_refusal("threads.slot:3:8:", "run", self.file("threads.slot", threads))

    def test_mistakes_are_named_by_line_and_column(self):
        self.expect_refusal("cut.slot:4:5: found 'wr'", "run",
                            self.file("cut.slot", CLAIMS[:CLAIMS.index("ap x0")]))
        self.expect_refusal("story.slot:2:1:", "run", self.file("story.slot", "# only a story\n"))
        self.expect_refusal("nul.slot:4:5: found the byte 0x00", "run",
                            self.file("nul.slot", CLAIMS.replace("wrap", "\0rap", 1)))
        self.expect_refusal("words.slot:7:8: found 'splendid', expected a verdict", "run",
                            self.file("words.slot", CLAIMS + "expect splendid\n"))

    def test_any_bytes_are_a_program(self):
        for name, content in {"ff": b"\xff" * (1 << 20), "nuls": bytes(1000), "one": b"\x01",
                              "hash": b"#\x00\x01\x02\x03\x04\x05"}.items():
            done = self.call("run", self.file(name, content))
            self.assertIn(done.returncode, (0, 3), done.out + done.err)
        self.expect(0, "run", "--bytes", self.file("empty", ""))

    def test_choices(self):
        claims = self.file("claims.slot", CLAIMS)
        self.expect_refusal("--choices zz", "run", "--choices", "zz", claims)
        self.expect_refusal("mend it", "run", self.file("bad.slot", CLAIMS + "choices v1:9z9\n"))
        self.assertIn("not asked for",
                      self.expect(0, "run", "--choices", "v1:5000t1", claims).out)

    def test_choices_that_are_many(self):
        claims = self.file("claims.slot", CLAIMS)
        many = "v1:" + ".".join(["t1"] * 30_000)
        self.expect(0, "run", "--choices", many, claims)
        self.expect(0, "run", "--choices", "v1:1048575t4294967295", claims)
        self.expect_refusal("more than 1048576 choices", "run", "--choices", "v1:4294967295t1",
                            claims)

    def test_slots(self):
        claims = self.file("claims.slot", CLAIMS)
        self.expect_refusal("--slot nobody", "run", "--slot", "nobody", claims)
        self.expect_refusal("mutant-nobody.so", "run", "--slot", "mutant:nobody", claims)
        self.expect_refusal("./missing.so", "run", "--slot", "./missing.so", claims)
        self.expect_refusal("libc.so.6", "run", "--slot", "libc.so.6", claims)

    def test_output_to_what_is_no_plain_file(self):
        claims = self.file("claims.slot", CLAIMS)
        pipe, link = self.folder / "pipe", self.folder / "link"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.expect(0, "encode", claims, "-o", "pipe")
        self.assertTrue(pipe.is_fifo())
        self.expect(0, "encode", claims, "-o", "plain")
        link.symlink_to("plain")
        self.assertEqual(os.read(reader, 1 << 16), (self.folder / "plain").read_bytes())
        self.expect(0, "print", claims, "-o", "link")
        self.assertTrue(link.is_symlink())
        self.assertIn(b"slotproof 1", (self.folder / "plain").read_bytes())

    def test_output_that_cannot_be_written(self):
        claims = self.file("claims.slot", CLAIMS)
        self.expect_refusal("cannot write", "encode", claims, "-o", "/proc/no/such")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SLOTPROOF, "print", self.folder / claims], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot write", done.stderr)


class Run(CliTest):
    def test_a_line_for_each_file(self):
        (self.folder / "a" / "b").mkdir(parents=True)
        self.file("a/z.slot", CLAIMS)
        self.file("a/b/y.slot", CLAIMS)
        self.file("a/README.md", "# not a program\n")
        self.file("a/.hidden", "# not a program\n")
        self.assertEqual(self.expect(0, "run", "a").out, "pass  a/b/y.slot\npass  a/z.slot\n")

    def test_standard_input(self):
        self.assertEqual(self.expect(0, "run", "-", stdin=CLAIMS.encode()).out,
                         "pass  standard input\n")

    def test_skipped_operations_are_told(self):
        skipping = self.file("skip.slot", CLAIMS.replace("A wrap", "A unwrap"))
        self.assertIn("(1 of 2 operations skipped)", self.expect(0, "run", skipping).out)

    def test_invalid_programs(self):
        invalid = self.file("invalid.slot", BROKEN_PROMISE)
        self.assertIn("invalid  invalid.slot: init x0 us", self.expect(3, "run", invalid).out)
        expected = self.file("expected.slot", BROKEN_PROMISE + "expect invalid\n")
        self.assertIn("(as expected)", self.expect(0, "run", expected).out)

    def test_the_first_bad_verdict_is_the_exit_code(self):
        files = [self.file("good.slot", CLAIMS), self.file("bad.slot", BROKEN_PROMISE)]
        self.expect(3, "run", *files)

    def test_a_failure_is_a_picture_that_ends_with_its_replay(self):
        text = (self.folder / self.failing_schedule()).read_text().replace("expect", "# expect")
        self.file("it is.slot", text)
        done = self.expect(10, "run", "--slot", RACY, "it is.slot")
        lines = done.out.splitlines()
        self.assertEqual(lines[0], "data-race  it is.slot")
        self.assertEqual(lines[-1], f"slotproof run --slot {RACY} 'it is.slot'")
        self.assertRegex(done.out, r"\n   thread 0 +\| thread 1\n")
        self.assertEqual(len(re.findall(r"^>> .*write x0\.slot\+8", done.out, re.MULTILINE)), 2)
        self.assertIn("PyObjectSlot.h:", done.out)
        self.assertNotIn("0x", done.out)
        self.assertNotIn("\033", done.out)

    def test_a_reproducer_meets_its_expectation(self):
        bug = self.failing_schedule()
        done = self.expect(0, "run", "--slot", RACY, bug)
        self.assertTrue(done.out.startswith("data-race  bug.slot (as expected)\n"), done.out)
        self.assertIn("\n>> ", done.out)
        self.assertNotIn("\n>> ", self.expect(0, "run", "--slot", RACY, bug, bug).out)
        # The choices were made for another slot, and it says so.
        self.assertRegex(self.expect(0, "run", bug).out,
                         r"\Apass  bug.slot \(expected data-race[;)]")

    def test_the_replay_line_replays(self):
        bug = self.failing_schedule()
        choices = re.search(r"^choices (\S+)$", (self.folder / bug).read_text(), re.MULTILINE)[1]
        claims = self.file("claims.slot", CLAIMS)
        first = self.expect(10, "run", "--choices", choices, "--slot", RACY, claims)
        command = first.out.splitlines()[-1].split()
        self.assertEqual(command[0], "slotproof")
        self.assertEqual(self.expect(10, *command[1:]).out, first.out)

    def test_runs_are_equal_in_two_processes(self):
        bug = self.failing_schedule()
        for slot in ("native", RACY):
            for form in ((), ("--json",), ("--verbose",)):
                traces = [self.expect(0, "run", "--trace", *form, "--slot", slot, bug).out
                          for _ in range(2)]
                self.assertEqual(*traces)

    def test_a_run_after_a_failure_is_as_in_a_process_of_its_own(self):
        bug = self.failing_schedule()
        elaborate = self.file("elaborate.slot", ELABORATE)
        trace = ("run", "--trace", "--slot", RACY)
        alone = self.expect(0, *trace, elaborate).out
        first = self.expect(0, *trace, bug, bug).out
        self.assertIn("load x0.slot", alone)
        # Of the first file alone there is a picture as well.
        self.assertEqual(self.expect(0, *trace, bug, elaborate).out,
                         first[:len(first) // 2] + alone)

    def test_runs_are_equal_a_thousand_times(self):
        bug = self.failing_schedule()
        self.expect(0, "run", "--repeat", "1000", bug)
        self.expect(0, "run", "--repeat", "1000", "--slot", RACY, bug)

    def test_json(self):
        bug = self.failing_schedule()
        document = json.loads(self.expect(0, "run", "--json", "--slot", RACY, bug).out)
        run = document["runs"][0]
        self.assertEqual((document["schema_version"], document["exit_code"]), (1, 0))
        self.assertEqual((run["file"], run["verdict"]), (bug, "data-race"))
        self.assertTrue(run["as_expected"])
        self.assertEqual(run["stacks"][0]["frames"][0]["function"],
                         "c10::impl::PyObjectSlot::init_pyobj")
        strange = self.file("\udcff.slot", CLAIMS) if sys.platform == "linux" else bug
        json.loads(self.expect(0, "run", "--json", strange).out)

    def test_colours(self):
        bug = self.failing_schedule()
        always = self.expect(0, "run", "--color", "always", "--slot", RACY, bug).out
        self.assertIn("\033[1;31m>>", always)
        self.assertEqual(re.sub(r"\033\[[\d;]*m", "", always),
                         self.expect(0, "run", "--slot", RACY, bug).out)
        command = ["run", "--slot", RACY, bug]
        self.assertIn(b"\033[1;31m>>", self.on_terminal(command, TERM="xterm"))
        self.assertNotIn(b"\033", self.on_terminal(command, TERM="xterm", NO_COLOR="1"))
        self.assertNotIn(b"\033", self.on_terminal([*command, "--color", "never"], TERM="xterm"))

    def on_terminal(self, arguments, **environment):
        ours, theirs = pty.openpty()
        clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        with subprocess.Popen([SLOTPROOF, *arguments], cwd=self.folder, stdout=theirs,
                              stderr=subprocess.DEVNULL, env={**clean, **environment}):
            os.close(theirs)
            output = b""
            while True:
                try:
                    piece = os.read(ours, 4096)
                except OSError:  # what the other end of a terminal says when it is closed
                    break
                if not piece:
                    break
                output += piece
        os.close(ours)
        return output


class Rules(CliTest):
    CHECK_AND_WRAP = "slotproof 1\n{}thread 0\n  A check x0\nthread 1\n  A wrap x0\n"

    def test_without_a_gil_the_tag_is_seen_before_the_object(self):
        search = ("random", "--program", "-", "--runs", "1000", "--output", "found.slot")
        program = self.CHECK_AND_WRAP.format("").encode()
        self.assertEqual(self.call(*search, stdin=program).returncode, 0)
        done = self.call(*search, "--gil", "off", stdin=program)
        self.assertEqual(done.returncode, 10, done.out + done.err)
        self.assertIn("\ngil off\n", done.out)
        self.assertEqual(self.call("run", "found.slot").returncode, 0, "as its text expects")
        self.expect_refusal("--gil", "random", "--gil", "no")

    def test_careless_callers_break_promises(self):
        program = b"slotproof 1\nthread 0\n  A wrap x0\n  B init x0 us\n"
        self.assertEqual(self.call("run", "-", stdin=program).returncode, 3)
        self.assertEqual(self.call("run", "--careless", "-", stdin=program).returncode, 15)

    def test_bytes_do_not_hold_rules(self):
        file = self.file("free.slot", self.CHECK_AND_WRAP.format("gil off\n"))
        self.expect_refusal("--gil off", "encode", file)


class Coverage(CliTest):
    def test_cells_of_files(self):
        claims = self.file("claims.slot", CLAIMS)
        out = self.expect(0, "coverage", "--runs", "0", claims).out
        self.assertRegex(out, r"\nconstruct +\. .* 1 +\. +\. +\.\n")
        self.assertRegex(
            out, r"\n6 of \d+ cells hit, by 1 runs that passed, of 1; [1-9]\d* features\n\Z")
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_cells_of_random_programs(self):
        command = ("coverage", "--json", "--runs", "500", "--seed")
        documents = [json.loads(self.expect(0, *command, seed).out) for seed in (3, 3, 4)]
        self.assertEqual(documents[0], documents[1])
        self.assertNotEqual(documents[0]["cells"], documents[2]["cells"])
        self.assertEqual(documents[0]["runs"], 500)
        self.assertLessEqual(documents[0]["passed"], 500)
        cells = documents[0]["cells"]
        self.assertEqual(sum(cell["reachable"] for cell in cells), documents[0]["reachable"])
        self.assertEqual(sum(cell["hits"] > 0 for cell in cells), documents[0]["hit"])

    def test_a_slot_that_fails_is_told(self):
        done = self.call("coverage", "--slot", RACY)
        self.assertEqual(done.returncode, 10, done.out + done.err)
        self.assertRegex(done.err, r"\Aslotproof: data-race: run \d+ of seed 1: [^\n]*\n\Z")
        self.assertIn("cells hit", done.out)
        done = self.call("coverage", "--runs", "0", self.file("invalid.slot", BROKEN_PROMISE))
        self.assertEqual(done.returncode, 3, done.out + done.err)

    def test_bad_input(self):
        self.expect_refusal("missing.slot: cannot read", "coverage", "missing.slot")
        self.expect_refusal("--runs", "coverage", "--runs", "x")


CHECKS = "slotproof 1\nthread 0\n  A check x0\n"


class Death(CliTest):
    def test_the_program_is_told_all_the_same(self):
        claims = self.file("claims.slot", CLAIMS)
        slot = SLOTS / "dying.so"
        self.expect(0, "run", "--slot", slot, self.file("none.slot", "slotproof 1\n"))
        for how in ("abort", "segv", "free"):
            done = self.call("run", "--slot", slot, claims, DYING_SLOT=how)
            self.assertEqual(done.returncode, 12)
            self.assertIn("crash: the process ", done.out)
            self.assertEqual(done.err.count("slotproof died while it ran this:\n\nslotproof 1\n"),
                             1, done.err)
            self.assertIn(f"\n\nslotproof run --slot {slot} claims.slot\n", done.err)

    def test_what_it_died_of_is_shrunk(self):
        done = self.call("random", "--slot", SLOTS / "dying.so", DYING_SLOT="segv",
                         DYING_SLOT_WHEN="hermetic")
        self.assertEqual(done.returncode, 12)
        self.assertIn("\n\nslotproof 1\nthread 0\n  A hermetic on\n\nslotproof run ", done.out)

    def test_a_death_that_does_not_come_again_is_told(self):
        done = self.call("run", "--slot", SLOTS / "deadly-kill.so", "-",
                         stdin=CHECKS.encode())
        self.assertEqual(done.returncode, 4)
        self.assertIn("the process is killed by signal 9 (Killed), and not once more", done.err)


class Triage(CliTest):
    def triage(self, *arguments, **variables):
        """The exit code and the document."""
        done = self.call("triage", "--json", "--output", "small", *arguments, **variables)
        return done.returncode, json.loads(done.out)

    def test_inputs_of_one_bug_share_a_bucket(self):
        self.file("claims.slot", CLAIMS)
        one = self.failing_schedule()
        elaborate = self.file("elaborate.slot", ELABORATE)
        code, report = self.triage("--slot", RACY, one, elaborate)
        self.assertEqual(code, 10)
        self.assertEqual([file["outcome"] for file in report["files"]], ["bug", "no-bug"])
        bucket, = report["buckets"]
        self.assertEqual(bucket["severity"], "high")
        self.assertEqual((bucket["count"], bucket["operations"]), (1, 2))
        self.expect(0, "run", "--slot", RACY, bucket["file"])
        self.assertIn("1 buckets, 0 flaky, 1 without a bug",
                      self.expect(10, "triage", "--slot", RACY, "-o", "small", one, elaborate).out)

    def test_a_fingerprint_is_told_of_each_failure(self):
        one = self.failing_schedule()
        first, again = (json.loads(self.call("run", "--json", "--slot", RACY, one).out)["runs"][0]
                        for _ in range(2))
        self.assertRegex(first["fingerprint"]["hash"], "^[0-9a-f]{16}$")
        self.assertEqual(first["fingerprint"], again["fingerprint"])    # at other addresses
        self.assertEqual(first["severity"]["level"], "high")

    def test_what_cannot_be_read_is_listed(self):
        mistake = self.file("mistake.slot", "slotproof 1\nthread 0\n  A warp x0\n")
        code, report = self.triage(mistake, "missing.slot")
        self.assertEqual(code, 0)
        self.assertEqual([file["outcome"] for file in report["files"]], ["unreadable"] * 2)
        self.assertIn("mistake.slot:3:", report["files"][0]["sentence"])

    def test_deaths_take_nobody_with_them(self):
        files = [self.file("none.slot", "slotproof 1\n"),
                 self.file("dies.slot", "slotproof 1\nthread 0\n  A hermetic on\n"),
                 self.file("checks.slot", CHECKS)]
        code, report = self.triage("--slot", SLOTS / "dying.so", *files, DYING_SLOT="abort",
                                   DYING_SLOT_WHEN="hermetic")
        self.assertEqual(code, 12)
        self.assertEqual([file["outcome"] for file in report["files"]],
                         ["no-bug", "bug", "no-bug"])
        self.assertIn("crash: the process ", report["buckets"][0]["line"])

    def test_bad_usage(self):
        self.expect_refusal("there is no slots", "triage", "--slot", "mutant:nothing", "x")
        self.expect_refusal("--repeat", "triage", "--repeat", "0", "x")


class Explain(CliTest):
    def test_a_race_is_told_by_what_is_missing(self):
        race = self.file("race.slot", "slotproof 1\nthread 0\n  A check x0\nthread 1\n"
                                      "  B wrap x0\nchoices v1:t1\n")
        out = self.expect(10, "explain", "--slot", "mutant:claim-relaxed", race).out
        self.assertIn("the store is relaxed and does not release; release would", out)
        self.assertIn("Choice 0 (t1): thread 1 begins, although another could", out)
        self.assertIn("Without it it does not fail so: it is necessary.", out)
        self.assertIn("under sequential consistency too", out)
        out = self.expect(10, "explain", "--slot", "mutant:check-loads-tag-relaxed", race).out
        self.assertIn("the load is relaxed and does not acquire; acquire would", out)
        out = self.expect(10, "explain", "--slot", "mutant:claim-acquire-only", race).out
        self.assertIn("the store is acquire and does not release; acq_rel would", out)
        out = self.expect(10, "explain", "--slot", "mutant:claim-before-its-fence", race).out
        self.assertIn("release would, the fence behind it comes too late", out)
        document = json.loads(self.expect(10, "explain", "--json", "--slot",
                                          "mutant:claim-relaxed", race).out)
        self.assertTrue(document["needs"]["fails_under_sequential_consistency"])
        self.assertEqual(document["needs"]["deviations"][0]["necessary"], True)

    def mends(self, mutant, program):
        document = json.loads(self.expect(10, "explain", "--json", "--slot", f"mutant:{mutant}",
                                          program).out)
        orders = document["memory_orders"]
        self.assertTrue(orders["help"])
        self.assertTrue(all(mend["complete"] for mend in orders["mends"]))
        return [[(change["place"].rpartition("/")[2].partition(":")[0],
                  change["function"].rpartition("::")[2], change["source"], change["orders"])
                 for change in mend["changes"]] for mend in orders["mends"]]

    def test_the_memory_order_that_mends_it_is_found(self):
        race = self.file("race.slot", "slotproof 1\nthread 0\n  A check x0\nthread 1\n"
                                      "  B wrap x0\nchoices v1:t1\n")
        self.assertEqual(self.mends("claim-relaxed", race),
                         [[("PyObjectSlot.h", "init_pyobj", "relaxed/relaxed", "release/relaxed")]])
        self.assertEqual(self.mends("check-loads-tag-relaxed", race),
                         [[("PyObjectSlot.h", "check_pyobj", "relaxed", "acquire")]])
        self.assertEqual(self.mends("claim-acquire-only", race),
                         [[("PyObjectSlot.h", "init_pyobj", "acquire/acquire", "acq_rel/acquire")]])

    def test_what_no_memory_order_mends_is_said(self):
        out = self.expect(10, "explain", "--slot", RACY, self.failing_schedule()).out
        self.assertIn("No memory order mends it: it fails with all of them seq_cst.", out)

    def test_there_must_be_something_to_explain(self):
        claims = self.file("claims.slot", CLAIMS)
        self.expect_refusal("nothing to explain", "explain", claims)


class Export(CliTest):
    def test_a_failure_becomes_a_test(self):
        bug = self.failing_schedule()
        text = self.expect(0, "export", "--gtest", "--slot", RACY, bug).out
        self.assertRegex(text, r"TEST\(DataRace, Bug[0-9a-f]{16}\)")
        document = json.loads(self.expect(0, "export", "--gtest", "--json", "--slot", RACY,
                                          bug).out)
        self.assertEqual(document["text"], text)
        self.expect(0, "export", "--gtest", "--slot", RACY, "-o", "test.cpp", bug)
        self.assertEqual((self.folder / "test.cpp").read_text(), text)

    def test_what_passes_does_not(self):
        claims = self.file("claims.slot", CLAIMS)
        for form in ("--gtest", "--corpus"):
            self.expect_refusal("nothing to test for", "export", form, claims)
        self.expect_refusal("--gtest", "export", claims)

    def test_a_failure_is_filed_in_the_corpus(self):
        bug = self.file("bug.slot", ELABORATE)
        self.expect(10, "random", "--slot", RACY, "--program", bug, "--no-shrink", "-o", bug)
        self.expect_refusal("there is no corpus here", "export", "--corpus", "--slot", RACY, bug)
        (self.folder / "corpus").mkdir()
        document = json.loads(self.expect(0, "export", "--corpus", "--json", "--slot", RACY,
                                          bug).out)
        file = document["file"]
        self.assertEqual(document["folder"], "concurrent/regression")
        self.assertRegex(file, r"^corpus/concurrent/regression/data-race-[a-z0-9-]+\.slot$")
        text = (self.folder / file).read_text()
        self.assertEqual(text.count("\n  "), 2, text)    # shrunk
        self.assertTrue(text.startswith("# data-race: "))
        self.assertIn("expect pass\n", text)
        # As the tests of the corpus run it: the right slot passes, and nothing else is remarked.
        self.assertEqual(self.expect(0, "run", "--repeat", "3", file).out,
                         f"pass  {file} (as expected)\n")
        # The story has the command by which it fails.
        replay = text.splitlines()[2].removeprefix("# slotproof ").split()
        self.expect(10, *replay)
        again = self.expect_refusal("is there already", "export", "--corpus", "--slot", RACY, bug)
        self.assertEqual((self.folder / file).read_text(), text, again)
        self.expect(0, "export", "--corpus", "--slot", RACY, "-o", "other.slot", bug)


class Convert(CliTest):
    def test_print_is_canonical(self):
        ragged = self.file("ragged.slot", CLAIMS.replace("  A", "\tA   ").replace("\n", "\r\n"))
        self.assertEqual(self.expect(0, "print", ragged).out, CLAIMS)
        self.expect(0, "print", ragged, "-o", ragged)
        self.assertEqual((self.folder / ragged).read_text(), CLAIMS)
        self.assertEqual(json.loads(self.expect(0, "print", "--json", ragged).out)["text"], CLAIMS)

    def test_text_to_bytes_and_back(self):
        bug = self.failing_schedule()
        self.expect(0, "encode", bug, "-o", "bug.bytes")
        self.assertEqual((self.folder / "bug.bytes").read_bytes(),
                         self.expect(0, "encode", bug).stdout)
        numbers = json.loads(self.expect(0, "encode", "--json", bug).out)["bytes"]
        self.assertEqual(bytes(numbers), (self.folder / "bug.bytes").read_bytes())
        decoded = self.expect(0, "decode", "--slot", RACY, "bug.bytes").out
        text = (self.folder / bug).read_text()
        self.assertEqual(decoded, text[text.index("slotproof 1"):text.index("expect")])
        self.expect(10, "run", "--slot", RACY, "bug.bytes")

    def test_encode_wants_text(self):
        bytes_file = self.file("b", b"\x05\x00\x01")
        self.expect_refusal("must be decoded, not parsed", "encode", bytes_file)


class Search(CliTest):
    def test_random_finds_shrinks_and_keeps(self):
        done = self.expect(10, "random", "--slot", RACY)
        file = re.match(r"data-race  run \d+ of 100000, \d+ invalid, seed 1: (\S+)\n", done.out)[1]
        self.assertEqual(done.out.splitlines()[-1], f"slotproof run --slot {RACY} {file}")
        self.assertEqual(self.expect(0, "run", "--slot", RACY, file).out.splitlines()[0],
                         f"data-race  {file} (as expected)")
        self.assertEqual(self.expect(10, "random", "--slot", RACY).out, done.out)

    def test_random_finds_nothing(self):
        done = self.expect(0, "random", "--runs", "2000", "--seed", "7")
        self.assertRegex(done.out, r"\Apass  run 2000 of 2000, \d+ invalid, seed 7\n\Z")
        document = json.loads(self.expect(0, "random", "--runs", "100", "--json").out)
        self.assertEqual((document["runs"], document["finding"]), (100, None))
        self.expect_refusal("--runs", "random", "--runs", "0")

    def test_random_schedules_by_priorities(self):
        done = self.expect(10, "random", "--slot", RACY, "--priorities")
        self.assertNotEqual(self.expect(10, "random", "--slot", RACY).out, done.out)
        self.assertEqual(self.expect(10, "random", "--slot", RACY, "--priorities").out, done.out)

    def test_random_schedules_of_one_program(self):
        self.failing_schedule()
        text = (self.folder / "bug.slot").read_text()
        self.assertIn("thread 0\n  A wrap x0\nthread 1\n  B wrap x0\n", text)

    def test_explore_proves(self):
        program = self.file("claims.slot", CLAIMS)
        done = self.expect(0, "explore", program)
        self.assertRegex(done.out, r"\Aproof  6 executions; \d+ choice sequences\n\Z")
        document = json.loads(self.expect(0, "explore", program, "--json").out)
        self.assertEqual((document["outcome"], document["executions"], document["finding"]),
                         ("proof", 6, None))
        self.assertGreater(document["choice_sequences"], 100)
        self.assertIn("more than 10 choice sequences",
                      self.expect(0, "explore", program, "--plain", "10").out)
        self.assertEqual(self.expect(0, "explore", program, "--plain", "0").out,
                         "proof  6 executions\n")

    def test_explore_finds_shrinks_and_keeps(self):
        program = self.file("elaborate.slot", ELABORATE)
        done = self.expect(10, "explore", "--slot", RACY, program, "-o", "found.slot")
        self.assertTrue(done.out.startswith("data-race  "), done.out)
        self.assertEqual(done.out.splitlines()[-1], f"slotproof run --slot {RACY} found.slot")
        self.assertEqual(self.expect(0, "run", "--slot", RACY, "found.slot").out.splitlines()[0],
                         "data-race  found.slot (as expected)")
        text = (self.folder / "found.slot").read_text(encoding="utf-8")
        self.assertEqual(text.count("wrap"), 2, text)
        self.expect(10, "explore", "--slot", RACY, program, "--preemptions", "0")

    def test_explore_says_what_it_left_out(self):
        program = self.file("claims.slot", CLAIMS)
        done = self.expect(1, "explore", program, "--executions", "2")
        self.assertEqual(done.out, "incomplete  2 executions\n"
                                   "  there are more than 2 runs (--executions)\n")
        document = json.loads(self.expect(1, "explore", program, "--executions", "2",
                                          "--json").out)
        self.assertEqual(document["outcome"], "incomplete")
        self.assertEqual(len(document["limits_reached"]), 1)
        self.assertRegex(self.expect(0, "explore", program, "--stale-reads", "0").out,
                         r"\Abounded  \d+ executions")
        self.expect_refusal("nowhere.slot", "explore", "nowhere.slot")
        self.expect_refusal("--preemptions", "explore", program, "--preemptions", "few")

    def test_shrink(self):
        program = self.file("elaborate.slot", ELABORATE)
        self.expect(10, "random", "--slot", RACY, "--program", program, "-o", "found.slot")
        # What random found is small; the program it started from is not.
        choices = self.find_choices(program)
        self.file("large.slot", ELABORATE + f"choices {choices}\n")
        done = self.expect(10, "shrink", "--slot", RACY, "large.slot", "-o", "small.slot")
        self.assertTrue(done.out.startswith("8 operations became 2 in "), done.out)
        self.assertEqual(done.out.splitlines()[-1], f"slotproof run --slot {RACY} small.slot")
        self.assertFalse(list(self.folder.glob("*.tmp")))
        document = json.loads(self.expect(10, "shrink", "--json", "--slot", RACY, "large.slot").out)
        self.assertEqual((document["operations_before"], document["operations"]), (8, 2))
        self.assertTrue((self.folder / document["file"]).exists())

    def find_choices(self, program):
        """Choices under which the program fails, tried one by one."""
        for before in range(60):
            choices = f"v1:{before}t1" if before else "v1:t1"
            done = self.call("run", "--slot", RACY, "--choices", choices, program)
            if done.returncode == 10:
                return choices
        self.fail("no single switch makes it fail")
        return ""

    def test_shrink_needs_a_failure(self):
        self.expect_refusal("nothing to shrink", "shrink", self.file("claims.slot", CLAIMS))


def main():
    global SLOTPROOF, SLOTS
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--slotproof", required=True, type=Path)
    parser.add_argument("--slots", required=True, type=Path)
    options, rest = parser.parse_known_args()
    SLOTPROOF = options.slotproof.resolve()
    SLOTS = options.slots.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
