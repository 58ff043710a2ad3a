#!/usr/bin/python3
"""Holds slotproof weaken to slots of which the answers are known, and run --order to what it says.

    weaken_test.py --slotproof build/asan/bin/slotproof [UNITTEST-OPTION...]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SLOTPROOF = Path()
SOURCE = Path(__file__).resolve().parent.parent.parent

READERS = """\
slotproof 1
thread 0
  A check x0
thread 1
  B wrap x0
"""


class WeakenTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def call(self, *arguments, folder=None):
        return subprocess.run([SLOTPROOF, *map(str, arguments)], cwd=folder or self.folder,
                              capture_output=True, text=True, timeout=240, check=False)

    def expect(self, code, *arguments, **options):
        done = self.call(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def sites(self, slot):
        """What is said of each site, by its function and kind."""
        document = json.loads(self.expect(0, "weaken", "--slot", slot, "--ops", "1", "--json")
                              .stdout)
        return {(site["function"].split("::")[-1], site["kind"]): site
                for site in document["sites"]}

    def replay(self, command):
        """The exit code of a replay command, and that of the same without its --order."""
        words = command.split()
        self.assertEqual(words[:2], ["slotproof", "run"])
        at = words.index("--order")
        return (self.call(*words[1:], "--json"),
                self.call(*words[1:at], *words[at + 2:], "--json"))


class Known(WeakenTest):
    def expect_table(self, sites, table):
        self.assertEqual({name: (site["source"], site["weakest"]) for name, site in sites.items()},
                         table)

    def test_the_slot_library(self):
        self.expect_table(self.sites("native"), {
            ("disarm", "store"): ("release", ["relaxed"]),
            ("operator->", "load"): ("acquire", ["relaxed"]),
            ("pyobj_interpreter", "load"): ("acquire", ["relaxed"]),
            ("load_pyobj_interpreter", "load"): ("acquire", ["relaxed"]),
            ("init_pyobj", "store"): ("relaxed", ["relaxed"]),
            ("init_pyobj", "compare-exchange"): ("acq_rel/acquire", ["release/relaxed"]),
            ("check_pyobj", "load"): ("acquire", ["acquire"]),
        })

    # Unlike the slot library, it names the owner when a claim is lost, and so reads what it
    # points to.
    def test_a_slot_whose_lost_claim_looks_at_the_winner(self):
        self.expect_table(self.sites("handle"), {
            ("claim", "compare-exchange"): ("acq_rel/acquire", ["release/acquire"]),
            ("find", "load"): ("acquire", ["acquire"]),
        })

    def test_what_fails_is_a_small_program_that_replays(self):
        trials = [trial for site in self.sites("native").values() for trial in site["trials"]
                  if not trial["passes"]]
        self.assertEqual(len(trials), 2)
        for trial in trials:
            failure = trial["failure"]
            self.assertEqual(failure["operations"], 2)
            weakened, as_it_is = self.replay(failure["replay"])
            self.assertEqual(weakened.returncode, 0, weakened.stderr)  # as its file expects
            self.assertEqual(as_it_is.returncode, 0, as_it_is.stderr)
            verdicts = [json.loads(done.stdout)["runs"][0]["verdict"]
                        for done in (weakened, as_it_is)]
            self.assertEqual(verdicts, [failure["verdict"], "pass"])

    def test_the_table_as_text(self):
        text = self.expect(0, "weaken", "--slot", "handle", "--ops", "1",
                           "-o", self.folder / "findings", folder=SOURCE).stdout
        self.assertIn("handle_slot.h:38:40  load in handles::HandleSlot::find\n"
                      "    const Engine* const owner = owner_.load(std::memory_order_acquire);\n"
                      "    source acquire, weakest that passes acquire\n"
                      "    relaxed fails: data-race: ", text)
        self.assertRegex(text, r"\n\d+ programs, \d+ executions as it is")

    def test_a_slot_that_fails_as_it_is(self):
        done = self.expect(10, "weaken", "--slot", "handle-relaxed", "--ops", "1")
        self.assertIn("fails as it is", done.stderr)
        self.assertEqual(done.stdout, "")

    # Programs of one's own come after those that are built in.
    def test_more_programs(self):
        (self.folder / "readers.slot").write_text(READERS, encoding="utf-8")
        few, more = (json.loads(self.expect(0, "weaken", "--slot", "handle", "--ops", "1",
                                            "--json", *files).stdout)["programs"]
                     for files in ([], ["readers.slot"]))
        self.assertEqual(more, few + 1)


class Order(WeakenTest):
    def place(self):
        return self.sites("native")["check_pyobj", "load"]["place"]

    def test_it_changes_that_operation_alone(self):
        (self.folder / "readers.slot").write_text(READERS, encoding="utf-8")
        trace = ["run", "--trace", "readers.slot", "--order"]
        changed = self.expect(0, *trace, f"{self.place()}=relaxed").stdout
        same = self.expect(0, *trace, f"{self.place()}=acquire").stdout
        plain = self.expect(0, *trace[:-1]).stdout
        self.assertEqual(same, plain)
        def loads(trace):
            return [line for line in trace.splitlines() if " x0.slot" in line and "load" in line]

        self.assertEqual([line.replace(" relaxed ", " acquire ") for line in loads(changed)],
                         loads(plain))
        self.assertNotEqual(changed, plain)

    def test_what_cannot_be_read_or_is_not_there_is_refused(self):
        (self.folder / "readers.slot").write_text(READERS, encoding="utf-8")
        for option, message in (("nonsense", "write FILE:LINE:COLUMN=ORDER"),
                                ("a:1:2=relaxd", "write FILE:LINE:COLUMN=ORDER"),
                                ("a:1:2=relaxed/", "write FILE:LINE:COLUMN=ORDER"),
                                ("a:1:2=relaxed", "no run came by an atomic operation there")):
            done = self.expect(2, "run", "readers.slot", "--order", option)
            self.assertRegex(done.stderr, r"\Aslotproof: [^\n]*\n\Z")
            self.assertIn(message, done.stderr)


def main():
    global SLOTPROOF
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--slotproof", required=True, type=Path)
    arguments, others = parser.parse_known_args()
    SLOTPROOF = arguments.slotproof.resolve()
    unittest.main(argv=[sys.argv[0], *others])


if __name__ == "__main__":
    main()
