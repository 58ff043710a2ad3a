#!/usr/bin/python3
"""scripts/merge on campaigns of a few texts, with a stand-in for the engine (stand_in.py): what it
proposes, what it refuses, and what --apply makes of the corpus."""

import contextlib
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader

from campaign_test import ROOT, StandIn

LOADER = SourceFileLoader("merge", str(ROOT / "scripts" / "merge"))
merge = importlib.util.module_from_spec(importlib.util.spec_from_loader("merge", LOADER))
LOADER.exec_module(merge)

# What a corpus is to cmake: names by folder.
LISTED = """function(corpus_add_found folder)
  foreach(name IN LISTS ARGN)
    message("${folder}/${name}")
  endforeach()
endfunction()
file(GLOB_RECURSE lists corpus/CMakeLists.txt)
foreach(list IN LISTS lists)
  include(${list})
endforeach()
"""


class Engine(StandIn):
    """Of which 1 to 9 are known; what ends with 7 fails."""

    def __init__(self):
        super().__init__()
        pathlib.Path("seeds").mkdir(exist_ok=True)
        pathlib.Path("seeds", "known").write_text("5")

    def seeds(self, subject):
        return pathlib.Path("seeds")


class Merge(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        for where, name, value in ((merge, "LibFuzzer", Engine),
                                   (merge.project, "build", lambda *_: None),
                                   (merge.project, "CALLED_FROM", merge.project.ROOT),
                                   (sys, "argv", sys.argv)):
            self.addCleanup(setattr, where, name, getattr(where, name))
            setattr(where, name, value)

    def campaign(self, numbers, bugs=()):
        """A folder with these texts, and these bugs in another slot."""
        kept = pathlib.Path("kept")
        texts = kept / "text" / "native" / "concurrent"
        texts.mkdir(parents=True, exist_ok=True)
        (kept / "campaign.json").write_text("{}")
        for number in numbers:
            (texts / f"{number}.slot").write_text(f"number {number}\n")
        for slot, number in bugs:
            report = kept / "triage" / slot / "report.json"
            report.parent.mkdir(parents=True)
            report.write_text(json.dumps({"slot": slot, "buckets": [{
                "verdict": "crash", "hash": f"{number:016}", "sentence": "It crashes.",
                "program": f"number {number}\n", "choices": "v1:t1",
                "faces": [{"files": [f"kept/artifacts/{slot}/concurrent/x.slot"]}]}]}))

    def merge(self, *options):
        sys.argv = ["merge", "--json", "--target", "concurrent", *options, "kept"]
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(merge.main(), 0)
        target, = json.loads(said.getvalue())["targets"]
        return target

    def listed(self):
        pathlib.Path("listed.cmake").write_text(LISTED)
        done = subprocess.run(["cmake", "-P", "listed.cmake"], capture_output=True, text=True,
                              check=True)
        return done.stderr.split()

    def files(self, folder, kind):
        return sorted(path.stem for path in pathlib.Path(folder, "concurrent", kind).glob("*.slot"))

    def test_what_covers_more_is_proposed_and_the_corpus_left_alone(self):
        self.campaign([3, 12, 15, 27, 37, 40])
        told = self.merge("--out", "proposed")
        # 3 is known, 12 and 15 are alike, 27 and 37 fail.
        self.assertEqual((told["candidates"], len(told["coverage"]), told["refused"]), (6, 2, 2))
        self.assertEqual(self.files("proposed", "coverage"), told["coverage"])
        for path in pathlib.Path("proposed", "concurrent", "coverage").iterdir():
            story, number, expected = path.read_text().splitlines()
            self.assertTrue(story.startswith("# Found by fuzzing"))
            self.assertRegex(number, "number (12|15|40)")
            self.assertEqual(expected, "expect pass")
        self.assertFalse(pathlib.Path("corpus").exists())

    def test_no_more_than_the_limit(self):
        self.campaign(range(10, 60, 10))
        told = self.merge("--out", "proposed", "--limit", "2")
        self.assertEqual((len(told["coverage"]), told["left_out"]), (2, 3))

    def test_applied_it_is_listed_with_what_was_there(self):
        self.campaign([12])
        first = self.merge("--apply")["coverage"]
        self.campaign([40], bugs=[("mutant-x", 82), ("native", 92), ("mutant-y", 107)])
        (pathlib.Path("seeds") / "first").write_text("12")
        told = self.merge("--apply")
        # A bug of the right slot is none of another; and what the right slot fails it cannot pass.
        self.assertEqual(told["regression"], ["crash-000000000000"])
        self.assertEqual(told["refused"], 1)
        self.assertEqual(len(first + told["coverage"]), 2)
        self.assertEqual(sorted(self.listed()), sorted(
            [f"concurrent/coverage/{name}" for name in first + told["coverage"]]
            + [f"concurrent/regression/{name}" for name in told["regression"]]))
        text = pathlib.Path("corpus/concurrent/regression/crash-000000000000.slot").read_text()
        self.assertEqual(text, "# mutant-x: It crashes.\nnumber 82\nchoices v1:t1\nexpect pass\n")
        before = self.listed()
        (pathlib.Path("seeds") / "second").write_text("40")
        self.assertEqual(self.merge("--apply")["coverage"], [])
        self.assertEqual(self.listed(), before)


if __name__ == "__main__":
    unittest.main()
