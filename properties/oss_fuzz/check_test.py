#!/usr/bin/python3
"""scripts/oss_fuzz/check.py: a good $OUT gets no complaint, and each planted fault its own."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from oss_fuzz import check  # noqa: E402  (found by the line above)

# 200 branches and more than as many accesses to memory; START is run before the first input.
TARGET = """
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

std::uint8_t seen[256];
const char* where = "%(where)s";

template <std::size_t... I>
int look(const std::uint8_t* bytes, std::index_sequence<I...>) {
  return ((bytes[I %% 4] == I ? seen[I] = bytes[I %% 4] : 0) + ...);
}

extern "C" int LLVMFuzzerInitialize([[maybe_unused]] int* argc, char***) {
  %(start)s
  return where == nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  look(bytes, std::make_index_sequence<%(branches)d>());
  if (bytes[0] == 'B' && bytes[1] == 'A' && bytes[2] == 'D') std::abort();
  return 0;
}
"""


STATIC = "-static-libstdc++ -static-libgcc"


class Out:
    """A folder like $OUT."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.folder = root / "out"
        self.folder.mkdir()

    def add(self, name: str, flags: str, *, link: str, start: str = "", where: str = "",
            branches: int = 200, seeds: dict[str, bytes] | None = None) -> None:
        source = TARGET % {"start": start, "where": where, "branches": branches}
        (self.root / f"{name}.cpp").write_text(source, encoding="utf-8")
        for step in (["-c", *flags.split(), f"{name}.cpp", "-o", f"{name}.o"],
                     [f"{name}.o", *link.split(), "-o", f"out/{name}"]):
            subprocess.run([OPTIONS.compiler, "-std=c++20", "-O1", *step], cwd=self.root,
                           check=True)
        if seeds is None:
            return
        with zipfile.ZipFile(self.folder / f"{name}_seed_corpus.zip", "w") as archive:
            for seed, content in seeds.items():
                archive.writestr(seed, content)
        (self.folder / f"{name}.dict").write_text('"good"\n', encoding="utf-8")
        (self.folder / f"{name}.options").write_text("[libfuzzer]\nmax_len=64\n[asan]\n"
                                                     "detect_leaks=0\n", encoding="utf-8")

    def complaints(self, sanitizer: str, engine: str) -> list[str]:
        return check.complaints(self.folder, sanitizer, engine, self.root, afl_seconds=2)


class WithOut(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Out(pathlib.Path(folder.name))

    def assert_complaints(self, found, expected):
        """Each of `expected`, a name and a regular expression, is one of `found`, and that is
        all."""
        left = list(found)
        for name, regex in expected:
            matching = [one for one in left if re.match(f"{re.escape(name)}: {regex}", one)]
            self.assertEqual(len(matching), 1, f"{name}: {regex} in\n" + "\n".join(found))
            left.remove(matching[0])
        self.assertEqual(left, [])


class LibFuzzer(WithOut):
    FLAGS = "-fsanitize=address -fsanitize=fuzzer-no-link"
    LINK = f"-fsanitize=address,fuzzer {STATIC}"

    def test_a_good_one_and_each_fault(self):
        seeds = {"one": b"good", "two": b"four letters"}
        self.out.add("good", self.FLAGS, link=self.LINK, seeds=seeds)
        self.out.add("bad.name", "", link="-fsanitize=fuzzer",
                     where=f"{self.out.root}/lib", seeds=None)
        self.out.add("writes", self.FLAGS, link=self.LINK,
                     start='if (std::fopen("state", "w") == nullptr) std::exit(1);', seeds=seeds)
        self.out.add("seeds", self.FLAGS, link=self.LINK, branches=20,
                     seeds={"fails": b"BAD!", "long": b"x" * 65, "none": b""})
        found = self.out.complaints("address", "libfuzzer")
        self.assert_complaints([one for one in found if not one.startswith("bad.name: it needs")], [
            ("bad.name", "its name may have letters, digits, _ and - only"),
            ("bad.name", "there is no bad.name_seed_corpus.zip"),
            ("bad.name", "there is no bad.name.dict"),
            ("bad.name", "there is no bad.name.options"),
            ("bad.name", "bad.name.options has no section"),
            ("bad.name", f"{self.out.root}, where it was built, stands in it"),
            ("bad.name", "0 calls of asan, 1000 are expected"),
            ("bad.name", "it has no coverage instrumentation"),
            ("writes", "it does not start, exit code 1"),
            ("writes", "it has no coverage instrumentation"),
            ("seeds", r"\d+ calls of asan, 1000 are expected"),
            ("seeds", r"\d+ edges are instrumented, 100 are expected"),
            ("seeds", "the seed long is longer than max_len=64"),
            ("seeds", "the seed none is empty"),
            ("seeds", "a seed fails, exit code"),
        ])
        self.assertIn("bad.name: it needs libstdc++.so.6, which is not there where it runs", found)

    def test_a_sanitizer_that_is_not_asked_for(self):
        calls = {"asan": 2000, "ubsan": 300, "msan": 0}
        self.assertEqual(list(check.complaints_of_sanitizer(calls, "address", "libfuzzer")),
                         ["300 calls of ubsan in a build for address, 200 are allowed"])
        self.assertEqual(list(check.complaints_of_sanitizer(calls, "undefined", "libfuzzer")),
                         ["2000 calls of asan in a build for undefined, 0 are allowed"])
        calls = {"asan": 0, "ubsan": 7, "msan": 0}
        self.assertEqual(list(check.complaints_of_sanitizer(calls, "undefined", "libfuzzer")),
                         ["7 calls of ubsan, 168 are expected"])

    def test_nothing_there(self):
        self.assertEqual(self.out.complaints("address", "libfuzzer"), ["there is no fuzz target"])


class Afl(WithOut):
    LINK = f"/usr/lib/afl/libAFLDriver.a /usr/lib/afl/afl-compiler-rt.o {STATIC}"

    def test_a_good_one_and_one_that_is_not_instrumented(self):
        seeds = {f"seed{number}": bytes([number] * 4) for number in range(8)}
        self.out.add("good", "-fsanitize-coverage=trace-pc-guard", link=self.LINK, seeds=seeds)
        self.out.add("blind", "", link=self.LINK, seeds=seeds)
        self.out.add("deaf", "-fsanitize-coverage=trace-pc-guard", link=self.LINK,
                     start="*argc = 1;", seeds=seeds)
        (self.out.folder / "afl-fuzz").symlink_to(OPTIONS.afl)
        found = self.out.complaints("none", "afl")
        self.assertFalse([one for one in found if one.startswith("good")], found)
        self.assertTrue([one for one in found if one.startswith("blind: afl-fuzz ")], found)
        self.assertTrue([one for one in found if one.startswith("deaf: it did not run all 8")],
                        found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--compiler", required=True, help="a Clang")
    parser.add_argument("--afl", help="afl-fuzz; without it, AFL++ is left out")
    options, left = parser.parse_known_args()
    if options.afl is None:
        del globals()["Afl"]
    return options, [sys.argv[0], *left]


if __name__ == "__main__":
    OPTIONS, argv = main()
    unittest.main(argv=argv)
