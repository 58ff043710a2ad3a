"""Plants every small change of the slot library, one at a time, and has each convicted."""

import concurrent.futures
import hashlib
import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import project
from mutating.changes import LIB, Change, sources

FOLDER = Path("build/systematic")
EQUIVALENT = Path("properties/mutants/equivalent.json")
BINDING = "lib/slots/native_slot.cpp"
# Some plug-in of a planted bug: a change is compiled with its flags.
PATTERN = "slotproof_slot_mutant-claim-relaxed"
CONVICTED = range(10, 20)    # exit codes

# Threads, operations, interpreters, tensors, the quickest first: every program within.
BOUNDS = [(2, 1, 2, 1), (1, 2, 2, 2), (1, 3, 2, 1), (1, 4, 1, 1), (2, 2, 2, 1)]


@dataclass
class Result:
    """What became of one change."""

    name: str
    kind: str
    place: str
    outcome: str = ""     # see OUTCOMES
    by: str = ""          # what convicted it
    verdict: str = ""
    assertions: bool = False    # whether the debug assertions had to be on
    bounds: list[dict] = field(default_factory=list)    # proved within
    runs: int = 0         # random ones

    @property
    def survived(self) -> bool:
        return self.outcome in ("same code", "proved", "open")


OUTCOMES = {
    "refused": "does not compile",
    "convicted": "convicted",
    "same code": "compiles to the same instructions",
    "proved": "not convicted by any program within the bounds, nor by random ones",
    "open": "not convicted, and the exploration was cut short",
}


def bound_name(bound: tuple[int, int, int, int]) -> str:
    threads, operations, interpreters, tensors = bound
    return f"{threads}x{operations}, {interpreters} interpreters, {tensors} tensors"


class Planter:
    """Compiles changed copies of the slot library to plug-ins."""

    def __init__(self, build: Path):
        self.flags = flags_of(build)
        self.originals = {debug: self.compile(None, debug) for debug in (False, True)}

    def compile(self, change: Change | None, debug: bool) -> Path | None:
        """The folder that has the object and the plug-in; None if it does not compile."""
        key = json.dumps([asdict(change) if change else None, debug, self.flags, library_hash()])
        folder = FOLDER / hashlib.sha256(key.encode()).hexdigest()[:16]
        if (folder / "refused").exists():
            return None
        if (folder / "slot.so").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copytree(LIB / "c10", folder / "c10")
        if change:
            change.apply(folder)
        shutil.copy(BINDING, folder)
        unity = [*sources(), Path(BINDING).name]
        (folder / "all.cpp").write_text("".join(f'#include "{name}"\n' for name in unity),
                                        encoding="utf-8")
        flags = [*self.flags, *(["-UNDEBUG"] if debug else [])]
        for command in ([*flags, "-c", "all.cpp", "-o", "all.o"],
                        [self.flags[0], "-shared", "-fuse-ld=lld", "-Wl,-Bsymbolic", "all.o",
                         "-o", "linked.so"]):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                (folder / "refused").write_text(done.stderr, encoding="utf-8")
                return None
        (folder / "linked.so").rename(folder / "slot.so")
        return folder

    def same_code(self, folder: Path, debug: bool) -> bool:
        """There is no debug information in the objects, so equal code makes equal files."""
        original = self.originals[debug]
        return (folder / "all.o").read_bytes() == (original / "all.o").read_bytes()


def library_hash() -> str:
    files = [*sorted(path for path in (LIB / "c10").rglob("*") if path.is_file()), Path(BINDING),
             *sorted((LIB / "world").glob("*.h")), LIB / "slots" / "c10_binding.h"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def flags_of(build: Path) -> list[str]:
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    pattern = next(entry for entry in commands if f"/{PATTERN}.dir/" in entry["file"])
    words = shlex.split(pattern["command"])
    words = words[:words.index("-o")]
    left_out = ("-I", "-g", "-D", "-ffile-")
    kept = [word for word in words if not word.startswith(left_out)]
    return [*kept, "-DNDEBUG", '-DSLOTPROOF_SLOT_NAME="changed"', "-g0", "-w", "-I.",
            f"-I{LIB.resolve()}"]


class Court:
    """Convicts plug-ins."""

    def __init__(self, slotproof: Path, runs: int, seconds: float):
        self.slotproof = slotproof.resolve()
        self.runs = runs
        self.seconds = seconds

    def call(self, folder: Path, *arguments: str) -> tuple[int, dict]:
        """The exit code and the document; (-1, {}) if there was no end of it."""
        try:
            done = subprocess.run([str(self.slotproof), *arguments, "--slot", "./slot.so",
                                   "--json"], cwd=folder, capture_output=True, text=True,
                                  timeout=self.seconds, check=False)
        except subprocess.TimeoutExpired:
            return -1, {}
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {}

    def judge(self, folder: Path, result: Result) -> None:
        complete = True
        for bound in BOUNDS:
            threads, operations, interpreters, tensors = map(str, bound)
            code, document = self.call(
                folder, "prove", "--threads", threads, "--ops", operations, "--interpreters",
                interpreters, "--tensors", tensors, "--jobs", "1", "-o", "certificate.json")
            if code in CONVICTED or (code not in (-1, 0, 1)):
                # Where the process dies of it, there is no document.
                result.outcome, result.by = "convicted", bound_name(bound)
                failure = document.get("failure") or {}
                result.verdict = failure.get("verdict", f"exit code {code}")
                return
            complete = complete and code == 0
            if code == 0:
                result.bounds.append({"bound": bound, **document["counts"]})
        code, document = self.call(folder, "random", "--runs", str(self.runs), "--no-shrink",
                                   "-o", "found.slot")
        if code in CONVICTED:
            finding = document.get("finding") or {}
            result.outcome, result.by = "convicted", "random programs"
            result.verdict = finding.get("verdict", f"exit code {code}")
        result.runs = document.get("runs", 0)
        if not result.outcome:
            result.outcome = "proved" if complete and code == 0 else "open"


def examine(change: Change, planter: Planter, court: Court) -> Result:
    result = Result(change.name, change.kind, f"{change.file}:{change.line}")
    for debug in (False, True):
        result.assertions = debug
        folder = planter.compile(change, debug)
        if folder is None:
            result.outcome = "refused"
            return result
        if not planter.same_code(folder, debug):
            break
        result.outcome = "same code"
    if result.assertions and planter.same_code(folder, True):
        result.assertions = False
        return result
    kept = folder / f"result-{court.runs}.json"
    if kept.exists():
        return Result(**json.loads(kept.read_text(encoding="utf-8")))
    result.outcome = ""
    court.judge(folder, result)
    kept.write_text(json.dumps(asdict(result)), encoding="utf-8")
    return result


def run(changes: list[Change], planter: Planter, court: Court, jobs: int) -> Iterator[Result]:
    """The results in the order of the changes, each as soon as it is known."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda change: examine(change, planter, court), changes)


def listed() -> dict[str, dict]:
    """The changes that are known to make no difference, by name."""
    return {entry["change"]: entry
            for entry in json.loads(EQUIVALENT.read_text(encoding="utf-8"))}


def disagreements(results: list[Result], known: dict[str, dict]) -> list[str]:
    """What the list says otherwise than these results."""
    lines = []
    for result in results:
        entry = known.get(result.name)
        if result.survived and entry is None:
            lines.append(f"survived, and is not listed: {result.name}")
        elif entry is not None and not result.survived:
            lines.append(f"listed, and {OUTCOMES[result.outcome]}: {result.name}")
        elif entry is not None and entry["outcome"] != result.outcome:
            lines.append(f"listed as {entry['outcome']}, and is {result.outcome}: {result.name}")
    names = {result.name for result in results}
    lines += [f"listed, and there is no such change: {name}" for name in known if name not in names]
    return lines


def as_list(results: list[Result], known: dict[str, dict]) -> list[dict]:
    """What survived, as EQUIVALENT has it. Reasons that are known are kept."""
    entries = []
    for result in results:
        if not result.survived:
            continue
        entry = {"change": result.name, "place": result.place, "outcome": result.outcome}
        if result.outcome != "same code":
            entry["proof"] = [{"threads": b["bound"][0], "operations": b["bound"][1],
                               "interpreters": b["bound"][2], "tensors": b["bound"][3],
                               "programs": b["programs"], "executions": b["executions"]}
                              for b in result.bounds]
            entry["random_runs"] = result.runs
        entry["why"] = known.get(result.name, {}).get("why", "")
        entries.append(entry)
    return entries


def table(results: list[Result]) -> str:
    """How many changes of each kind came to what."""
    kinds = list(dict.fromkeys(result.kind for result in results))
    outcomes = list(OUTCOMES)
    lines = [f"{'':<12}" + "".join(f"{name:>11}" for name in (*outcomes, "all"))]
    for kind in [*sorted(kinds), "all"]:
        chosen = [result for result in results if kind in ("all", result.kind)]
        numbers = [sum(result.outcome == name for result in chosen) for name in outcomes]
        lines.append(f"{kind:<12}" + "".join(f"{n:>11}" for n in (*numbers, len(chosen))))
    where: dict[str, int] = {}
    for result in results:
        if result.outcome == "convicted":
            by = f"{result.by}{' (with debug assertions)' if result.assertions else ''}"
            where[by] = where.get(by, 0) + 1
    lines += ["", *(f"{number:>4} convicted by {by}" for by, number in where.items())]
    lines += [f"     {result.outcome}: {result.name}" for result in results if result.survived]
    return "\n".join(lines)
