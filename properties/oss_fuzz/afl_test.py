#!/usr/bin/python3
"""scripts/fuzzing/afl.py: AFL++ on targets of a few lines, one with a bug and one without."""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from fuzzing.afl import AflFuzz  # noqa: E402  (found by the line above)

# The bug is behind two branches, so it takes coverage to get there; SLOTPROOF_SLOT says if it is
# there.
TARGET = """
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

bool wrong = false;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* const slot = std::getenv("SLOTPROOF_SLOT");
  if (slot == nullptr || std::strcmp(slot, "no such slot") == 0) std::exit(2);
  wrong = std::strcmp(slot, "wrong") == 0;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 1 && bytes[0] == 'O') {
    if (bytes[1] == 'K' && wrong) std::abort();
  }
  return 0;
}
"""


class Afl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "target.cpp").write_text(TARGET, encoding="utf-8")
        subprocess.run([OPTIONS.compiler, "-O1", "-fsanitize-coverage=trace-pc-guard", "target.cpp",
                        "/usr/lib/afl/libAFLDriver.a", "/usr/lib/afl/afl-compiler-rt.o",
                        "-o", "target"], cwd=cls.root, check=True)

    def hunt(self, slot, seconds):
        (self.root / "seed").write_bytes(b"N?")
        (self.root / "empty").write_bytes(b"")
        hunt = AflFuzz(self.root / "target", self.root / "hunt",
                       [self.root / "seed", self.root / "empty"], seconds, slot=slot, seed=1)
        hunt.start()
        while hunt.poll():
            time.sleep(0.05)
        hunt.wait()
        return hunt

    def test_a_bug_is_found_and_its_input_kept(self):
        hunt = self.hunt("wrong", 60)
        self.assertEqual([path.read_bytes()[:2] for path in hunt.artifacts()], [b"OK"], hunt.said())
        self.assertEqual(hunt.progress.crashes, 1)
        self.assertFalse(hunt.died)

    def test_without_a_bug_it_ends_by_itself(self):
        hunt = self.hunt("right", 2)
        self.assertEqual((hunt.artifacts(), hunt.code, hunt.died), ([], 0, False), hunt.said())
        self.assertGreater(hunt.progress.runs, 100)
        self.assertGreaterEqual(hunt.progress.edges, 3)
        self.assertTrue(any(path.read_bytes().startswith(b"O") for path in hunt.inputs()))

    def test_it_can_be_stopped(self):
        hunt = AflFuzz(self.root / "target", self.root / "stopped", [], 600, slot="right")
        hunt.start()
        while "ready to roll" not in hunt.said():
            self.assertTrue(hunt.poll(), hunt.said())
            time.sleep(0.05)
        hunt.stop()
        hunt.wait()
        self.assertFalse(hunt.running)
        self.assertFalse(hunt.died)

    def test_a_target_that_does_not_start_is_complained_of(self):
        hunt = self.hunt("no such slot", 10)
        self.assertTrue(hunt.died)
        self.assertRegex(hunt.complaint(), "(?s)^afl-fuzz .* ended with 1:.*")


if __name__ == "__main__":
    PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    PARSER.add_argument("--compiler", required=True, help="a Clang")
    OPTIONS, left = PARSER.parse_known_args()
    unittest.main(argv=[sys.argv[0], *left])
