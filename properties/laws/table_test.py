#!/usr/bin/python3
"""The table of laws in ../README.md is the laws that there are.

    table_test.py            compares
    table_test.py --write    writes the table anew, from the sources

Exit code: 0 the same, 1 not.
"""

import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parent / "README.md"
LAW = re.compile(r"^(?:[A-Z]+_)?LAW\((\w+),\s+(\w+)", re.MULTILINE)
BEGIN = "| suite | law | in |\n| --- | --- | --- |\n"


def sentence(name):
    """The words of a name in CamelCase."""
    words = re.findall(r"[A-Z][a-z]*", name)
    return " ".join([words[0], *(word.lower() for word in words[1:])])


def table():
    """The table, from the sources."""
    rows = []
    for path in sorted(HERE.glob("*.cpp")):
        for suite, name in LAW.findall(path.read_text(encoding="utf-8")):
            rows.append(f"| {suite} | {sentence(name)} | `{path.name}` |\n")
    return BEGIN + "".join(sorted(rows))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    if not begin:
        sys.exit(f"{README} has no table of laws")
    end = re.search(r"^(?!\|)", rest, re.MULTILINE)
    tail = rest[end.start():] if end else ""
    wanted = head + table() + tail
    if arguments.write:
        README.write_text(wanted, encoding="utf-8")
    elif wanted != text:
        sys.exit(f"{README}: the table of laws is out of date; table_test.py --write mends it")
    print(f"{table().count(chr(10)) - 2} laws")
    return 0


if __name__ == "__main__":
    sys.exit(main())
