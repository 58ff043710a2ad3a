#!/usr/bin/python3
"""What llvm-cov says of the slot library, for people and for programs; see scripts/coverage.

    coverage_report.py [--json] [--min-lines PERCENT] FILE

FILE is what `llvm-cov export` wrote. Exit code: 0 enough lines are reached, 1 not.
"""

import argparse
import json
import pathlib
import sys

from rich import box
from rich.console import Console
from rich.table import Table

EXCLUDED = "LCOV_EXCL_LINE"    # of lines that cannot be reached; gcov's word for it
ROOT = pathlib.Path(__file__).resolve().parent.parent


def missed_lines(segments):
    """The lines of a file that have code and were never reached, from llvm-cov's segments."""
    reached, missed = set(), set()
    # A segment is [line, column, count, has count, begins a region, is a gap], and lasts till the
    # next one.
    for here, after in zip(segments, segments[1:]):
        line, _, count, has_count, _, gap = here
        if not has_count or gap:
            continue
        last = after[0] if after[1] > 1 else after[0] - 1
        (reached if count else missed).update(range(line, last + 1))
    return sorted(missed - reached)


def files_of(document):
    """One entry for each file of the library."""
    for entry in sorted(document["data"][0]["files"], key=lambda f: f["filename"]):
        name = pathlib.Path(entry["filename"])
        name = name.relative_to(ROOT) if name.is_absolute() else name
        if not name.is_relative_to("lib/c10"):
            continue
        summary = entry["summary"]
        missed = missed_lines(entry["segments"])
        source = (ROOT / name).read_text(encoding="utf-8").splitlines()
        excluded = [line for line in missed if EXCLUDED in source[line - 1]]
        missed = [line for line in missed if line not in excluded]
        yield {
            "file": str(name),
            "lines": {"count": summary["lines"]["count"] - len(excluded),
                      "covered": summary["lines"]["covered"]},
            "branches": {key: summary["branches"][key] for key in ("count", "covered")},
            "missed_lines": missed,
        }


def total(files, what):
    """Count and covered of all files."""
    return {key: sum(file[what][key] for file in files) for key in ("count", "covered")}


def share(part):
    """`part` in words."""
    percent = 100 * part["covered"] / part["count"] if part["count"] else 100
    return f"{part['covered']} of {part['count']} ({percent:.1f} %)"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--min-lines", type=int, default=100)
    parser.add_argument("file", type=pathlib.Path)
    arguments = parser.parse_args()
    files = list(files_of(json.loads(arguments.file.read_text(encoding="utf-8"))))
    if not files:
        sys.exit(f"{arguments.file} speaks of no file: was anything of lib/c10 run?")
    lines, branches = total(files, "lines"), total(files, "branches")
    if arguments.json:
        print(json.dumps({"files": files, "lines": lines, "branches": branches}, indent=2))
    else:
        table = Table("file", "lines", "branches", box=box.SIMPLE)
        for file in files:
            table.add_row(file["file"], share(file["lines"]), share(file["branches"]))
        table.add_row("lib/c10", share(lines), share(branches))
        Console().print(table)
        for file in files:
            for line in file["missed_lines"]:
                print(f"{file['file']}:{line}: not reached")
    return 0 if 100 * lines["covered"] >= arguments.min_lines * lines["count"] else 1


if __name__ == "__main__":
    sys.exit(main())
