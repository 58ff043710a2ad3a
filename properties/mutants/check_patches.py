#!/usr/bin/python3
"""Checks the planted bugs: that each is what README.md says a mutant is.

    check_patches.py [--lib FOLDER]    every patch and its header, the table in README.md, and the
                                       list in CMakeLists.txt
    check_patches.py --table           prints that table, from the headers
    check_patches.py --self-test       plants faults in a patch and expects each to be found

Without --self-test the planted faults are tried first all the same. Exit code: 0 good, 1 bad.
Needs patch(1), and applies patches as the build does.
"""

import argparse
import functools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIELDS = ("Story", "Verdict", "Law", "Needs", "Hazard")
VERDICTS = ("data-race", "address", "crash", "deadlock", "step-limit", "tag", "ownership",
            "result", "exception", "gil")
NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
NEEDS = re.compile(
    r"^(?P<threads>[1-9]\d*) threads?, (?P<interpreters>[1-9]\d*) interpreters?, "
    r"(?:(?P<tensors>[1-9]\d*) tensors, )?(?P<operations>[1-9]\d*) operations?, "
    r"(?P<preemptions>\d+) preemptions?(?:, (?P<stale_reads>[1-9]\d*) stale reads?)?$")
# What is not said.
USUAL = {"tensors": 1, "stale_reads": 0}
LAW = re.compile(r"^(?:[A-Z]+_)?LAW\((\w+),\s+(\w+)", re.MULTILINE)
TABLE_HEAD = "| mutant | verdict | law | needs | stands for |\n| --- | --- | --- | --- | --- |\n"
HAZARDS_HEAD = "| hazard | what exposes it | mutants |\n| --- | --- | --- |\n"


def header_of(text):
    """The fields before the first line that starts with `---`, and what is wrong with them."""
    fields, faults, current = {}, [], None
    head, separator, _ = ("\n" + text).partition("\n--- ")
    if not separator:
        faults.append("there is no line that starts with ---")
    for line in head.strip("\n").split("\n"):
        field = re.match(r"^([A-Z]\w*): (\S.*)$", line)
        if field and field[1] in FIELDS and field[1] not in fields:
            current = field[1]
            fields[current] = field[2]
        elif line.startswith("  ") and current and line.strip():
            fields[current] += " " + line.strip()
        else:
            faults.append(f"not a line of a header: {line!r}")
    return fields, faults


def needs_of(fields):
    """What `Needs` says, as numbers."""
    return {name: int(number) if number else USUAL[name]
            for name, number in NEEDS.match(fields["Needs"]).groupdict().items()}


@functools.cache
def laws():
    """The names of all laws, as Suite.Name."""
    names = set()
    for path in (HERE.parent / "laws").glob("*.cpp"):
        names.update(f"{suite}.{name}" for suite, name in
                     LAW.findall(path.read_text(encoding="utf-8")))
    return names


def header_faults(fields):
    """What is wrong with the values of a header."""
    faults = [f"the header has no {field}" for field in FIELDS if field not in fields]
    if not faults and list(fields) != list(FIELDS):
        faults.append(f"the fields are not in the order {', '.join(FIELDS)}")
    verdicts = fields.get("Verdict", "").split(", ") if "Verdict" in fields else []
    for verdict in verdicts:
        if verdict not in VERDICTS:
            faults.append(f"{verdict!r} is no verdict; there are {', '.join(VERDICTS)}")
    if len(set(verdicts)) != len(verdicts):
        faults.append("a verdict is given twice")
    if "Law" in fields and fields["Law"] not in laws():
        faults.append(f"{fields['Law']!r} is no law of properties/laws")
    if "Needs" in fields and not NEEDS.match(fields["Needs"]):
        faults.append("Needs is not 'T threads, I interpreters, N operations, P preemptions': "
                      + fields["Needs"])
    return faults


def code_below(folder):
    """Path -> text without comments and blanks, of all files below a folder."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
            files[path.relative_to(folder)] = "".join(text.split())
    return files


def application_faults(text, lib):
    """What is wrong with a patch when it is applied to a copy of lib/c10."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        shutil.copytree(lib / "c10", copy / "c10")
        before = code_below(copy)
        done = subprocess.run(
            ["patch", "-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch"],
            cwd=copy, input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return [f"does not apply: {' / '.join(done.stdout.strip().split(chr(10)))}"]
        after = code_below(copy)
        if after.keys() != before.keys():
            names = ", ".join(str(name) for name in after.keys() ^ before.keys())
            return [f"adds or removes files: {names}"]
        return [] if after != before else ["changes no code"]


def faults_of(name, text, lib):
    """Everything that is wrong with one patch."""
    faults = [] if NAME.match(name) else ["the name is not kebab-case"]
    fields, wrong_lines = header_of(text)
    return faults + wrong_lines + header_faults(fields) + application_faults(text, lib)


def table_of(patches):
    """The table of README.md, from name -> text of all patches."""
    rows = []
    for name, text in sorted(patches.items()):
        fields, _ = header_of(text)
        cells = [name, *(fields.get(field, "") for field in ("Verdict", "Law", "Needs", "Hazard"))]
        rows.append(f"| {' | '.join(cells)} |\n")
    return TABLE_HEAD + "".join(rows)


def table_faults(readme, patches):
    """How README.md's table differs from the one that the patches make."""
    start = readme.find(TABLE_HEAD)
    if start < 0:
        return [f"README.md has no table with the head {TABLE_HEAD.splitlines()[0]}"]
    rows = readme[start:].split("\n\n")[0].rstrip("\n").split("\n")[2:]
    expected = table_of(patches).rstrip("\n").split("\n")[2:]
    faults = [f"README.md does not list: {row}" for row in expected if row not in rows]
    faults += [f"README.md lists what is not so: {row}" for row in rows if row not in expected]
    if not faults and rows != expected:
        faults.append("README.md's table is not sorted by name, or has a row twice")
    return faults


def hazard_faults(readme, patches):
    """Rows of README.md's table of hazards that name no mutant, or one that there is not."""
    start = readme.find(HAZARDS_HEAD)
    if start < 0:
        return [f"README.md has no table with the head {HAZARDS_HEAD.splitlines()[0]}"]
    faults = []
    for row in readme[start:].split("\n\n")[0].rstrip("\n").split("\n")[2:]:
        names = re.findall(r"`([\w-]+)`", row.split(" | ")[-1])
        faults += [] if names else [f"no mutant stands for the hazard: {row}"]
        faults += [f"the hazards name {name}, which is no patch"
                   for name in names if name not in patches]
    return faults


def list_faults(cmake, patches):
    """Patches that CMakeLists.txt does not build, and names in it that are no patches."""
    call = re.search(r"set\(mutants\s([^)]*)", cmake)
    if call is None:
        return ["CMakeLists.txt does not set mutants"]
    names = {word for word in call[1].split() if NAME.match(word)}
    return ([f"CMakeLists.txt does not list {name}" for name in sorted(patches.keys() - names)] +
            [f"CMakeLists.txt lists {name}, which is no patch"
             for name in sorted(names - patches.keys())])


# What is planted in a good patch: (text to replace, its replacement, the fault to be found).
PLANTED = (
    ("Story: ", "Tale: ", "the header has no Story"),
    ("Verdict: result", "Verdict: results", "'results' is no verdict"),
    ("Verdict: result", "Verdict: result, result", "a verdict is given twice"),
    ("Verdict: result\n", "", "the header has no Verdict"),
    ("Law: TagLaws.", "Law: ", "is no law"),
    ("Needs: 1 thread,", "Needs: one thread,", "Needs is not"),
    ("Hazard: ", "Hazard; ", "the header has no Hazard"),
    ("  one more line", "one more line", "not a line of a header"),
    ("-int planted() { return 1; }", "-int planted() { return 3; }", "does not apply"),
    ("+int planted() { return 2; }", "+int planted() { return 1; }  // same", "changes no code"),
    ("+++ b/c10/planted.h\n@@ -1 +1 @@\n-int planted() { return 1; }\n",
     "+++ b/c10/other.h\n@@ -0,0 +1 @@\n", "adds or removes files"),
)
GOOD = """Story: What is wrong, and
  one more line.
Verdict: result
Law: TagLaws.AQueryWritesNothing
Needs: 1 thread, 1 interpreter, 1 operation, 0 preemptions
Hazard: none

--- a/c10/planted.h
+++ b/c10/planted.h
@@ -1 +1 @@
-int planted() { return 1; }
+int planted() { return 2; }
"""


def self_test_faults():
    """Planted faults that go unnoticed."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        lib = pathlib.Path(folder)
        (lib / "c10").mkdir()
        (lib / "c10" / "planted.h").write_text("int planted() { return 1; }\n", encoding="utf-8")
        if found := faults_of("good", GOOD, lib):
            faults.append(f"a good patch is accused: {found}")
        if not faults_of("Not_Kebab", GOOD, lib):
            faults.append("a bad name goes unnoticed")
        for old, new, fault in PLANTED:
            text = GOOD.replace(old, new, 1).replace("--- a/c10/planted.h", "--- /dev/null"
                                                     if "other.h" in new else "--- a/c10/planted.h")
            found = faults_of("planted", text, lib)
            if text == GOOD or not any(fault in line for line in found):
                faults.append(f"{new!r}: expected {fault!r}, found {found}")
    good_table = table_of({"a": GOOD, "b": GOOD})
    for table, is_good in ((good_table, True), (good_table.replace("| b |", "| c |"), False),
                           (good_table.replace("| a | result", "| a | tag"), False),
                           (good_table + good_table.splitlines()[-1] + "\n", False)):
        if (not table_faults(table + "\nEnd.\n", {"a": GOOD, "b": GOOD})) != is_good:
            faults.append(f"wrong judgement of the table\n{table}")
    for row, is_good in (("`a`, `b`", True), ("`c`", False), ("", False)):
        table = f"{HAZARDS_HEAD}| what | how | {row} |\n"
        if (not hazard_faults(table, {"a": GOOD, "b": GOOD})) != is_good:
            faults.append(f"wrong judgement of the hazards\n{table}")
    for names, is_good in (("a b", True), ("a", False), ("a b c", False)):
        listed = f"set(mutants\n  {names})\n"
        if (not list_faults(listed, {"a": GOOD, "b": GOOD})) != is_good:
            faults.append(f"wrong judgement of the list {names}")
    return faults


def main():
    parser = argparse.ArgumentParser(description="Checks the planted bugs.")
    parser.add_argument("--lib", type=pathlib.Path, default=HERE.parent.parent / "lib")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()

    patches = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.patch"))}
    if options.table:
        print(table_of(patches), end="")
        return 0
    faults = [f"self-test: {fault}" for fault in self_test_faults()]
    if not options.self_test:
        for name, text in patches.items():
            faults += [f"{name}.patch: {fault}" for fault in faults_of(name, text, options.lib)]
        readme = (HERE / "README.md").read_text(encoding="utf-8")
        faults += table_faults(readme, patches) + hazard_faults(readme, patches)
        faults += list_faults((HERE / "CMakeLists.txt").read_text(encoding="utf-8"), patches)
        if not patches:
            faults.append("there are no patches")
    for fault in faults:
        print(fault)
    print(f"{len(patches)} mutants:", f"{len(faults)} faults" if faults else "ok")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
