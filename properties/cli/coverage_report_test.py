#!/usr/bin/python3
"""scripts/coverage_report.py: what it makes of a document of llvm-cov."""

import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = "lib/c10/core/impl/PyInterpreter.cpp"


class CoverageReport(unittest.TestCase):
    def report(self, segments, *options, name=FILE):
        """Exit code and output for one file with these segments."""
        source = {"data": [{"files": [{
            "filename": str(ROOT / name), "segments": segments,
            "summary": {"branches": {"count": 4, "covered": 3}}}]}]}
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ("source.json", "cells.json")]
            files[0].write_text(json.dumps(source), encoding="utf-8")
            files[1].write_text(json.dumps({"reachable": 10, "hit": 9}), encoding="utf-8")
            done = subprocess.run(
                [ROOT / "scripts/coverage_report.py", *options, *files],
                text=True, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_all_reached(self):
        # Lines 1 and 2; between them and line 4, where there is nothing, a gap that nobody reaches.
        code, out, _ = self.report([[1, 1, 5, True, True, False], [2, 9, 0, True, False, True],
                                    [4, 1, 0, False, True, False]])
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"PyInterpreter\.cpp +all 2 +3 of 4 \(75\.0%\)")
        self.assertIn("9 of 10 (90.0%) cells", out)
        self.assertNotIn("not reached", out)

    def test_a_line_is_missed(self):
        segments = [[1, 1, 5, True, True, False], [2, 1, 0, True, True, False],
                    [3, 1, 0, False, True, False]]
        code, out, _ = self.report(segments)
        self.assertEqual(code, 1, out)
        self.assertIn(f"{FILE}:2: not reached\n", out)
        self.assertEqual(self.report(segments, "--min-lines", "50")[0], 0)
        code, out, _ = self.report(segments, "--json")
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(out)["files"][0]["missed_lines"], [2])
        self.assertEqual(json.loads(out)["lines"], {"count": 2, "covered": 1})

    def test_a_marked_line_does_not_count(self):
        marked = [number for number, line in
                  enumerate((ROOT / FILE).read_text(encoding="utf-8").splitlines(), 1)
                  if "LCOV_EXCL_LINE" in line]
        number = marked[0]
        code, out, _ = self.report([[1, 1, 1, True, True, False], [2, 1, 0, False, True, False],
                                    [number, 1, 0, True, True, False],
                                    [number, 80, 0, False, True, False]])
        self.assertEqual(code, 0, out)

    def test_nothing_of_the_library(self):
        code, _, err = self.report([], name="lib/cli/main.cpp")
        self.assertEqual(code, 1)
        self.assertIn("speaks of no file", err)


if __name__ == "__main__":
    unittest.main()
