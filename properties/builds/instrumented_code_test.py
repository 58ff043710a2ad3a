#!/usr/bin/python3
"""Checks the object code of the slot under test: all of it is instrumented, none of it knows us.

Each object file of the slot library calls __tsan_*, and has no symbol of this suite, of a test
framework or of a fuzzer. The same check must refuse the slot library that is compiled without
instrumentation, and the binding, which knows the suite.
"""

import argparse
import re
import subprocess
import sys

STRANGER = re.compile(r"slotproof|gtest|testing::|fuzz|hook", re.IGNORECASE)


def members(nm, archive):
    """Source file of each member of the archive -> its demangled symbols."""
    text = subprocess.run([nm, "-C", archive], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        header = re.match(r"^(\S+?)(\.o|\.obj):$", line)
        if header:
            symbols = found.setdefault(header[1], [])
        elif line.strip():
            symbols.append(re.sub(r"^[0-9a-f]*\s+\w\s+", "", line))
    return found


def complaints(symbols):
    """What is wrong with an object file that has these symbols."""
    wrong = []
    if not any(symbol.startswith("__tsan_") for symbol in symbols):
        wrong.append("is not instrumented")
    return wrong + [f"knows {symbol}" for symbol in symbols if STRANGER.search(symbol)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--nm", required=True)
    parser.add_argument("--instrumented", required=True, help="the slot under test")
    parser.add_argument("--plain", required=True, help="the same without instrumentation")
    parser.add_argument("--binding", required=True, help="the source that is not the slot's")
    parser.add_argument("sources", nargs="+", help="the slot's sources, without folders")
    options = parser.parse_args()

    failures = []
    instrumented = members(options.nm, options.instrumented)
    plain = members(options.nm, options.plain)
    for source in options.sources:
        if source not in instrumented or source not in plain:
            failures.append(f"{source} is in only one of the libraries")
            continue
        failures += [f"{source} {wrong}" for wrong in complaints(instrumented[source])]
        if complaints(plain[source]) != ["is not instrumented"]:
            failures.append(f"self-test: plain {source} gives {complaints(plain[source])}")
    accesses = {symbol for source in options.sources for symbol in instrumented.get(source, [])
                if re.match(r"__tsan_(read|write|atomic)", symbol)}
    if not {"__tsan_atomic64_load", "__tsan_write8"} <= accesses:
        failures.append(f"the slot's accesses are not to be seen, only {sorted(accesses)}")
    if not any(wrong.startswith("knows") for wrong in complaints(instrumented[options.binding])):
        failures.append("self-test: the binding is said to know nothing of the suite")
    for failure in failures:
        print(failure)
    print("instrumented_code:", "failed" if failures else "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
