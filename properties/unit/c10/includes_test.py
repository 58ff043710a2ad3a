#!/usr/bin/python3
"""Checks that the slot library stands alone.

Each `#include` below lib/c10 is either <c10/...>, of a file that exists there, or a header of the
C++ standard library; and the only condition of the preprocessor is `#ifdef NDEBUG`, with its #else
and #endif, so that nothing can be compiled differently for a test. The check is then applied to
sources with one planted fault each, and fails unless it finds every one.
"""

import pathlib
import re
import sys
import tempfile

STANDARD = frozenset("""
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine
    csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
    exception execution filesystem format forward_list fstream functional future initializer_list
    iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource
    mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf
    string string_view syncstream system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version
    """.split())

CONDITION = re.compile(r"^(if|ifdef|ifndef|elif|elifdef|elifndef)\b\s*(.*)$")


def faults(root):
    """What is wrong with the sources below `root`/c10, as `file:line: fault`."""
    found = []
    sources = sorted(path for path in (root / "c10").rglob("*") if path.suffix in (".h", ".cpp"))
    if not sources:
        return [f"{root / 'c10'}: no sources"]
    for path in sources:
        text = path.read_text()
        for number, line in enumerate(text.split("\n"), start=1):
            directive = re.match(r"^\s*#\s*(.*?)\s*$", line)
            fault = directive and fault_of(directive[1], root)
            if fault:
                found.append(f"{path.relative_to(root)}:{number}: {fault}")
        if path.suffix == ".h" and not text.startswith("#pragma once\n"):
            found.append(f"{path.relative_to(root)}:1: a header starts with #pragma once")
    return found


def fault_of(directive, root):
    """What is wrong with one directive, or None."""
    include = re.match(r"^include\b\s*(.*)$", directive)
    if include:
        name = re.match(r"^<(.+)>$", include[1])
        if name is None:
            return f"include {include[1]} is not in angle brackets"
        if name[1].startswith("c10/"):
            return None if (root / name[1]).is_file() else f"there is no {name[1]}"
        return None if name[1] in STANDARD else f"<{name[1]}> is neither ours nor standard"
    condition = CONDITION.match(directive)
    if condition and directive not in ("ifdef NDEBUG", "ifndef NDEBUG"):
        return f"conditional code: #{directive}"
    return None


PLANTED = {
    "#include <sys/types.h>": "neither ours nor standard",
    "#include <gtest/gtest.h>": "neither ours nor standard",
    "#include <c10/util/Absent.h>": "there is no",
    '#include "PyObjectSlot.h"': "not in angle brackets",
    '#include <choice/source.h>': "neither ours nor standard",
    "#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION": "conditional code",
    "  #  if defined(__SANITIZE_THREAD__)": "conditional code",
    "#elif __has_feature(thread_sanitizer)": "conditional code",
}


def missed_plants():
    """The planted faults that go unnoticed; and whether a good file is accused."""
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        header = root / "c10" / "Planted.h"
        header.parent.mkdir()
        good = "#pragma once\n#include <atomic>\n#include <c10/Planted.h>\n#ifdef NDEBUG\n#endif\n"
        header.write_text(good)
        if faults(root):
            missed.append(f"a good file is accused: {faults(root)}")
        for line, fault in PLANTED.items():
            header.write_text(f"{good}{line}\n")
            found = faults(root)
            if len(found) != 1 or fault not in found[0]:
                missed.append(f"{line}: found {found}")
        header.write_text("#include <atomic>\n")
        if len(faults(root)) != 1:
            missed.append("a header without #pragma once")
    return missed


def main():
    if len(sys.argv) != 2:
        print("usage: includes_test.py LIB_FOLDER", file=sys.stderr)
        return 2
    found = faults(pathlib.Path(sys.argv[1]))
    missed = missed_plants()
    for fault in found:
        print(fault)
    for plant in missed:
        print(f"self-test: {plant}")
    print("includes:", "ok" if not found and not missed else "failed")
    return 1 if found or missed else 0


if __name__ == "__main__":
    sys.exit(main())
