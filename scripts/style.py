#!/usr/bin/python3
"""Style that no formatter checks, one rule for each habit that went wrong somewhere before.

    scripts/style.py FILE...       prints <file>:<line>: <rule>: <what>; exit code 1 if any
    scripts/style.py --self-test   proves that each rule finds what is planted for it

Run from the project's folder; scripts/lint does both. To add a rule, add an entry to RULES: its
`planted` example is its test.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CPP = (".h", ".cpp")
SHELL_FOLDERS = ("scripts", ".ci")
COLUMNS = 100

Finding = tuple[int, str]  # line, what is wrong


@dataclass(frozen=True)
class Rule:
    """`check` takes a path and the text of a file that `applies`, and gives its findings."""

    name: str
    applies: Callable[[Path], bool]
    check: Callable[[Path, str], Iterator[Finding]]
    planted: tuple[str, str]  # path and text with exactly one violation


def anything(_: Path) -> bool:
    return True


def is_cpp(path: Path) -> bool:
    return path.suffix in CPP


def is_cmake(path: Path) -> bool:
    return path.suffix == ".cmake" or path.name == "CMakeLists.txt"


def is_code(path: Path) -> bool:
    return is_cpp(path) or is_cmake(path) or path.suffix == ".py" or is_script(path)


def is_script(path: Path) -> bool:
    return path.parts[0] in SHELL_FOLDERS and path.suffix in ("", ".py")


def is_patch(path: Path) -> bool:
    return path.suffix == ".patch"


def is_kept_input(path: Path) -> bool:
    """Inputs and expected outputs are what they are."""
    return path.parts[0] == "corpus" or "golden" in path.parts


def pattern(regex: str, what: str) -> Callable[[Path, str], Iterator[Finding]]:
    """A check for lines that match."""
    compiled = re.compile(regex)

    def check(_: Path, text: str) -> Iterator[Finding]:
        for number, line in enumerate(text.split("\n"), 1):
            if compiled.search(line):
                yield number, what

    return check


def final_newline(_: Path, text: str) -> Iterator[Finding]:
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield text.count("\n") + 1, "a file ends with exactly one newline"


def long_line(_: Path, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), 1):
        # An address cannot be broken.
        if len(line) > COLUMNS and not re.search(r"https?://\S{40}", line):
            yield number, f"{len(line)} columns, {COLUMNS} at most"


def pragma_once(_: Path, text: str) -> Iterator[Finding]:
    if not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "a header has #pragma once"


def own_header_first(path: Path, text: str) -> Iterator[Finding]:
    own = path.with_suffix(".h").relative_to("lib").as_posix()
    includes = [(number, found.group(1)) for number, line in enumerate(text.split("\n"), 1)
                if (found := re.match(r'#include [<"](.*)[>"]', line))]
    if includes and includes[0][1] != own and own in (name for _, name in includes):
        yield includes[0][0], f"{own} comes first, so that it is seen to need nothing"


def interpreter(_: Path, text: str) -> Iterator[Finding]:
    first = text.split("\n", 1)[0]
    if first.startswith("#!") and first not in ("#!/usr/bin/env bash", "#!/usr/bin/python3"):
        yield 1, "scripts start with /usr/bin/env bash or with /usr/bin/python3, Debian's own"


def strict_bash(_: Path, text: str) -> Iterator[Finding]:
    if text.startswith("#!/usr/bin/env bash") and "\nset -euo pipefail\n" not in text:
        yield 1, "a bash script says `set -euo pipefail`"


def layers(cmake: str) -> dict[str, tuple[set[str], set[str]]]:
    """What slotproof_add_layer calls say: name of the layer -> its files, its dependencies."""
    found = {}
    cmake = re.sub(r"#.*", "", cmake)
    for name, arguments in re.findall(r"slotproof_add_layer\(\s*([\w]+)([^)]*)\)", cmake):
        parts: dict[str, set[str]] = {"SOURCES": set(), "HEADERS": set(), "DEPENDS": set()}
        keyword = ""
        for word in arguments.split():
            if word in parts:
                keyword = word
            elif keyword:
                parts[keyword].add(word.removeprefix("slotproof::"))
        found[name] = (parts["SOURCES"] | parts["HEADERS"], parts["DEPENDS"])
    return found


def layering(path: Path, text: str) -> Iterator[Finding]:
    """A layer includes only what its DEPENDS reach. The include folder, lib/, would allow more."""
    declared: dict[str, tuple[set[str], set[str]]] = {}
    for file in Path("lib").glob("*/CMakeLists.txt"):
        declared |= layers(file.read_text(encoding="utf-8"))
    yield from layering_in(declared, path, text)


def layering_in(declared: dict[str, tuple[set[str], set[str]]], path: Path,
                text: str) -> Iterator[Finding]:
    own = path.parts[1]
    files, depends = declared.get(own, (set(), set()))
    if own != "c10" and path.relative_to(Path("lib", own)).as_posix() not in files:
        return  # a test, or the binding of a slot
    reachable = {own}
    todo = list(depends)
    while todo:
        layer = todo.pop()
        if layer not in reachable:
            reachable.add(layer)
            todo += declared.get(layer, (set(), set()))[1]
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r'#include [<"](\w+)/', line)
        layer = found.group(1) if found else own
        if (layer in declared or layer == "c10") and layer not in reachable:
            yield number, f"{own} does not depend on {layer}"


def planted_layering(path: Path, text: str) -> Iterator[Finding]:
    yield from layering_in({"above": ({"a.cpp"}, {"below"}), "below": ({"b.h"}, set())}, path, text)


# Parts of what is planted are written apart, so that this file passes its own rules.
RULES = [
    Rule("trailing-blank", lambda p: not is_patch(p) and not is_kept_input(p),
         pattern(r"[ \t\r]+$", "blanks at the end of the line"), ("a.md", "text \n")),
    Rule("tab", is_code, pattern(r"\t", "a tab"), ("scripts/a.py", "if x:\n\tpass\n")),
    Rule("final-newline", lambda p: not is_patch(p) and not is_kept_input(p), final_newline,
         ("a.md", "text")),
    Rule("long-line", is_code, long_line, ("lib/a/a.cpp", "x" * (COLUMNS + 1) + "\n")),
    Rule("home-path", lambda p: not is_kept_input(p),
         pattern(r"(?<![\w.])/(home/\w|root/|Users/\w)", "a path of one machine"),
         ("README.md", "see /ho" + "me/someone/notes\n")),
    Rule("open-task", anything,
         pattern(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b", "do it, or say what is missing and why"),
         ("lib/a/a.cpp", "// TO" + "DO: the rest\n")),
    Rule("pragma-once", lambda p: p.suffix == ".h", pragma_once, ("lib/a/a.h", "int x;\n")),
    Rule("own-header-first", lambda p: p.suffix == ".cpp" and p.parts[0] == "lib",
         own_header_first, ("lib/a/b.cpp", '#include <vector>\n\n#include "a/b.h"\n')),
    Rule("layering", lambda p: is_cpp(p) and p.parts[0] == "lib" and len(p.parts) > 2, layering,
         ("lib/below/b.h", '#pragma once\n#include "above/a.h"\n')),
    Rule("unlisted-sources", lambda p: p.name == "CMakeLists.txt",
         pattern(r"^\s*file\((GLOB|GLOB_RECURSE)\b",
                 "list files: one that is deleted must not go unnoticed"),
         ("lib/a/CMakeLists.txt", "file(GLO" + "B sources *.cpp)\n")),
    Rule("global-flags", is_cmake,
         pattern(r"^\s*(add_compile_options|add_link_options|add_definitions|link_libraries|"
                 r"include_directories|set\(CMAKE_\w+_FLAGS)\b",
                 "flags belong to targets (scripts/cmake/flags.cmake)"),
         ("lib/a/CMakeLists.txt", "add_compile" + "_options(-O3)\n")),
    Rule("interpreter", anything, interpreter, ("scripts/a.py", "#!/usr/bin/env python3\n")),
    Rule("strict-bash", anything, strict_bash, ("scripts/a", "#!/usr/bin/env bash\nset -e\n")),
]

CLEAN = [
    ("lib/a/b.cpp", '#include "a/b.h"\n\n#include <vector>\n'),
    ("lib/a/b.h", "// What it is.\n#pragma once\n"),
    ("lib/a/CMakeLists.txt", "slotproof_add_layer(a SOURCES b.cpp HEADERS b.h)\n"),
    ("lib/above/a.cpp", '#include "below/b.h"\n'),
    ("lib/above/a_test.cpp", '#include "elsewhere/x.h"\n'),
    ("properties/mutants/a.patch", " \n-x\n+y\n"),
    ("scripts/a", "#!/usr/bin/env bash\nset -euo pipefail\n"),
    ("scripts/a.py", "#!/usr/bin/python3\n"),
    ("README.md", "| a table that is as wide as it likes |" * 9 + "\n"),
]


def findings(rules: list[Rule], path: Path, text: str) -> list[str]:
    return [f"{path}:{line}: {rule.name}: {what}"
            for rule in rules if rule.applies(path) for line, what in rule.check(path, text)]


def self_test() -> int:
    rules = [Rule(r.name, r.applies, planted_layering, r.planted) if r.name == "layering" else r
             for r in RULES]
    wrong = 0
    for rule in rules:
        path, text = rule.planted
        found = findings(rules, Path(path), text)
        if len(found) != 1 or f": {rule.name}: " not in found[0]:
            print(f"{rule.name}: what is planted for it gives {found}")
            wrong += 1
    for path, text in CLEAN:
        if found := findings(rules, Path(path), text):
            print(f"clean example gives {found}")
            wrong += 1
    print(f"style.py: {len(rules)} rules, {len(CLEAN)} clean examples, {wrong} wrong")
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        return self_test()
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip())
        return 0 if arguments in (["--help"], ["-h"]) else 2
    found = []
    for path in map(Path, arguments):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not text
        found += findings(RULES, path, text)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
