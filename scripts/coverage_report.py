#!/usr/bin/python3
"""What is reached of the slot library, for people and for programs; see scripts/coverage.

    coverage_report.py [--json] [--min-lines PERCENT] SOURCE CORPUS CELLS

SOURCE is what `llvm-cov export` wrote, CORPUS the same of runs of the corpus alone, CELLS what
`slotproof coverage --json` did. Exit code: 0 enough lines are reached, 1 not.
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


def lines_of(segments):
    """The lines of a file that were reached, and those that were not, from llvm-cov's segments. A
    gap between regions is no code (llvm-cov's own sums call a brace after `break` missed)."""
    reached, missed = set(), set()
    # A segment is [line, column, count, has count, begins a region, is a gap], and lasts till the
    # next one.
    for here, after in zip(segments, segments[1:]):
        line, _, count, has_count, _, gap = here
        if not has_count or gap:
            continue
        last = after[0] if after[1] > 1 else after[0] - 1
        (reached if count else missed).update(range(line, last + 1))
    return reached, missed - reached


def files_of(document):
    """One entry for each file of the library."""
    for entry in sorted(document["data"][0]["files"], key=lambda f: f["filename"]):
        name = pathlib.Path(entry["filename"])
        name = name.relative_to(ROOT) if name.is_absolute() else name
        if not name.is_relative_to("lib/c10"):
            continue
        branches = entry["summary"]["branches"]
        reached, missed = lines_of(entry["segments"])
        source = (ROOT / name).read_text(encoding="utf-8").splitlines()
        missed = sorted(line for line in missed if EXCLUDED not in source[line - 1])
        yield {
            "file": str(name),
            "lines": {"count": len(reached) + len(missed), "covered": len(reached)},
            "branches": {key: branches[key] for key in ("count", "covered")},
            "missed_lines": missed,
            "reached_lines": sorted(reached),
        }


def total(files, what):
    """Count and covered of all files."""
    return {key: sum(file[what][key] for file in files) for key in ("count", "covered")}


def share(part):
    """`part` in words, and how much that is unless it is all."""
    if part["covered"] == part["count"]:
        return f"all {part['count']}"
    return f"{part['covered']} of {part['count']} ({part['covered'] / part['count']:.1%})"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--min-lines", type=int, default=100)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("cells", type=pathlib.Path)
    arguments = parser.parse_args()
    files = list(files_of(json.loads(arguments.source.read_text(encoding="utf-8"))))
    if not files:
        sys.exit(f"{arguments.source} speaks of no file: was anything of lib/c10 run?")
    by_corpus = {file["file"]: set(file["reached_lines"])
                 for file in files_of(json.loads(arguments.corpus.read_text(encoding="utf-8")))}
    for file in files:
        known = set(file.pop("reached_lines")) | set(file["missed_lines"])
        file["missed_by_corpus"] = sorted(known - by_corpus.get(file["file"], set()))
    cells = json.loads(arguments.cells.read_text(encoding="utf-8"))
    hit = {"count": cells["reachable"], "covered": cells["hit"]}
    lines, branches = total(files, "lines"), total(files, "branches")
    if arguments.json:
        print(json.dumps({"files": files, "lines": lines, "branches": branches,
                          "cells": hit}, indent=2))
    else:
        table = Table("file", "lines", "branches", box=box.SIMPLE)
        for column in table.columns:
            column.no_wrap = True
        for file in files:
            table.add_row(file["file"], share(file["lines"]), share(file["branches"]))
        table.add_row("lib/c10", share(lines), share(branches))
        Console().print(table)
        for file in files:
            for line in file["missed_by_corpus"]:
                by = "" if line in file["missed_lines"] else " by the corpus"
                print(f"{file['file']}:{line}: not reached{by}")
        print(f"{share(hit)} cells (a call and the state that it meets) were hit; "
              "`slotproof coverage` shows which")
    return 0 if 100 * lines["covered"] >= arguments.min_lines * lines["count"] else 1


if __name__ == "__main__":
    sys.exit(main())
