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
    def report(self, segments, *options, name=FILE, of_corpus=None):
        """Exit code and output for one file with these segments, those of the corpus the same."""
        def document(segments):
            return {"data": [{"files": [{
                "filename": str(ROOT / name), "segments": segments,
                "summary": {"branches": {"count": 4, "covered": 3}}}]}]}

        contents = [document(segments), document(of_corpus or segments),
                    {"reachable": 10, "hit": 9}]
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / f"{number}.json" for number in range(3)]
            for file, content in zip(files, contents):
                file.write_text(json.dumps(content), encoding="utf-8")
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

    def test_what_the_corpus_does_not_reach(self):
        # Line 2 is reached by nothing, line 3 by the tests, line 4 is not in what the corpus ran.
        segments = [[1, 1, 5, True, True, False], [2, 1, 0, True, True, False],
                    [3, 1, 1, True, True, False], [5, 1, 0, False, True, False]]
        of_corpus = [[1, 1, 5, True, True, False], [2, 1, 0, True, True, False],
                     [4, 1, 0, False, True, False]]
        _, out, _ = self.report(segments, of_corpus=of_corpus)
        self.assertEqual([line for line in out.split("\n") if "not reached" in line],
                         [f"{FILE}:2: not reached", f"{FILE}:3: not reached by the corpus",
                          f"{FILE}:4: not reached by the corpus"])
        _, out, _ = self.report(segments, "--json", of_corpus=of_corpus)
        file = json.loads(out)["files"][0]
        self.assertEqual((file["missed_lines"], file["missed_by_corpus"]), ([2], [2, 3, 4]))
        self.assertNotIn("reached_lines", file)

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
