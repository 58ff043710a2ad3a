"""What OSS-Fuzz asks of $OUT, held against a folder; each complaint is a line.

Nothing of OSS-Fuzz is needed. Programs are run as there: by a user who cannot write to where they
lie, in a copy of $OUT elsewhere, with the options of its runners.
"""

import configparser
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ENTRY = b"LLVMFuzzerTestOneInput"
NAME = re.compile(r"[A-Za-z0-9_-]+")
OF_LIBC = re.compile(r"(lib(c|m|dl|rt|pthread|resolv)|ld-linux.*)\.so\.\d+")
NOBODY = 65534
SECONDS = 300    # for one program to end; no measure of speed

# Calls of a sanitizer's run-time library: what tells a build with it from one without.
OWN = {"address": "asan", "undefined": "ubsan"}
AT_LEAST = {"asan": 1000, "ubsan": 168}
OTHERS_AT_MOST = {"asan": 0, "msan": 3, "ubsan": 200}
EDGES_AT_LEAST = 100
RUNS = 4

RUNNER = {
    "ASAN_OPTIONS": "alloc_dealloc_mismatch=0:allocator_may_return_null=1:"
                    "allocator_release_to_os_interval_ms=500:check_malloc_usable_size=0:"
                    "detect_container_overflow=1:detect_odr_violation=0:detect_leaks=1:"
                    "detect_stack_use_after_return=1:fast_unwind_on_fatal=0:handle_abort=1:"
                    "handle_segv=1:handle_sigill=1:max_uar_stack_size_log=16:print_scariness=1:"
                    "quarantine_size_mb=10:strict_memcmp=1:symbolize=1:use_sigaltstack=1:"
                    "dedup_token_length=3",
    "UBSAN_OPTIONS": "print_stacktrace=1:print_summary=1:silence_unsigned_overflow=1:symbolize=1:"
                     "dedup_token_length=3",
}
LIBFUZZER = ["-rss_limit_mb=2560", "-timeout=25"]


def targets(out: Path) -> list[Path]:
    """The fuzz targets in the folder, told by what is in them."""
    return [path for path in sorted(out.iterdir())
            if path.is_file() and os.access(path, os.X_OK) and not path.name.startswith("afl-")
            and path.read_bytes()[:4] == b"\x7fELF" and ENTRY in path.read_bytes()]


def options(target: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(target.with_name(f"{target.name}.options"), encoding="utf-8")
    return parser


def environment(target: Path) -> dict[str, str]:
    """What a runner sets for the target, its options included."""
    runner = dict(RUNNER)
    for sanitizer in ("asan", "ubsan"):
        own = options(target)
        if own.has_section(sanitizer):
            runner[f"{sanitizer.upper()}_OPTIONS"] += "".join(
                f":{key}={value}" for key, value in own.items(sanitizer))
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **runner}


def arguments(target: Path) -> list[str]:
    own = options(target)
    given = [f"-{key}={value}" for key, value in own.items("libfuzzer")] \
        if own.has_section("libfuzzer") else []
    dictionary = target.with_name(f"{target.name}.dict")
    return [*LIBFUZZER, *given, *([f"-dict={dictionary}"] if dictionary.exists() else [])]


def run(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[int, str]:
    """Exit code and output; as nobody if we are root, who may write everywhere."""
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        done = subprocess.run(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=SECONDS, check=False, **who)
    except subprocess.TimeoutExpired:
        return -1, f"no end after {SECONDS} s"
    return done.returncode, done.stdout


def tail(text: str) -> str:
    return "\n".join("    " + line for line in text.rstrip().split("\n")[-12:])


# --- what lies there ------------------------------------------------------------------------------

def complaints_of_files(target: Path) -> Iterator[str]:
    if not NAME.fullmatch(target.name):
        yield "its name may have letters, digits, _ and - only"
    for needed in ("_seed_corpus.zip", ".dict", ".options"):
        if not target.with_name(target.name + needed).is_file():
            yield f"there is no {target.name}{needed}"
    try:
        if not options(target).sections():
            yield f"{target.name}.options has no section"
    except configparser.Error as error:
        yield f"{target.name}.options: {error}"
    corpus = target.with_name(f"{target.name}_seed_corpus.zip")
    if corpus.is_file():
        with zipfile.ZipFile(corpus) as archive:
            if not archive.namelist():
                yield f"{corpus.name} is empty"


def complaints_of_program(target: Path, machine: str, built_in: Path,
                          sanitizer: str) -> Iterator[str]:
    header = subprocess.run(["readelf", "--wide", "--file-header", "--dynamic", str(target)],
                            check=True, capture_output=True, text=True).stdout
    if machine not in header:
        yield f"it is not for {machine}"
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", header):
        if not OF_LIBC.fullmatch(library):
            yield f"it needs {library}, which is not there where it runs"
    for paths in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", header):
        if any(not path.startswith("$ORIGIN") for path in paths.split(":")):
            yield f"it looks for libraries in {paths}"
    # Reports of coverage are told where the sources are.
    if sanitizer != "coverage" and os.fsencode(built_in) + b"/" in target.read_bytes():
        yield f"{built_in}, where it was built, stands in it"


def sanitizer_calls(target: Path) -> dict[str, int]:
    text = subprocess.run(["objdump", "--disassemble", "--no-show-raw-insn", str(target)],
                          check=True, capture_output=True, text=True, errors="replace").stdout
    found = re.findall(r"\b(?:callq?|bl)\s+[0-9a-f]+ <__(asan|msan|ubsan)", text)
    return {name: found.count(name) for name in OTHERS_AT_MOST}


def complaints_of_sanitizer(calls: dict[str, int], sanitizer: str, engine: str) -> Iterator[str]:
    if sanitizer not in OWN or (sanitizer == "undefined" and engine != "libfuzzer"):
        return    # AFL++'s own code has calls of each
    own = OWN[sanitizer]
    if calls[own] < AT_LEAST[own]:
        yield f"{calls[own]} calls of {own}, {AT_LEAST[own]} are expected"
    for name, most in OTHERS_AT_MOST.items():
        if name != own and calls[name] > most:
            yield f"{calls[name]} calls of {name} in a build for {sanitizer}, {most} are allowed"


# --- what it does ---------------------------------------------------------------------------------

def complaints_of_libfuzzer(target: Path, corpus: Path, edges_at_least: int) -> Iterator[str]:
    variables = environment(target)
    given = arguments(target)
    code, said = run([str(target), *given, "-seed=1337", f"-runs={RUNS}"], target.parent, variables)
    edges = re.search(r"INFO: Loaded \d+ modules?\s+\((\d+) (?:inline 8-bit counters|guards)", said)
    if "no interesting inputs were found" in said or not edges:
        yield "it has no coverage instrumentation"
    elif int(edges[1]) < edges_at_least:
        yield f"{edges[1]} edges are instrumented, {edges_at_least} are expected"
    if f"Done {RUNS} runs" not in said:
        yield f"it does not start, exit code {code}:\n{tail(said)}"
        return
    code, said = run([str(target), *given, "-runs=0"], target.parent, variables)
    if code != 0:
        yield f"-runs=0 ends with {code}:\n{tail(said)}"
    seeds = list(corpus.iterdir())
    longest = options(target).getint("libfuzzer", "max_len", fallback=4096)
    for seed in seeds:
        if seed.stat().st_size > longest:
            yield f"the seed {seed.name} is longer than max_len={longest}"
        if seed.stat().st_size == 0:
            yield f"the seed {seed.name} is empty, so engines leave it out"
    if not seeds:
        return
    code, said = run([str(target), *given, "-runs=0", str(corpus)], target.parent, variables)
    if code != 0:
        yield f"a seed fails, exit code {code}:\n{tail(said)}"
    elif f"files: {len(seeds)} " not in said:
        yield f"it did not run all {len(seeds)} seeds:\n{tail(said)}"


def complaints_of_afl(target: Path, corpus: Path, seconds: int) -> Iterator[str]:
    afl = target.with_name("afl-fuzz")
    if not afl.is_file():
        yield "afl-fuzz does not lie beside it"
        return
    variables = {**environment(target), **AFL}
    variables["ASAN_OPTIONS"] += ":abort_on_error=1:symbolize=0"
    seeds = [str(seed) for seed in corpus.iterdir()]
    code, said = run([str(target), *seeds], target.parent, variables)
    if code != 0:
        yield f"a seed fails, exit code {code}:\n{tail(said)}"
    elif said.count("Execution successful.") != len(seeds):
        yield f"it did not run all {len(seeds)} seeds:\n{tail(said)}"
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        code, said = run([str(afl), "-V", str(seconds), "-m", "none", "-t", "5000+", "-i",
                          str(corpus), "-o", f"{folder}/out",
                          "-x", str(target.with_name(f"{target.name}.dict")), "--", str(target)],
                         target.parent, variables)
        plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said)
        if "All set and ready to roll" not in plain:
            yield f"afl-fuzz does not start, exit code {code}:\n{tail(plain)}"
            return
        if re.search(r"target binary (crashed|terminated)", plain):
            yield f"it ends at once:\n{tail(plain)}"
        stats = dict(re.findall(r"(\w+)\s*: (.*)",
                                Path(folder, "out/default/fuzzer_stats").read_text("utf-8")))
        if int(stats["edges_found"]) < len(seeds):
            yield f"afl-fuzz sees {stats['edges_found']} edges: the slot is not instrumented"
        if stats["saved_crashes"] != "0":
            yield f"afl-fuzz finds {stats['saved_crashes']} crashes"


AFL = {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1", "AFL_FAST_CAL": "1",
       "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_FORKSRV_INIT_TMOUT": "30000",
       "AFL_IGNORE_PROBLEMS": "1"}


def complaints_of_coverage(target: Path, corpus: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        profile = f"{folder}/profile"
        code, said = run([str(target), *arguments(target), "-runs=0", str(corpus)], target.parent,
                         {**environment(target), "LLVM_PROFILE_FILE": f"{profile}.%1m.profraw"})
        if code != 0:
            yield f"a seed fails, exit code {code}:\n{tail(said)}"
            return
        raw = sorted(str(path) for path in Path(folder).glob("*.profraw"))
        if not raw:
            yield "it leaves no profile"
            return
        subprocess.run(["llvm-profdata-19", "merge", "-sparse", *raw, "-o", profile], check=True)
        report = subprocess.run(
            ["llvm-cov-19", "report", "-instr-profile", profile, str(target)],
            check=True, capture_output=True, text=True).stdout
        total = report.rstrip().split("\n")[-1].split()
        if total[0] != "TOTAL" or float(total[9].rstrip("%")) == 0:
            yield f"its seeds reach no line:\n{tail(report)}"


def complaints(out: Path, sanitizer: str, engine: str, built_in: Path, *,
               machine: str = "X86-64", edges_at_least: int = EDGES_AT_LEAST,
               afl_seconds: int = 10) -> list[str]:
    """All that is wrong. `built_in` is a folder above $SRC and $WORK."""
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        moved = Path(scratch) / "elsewhere"
        shutil.copytree(out, moved)
        for path in (moved, *moved.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222 | 0o444)
        try:
            there = targets(moved)
            if not there:
                found.append("there is no fuzz target")
            for target in there:
                corpus = Path(scratch) / f"{target.name}_corpus"
                corpus.mkdir()
                archive = target.with_name(f"{target.name}_seed_corpus.zip")
                if archive.is_file():
                    shutil.unpack_archive(archive, corpus)
                what = [*complaints_of_files(target),
                        *complaints_of_program(target, machine, built_in, sanitizer)]
                what += complaints_of_sanitizer(sanitizer_calls(target), sanitizer, engine)
                if sanitizer == "coverage":
                    what += complaints_of_coverage(target, corpus)
                elif engine == "afl":
                    what += complaints_of_afl(target, corpus, afl_seconds)
                else:
                    what += complaints_of_libfuzzer(target, corpus, edges_at_least)
                found += [f"{target.name}: {one}" for one in what]
        finally:
            moved.chmod(0o755)
    return found
