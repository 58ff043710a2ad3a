#!/usr/bin/python3
"""Compiles files without and with FORBIDDEN: all of it is right, or wrong where it says so.

    must_not_compile_test.py --database build/asan/compile_commands.json FILE...

The compiler and its flags are those that the database has for the file. README.md says what a file
looks like.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

MARK = re.compile(r"// error: (.+)$")
ERROR = re.compile(r"^(.*?):(\d+):\d+: (?:fatal )?error: (.*)$", re.MULTILINE)
# An error in one line must not silence the next.
ALL_ERRORS = {"clang": ["-ferror-limit=0"], "gcc": ["-fmax-errors=0"]}


def marks(text: str) -> dict[int, str]:
    """The lines that must not compile, and what their error says."""
    return {number: found[1] for number, line in enumerate(text.split("\n"), 1)
            if (found := MARK.search(line))}


def errors(path: Path, output: str) -> dict[int, str]:
    """The errors of this file by line. (GCC has some in headers, which say why a member is deleted;
    the headers compile without FORBIDDEN, so they are right.)"""
    found: dict[int, str] = {}
    for name, line, text in ERROR.findall(output):
        if Path(name).name != path.name:
            continue
        number = int(line)
        found[number] = f"{found[number]}; {text}" if number in found else text
    return found


def complaints(expected: dict[int, str], got: dict[int, str]) -> list[str]:
    """What is wrong with the errors, one line each."""
    found = [f"{line}: compiles" for line in expected if line not in got]
    found += [f"{line}: not expected: {text}" for line, text in got.items()
              if line not in expected]
    found += [f"{line}: expected '{expected[line]}': {text}" for line, text in got.items()
              if line in expected and expected[line] not in text]
    return sorted(found)


def self_test() -> None:
    path = Path("a/x.cpp")
    expected = marks("one\ntwo;  // error: deleted\n")
    assert expected == {2: "deleted"}
    for output, wanted in (
            ("x.cpp:2:5: error: use of deleted function\nx.cpp:1:1: note: here", []),
            ("", ["2: compiles"]),
            ("x.cpp:2:5: error: no such name", ["2: expected 'deleted': no such name"]),
            ("x.cpp:2:5: error: deleted\nx.cpp:1:1: error: what",
             ["1: not expected: what"]),
            ("y.h:2:5: fatal error: no header", ["2: compiles"])):
        assert complaints(expected, errors(path, output)) == wanted, output


def command_of(entry: dict) -> list[str]:
    """The compilation of the database, but of syntax alone and with every error."""
    words = shlex.split(entry["command"])
    output = words.index("-o")
    del words[output:output + 2]
    words.remove("-c")
    kind = "clang" if "clang" in words[0] else "gcc"
    return [*words, "-fsyntax-only", "-fno-color-diagnostics" if kind == "clang"
            else "-fdiagnostics-color=never", *ALL_ERRORS[kind]]


def check(entry: dict, path: Path) -> list[str]:
    command = command_of(entry)
    expected = marks(path.read_text(encoding="utf-8"))
    if not expected:
        return [f"{path}:0: nothing is marked"]
    found = []
    for flags, wanted in (([], {}), (["-DFORBIDDEN"], expected)):
        done = subprocess.run([*command, *flags], cwd=entry["directory"], capture_output=True,
                              text=True, check=False)
        got = errors(path, done.stderr)
        found += [f"{path}:{c} ({' '.join(flags) or 'as it is'})" for c in complaints(wanted, got)]
        if (done.returncode != 0) != bool(wanted) and not found:
            found.append(f"{path}:0: exit code {done.returncode}:\n{done.stderr}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--database", required=True, type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    self_test()
    database = {Path(entry["file"]): entry
                for entry in json.loads(options.database.read_text(encoding="utf-8"))}
    found = [line for path in options.files for line in check(database[path], path)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
