#!/usr/bin/python3
"""scripts/fuzzing/afl.py: AFL++ on targets of a few lines, one with a bug and one without."""

import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from fuzzing.afl import AflJob  # noqa: E402  (found by the line above)

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


def shared_memory_of(job):
    """The segments that the job's afl-fuzz made, by Linux's table of all: key, number, mode, size,
    maker, ..."""
    table = pathlib.Path("/proc/sysvipc/shm").read_text(encoding="ascii").split("\n")[1:-1]
    return [line.split()[1] for line in table if line.split()[4] == str(job.child.pid)]


class Afl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "target.cpp").write_text(TARGET, encoding="utf-8")
        subprocess.run([OPTIONS.compiler, "-O1", "-std=c++20",
                        "-fsanitize-coverage=trace-pc-guard", "target.cpp",
                        str(ROOT / "fuzz" / "forked.cpp"),
                        "/usr/lib/afl/libAFLDriver.a", "/usr/lib/afl/afl-compiler-rt.o",
                        "-o", "target"], cwd=cls.root, check=True)

    def job(self, slot, seconds, name="job"):
        known = []
        for number, content in enumerate((b"N?", b"", *self.seeds)):
            known.append(self.root / str(number))
            known[-1].write_bytes(content)
        return AflJob(self.root / name, self.root / "target", known, seconds,
                      variables={"SLOTPROOF_SLOT": slot})

    def run_job(self, *arguments):
        job = self.job(*arguments)
        shutil.rmtree(job.folder, ignore_errors=True)
        job.folder.mkdir()
        job.start()
        while job.poll():
            time.sleep(0.05)
        return job

    seeds = ()

    def test_a_bug_is_found_and_its_input_kept(self):
        job = self.run_job("wrong", 60)
        self.assertEqual([path.read_bytes()[:2] for path in job.artifacts()], [b"OK"], job.said())
        self.assertTrue(job.ended_badly)
        self.assertFalse(job.died)

    def test_a_seed_that_fails_is_found(self):
        self.seeds = (b"OK...",)
        for slot, found in (("wrong", [b"OK..."]), ("right", [])):
            job = self.run_job(slot, 2)
            kept = [path.read_bytes() for path in job.artifacts()]
            # AFL++ may find another that fails before it is told to end.
            self.assertEqual([content for content in kept if content in self.seeds], found,
                             job.said())
            self.assertEqual((job.ended_badly, job.died), (bool(found), False))

    def test_without_a_bug_it_ends_by_itself(self):
        job = self.run_job("right", 2)
        self.assertEqual((job.artifacts(), job.code, job.ended_badly), ([], 0, False), job.said())
        self.assertGreater(job.progress.runs, 100)
        self.assertGreaterEqual(job.progress.edges, 3)
        self.assertTrue(any(path.read_bytes().startswith(b"O") for path in job.inputs()))
        for path in job.inputs():
            self.assertEqual(path.name, hashlib.sha1(path.read_bytes()).hexdigest())

    def start(self, name):
        job = self.job("right", 600, name)
        job.folder.mkdir()
        job.start()
        while "ready to roll" not in job.said():
            self.assertTrue(job.poll(), job.said())
            time.sleep(0.05)
        return job

    def test_it_can_be_stopped(self):
        job = self.start("stopped")
        job.stop()
        job.wait()
        self.assertFalse(job.running)
        self.assertFalse(job.died)

    def test_one_that_is_killed_leaves_nobody_and_no_shared_memory_behind(self):
        job = self.start("killed")
        self.assertEqual(len(shared_memory_of(job)), 2)
        job.kill()
        job.wait()
        processes = ["pgrep", "-f", str(self.root / "target")]
        patience = time.monotonic() + 10
        while (subprocess.run(processes, stdout=subprocess.DEVNULL, check=False).returncode == 0
               or shared_memory_of(job)):
            self.assertLess(time.monotonic(), patience)
            time.sleep(0.1)

    def test_a_target_that_does_not_start_is_complained_of(self):
        job = self.run_job("no such slot", 10)
        self.assertTrue(job.died)
        self.assertRegex(job.complaint(), "(?s)afl-fuzz .* ended with 1:.*")


if __name__ == "__main__":
    PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    PARSER.add_argument("--compiler", required=True, help="a Clang")
    OPTIONS, left = PARSER.parse_known_args()
    unittest.main(argv=[sys.argv[0], *left])
