"""Runs .clusterfuzzlite/build.sh as OSS-Fuzz does, without its container."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import project

SANITIZERS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": "-fsanitize=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,"
                 "object-size,return,returns-nonnull-attribute,shift,signed-integer-overflow,"
                 "unreachable,vla-bound,vptr "
                 "-fno-sanitize-recover=array-bounds,bool,builtin,enum,function,"
                 "integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,"
                 "signed-integer-overflow,unreachable,vla-bound,vptr",
    "coverage": "-fprofile-instr-generate -fcoverage-mapping -pthread "
                "-Wno-unused-command-line-argument",
    "none": "",
}
COMMON = ("-O1 -fno-omit-frame-pointer -gline-tables-only "
          "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -stdlib=libc++")
AFL = Path("/usr/lib/afl")


@dataclass(frozen=True)
class Engine:
    instrumentation: str    # of the compiler
    link: str = ""          # LIB_FUZZING_ENGINE; of libFuzzer, see libfuzzer()
    tools: tuple[str, ...] = ()    # what has to lie beside the targets


ENGINES = {
    "libfuzzer": Engine("-fsanitize=fuzzer-no-link"),
    # AFL++'s own compilers are made for the distribution's Clang, which cannot keep the counters of
    # the slot apart from the seam; its run-time library takes the calls of any Clang.
    "afl": Engine("-fsanitize-coverage=trace-pc-guard",
                  f"{AFL}/libAFLDriver.a {AFL}/afl-compiler-rt.o",
                  ("afl-fuzz", "afl-showmap", "afl-cmin", "afl-tmin")),
}


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def libfuzzer(work: Path) -> str:
    """libFuzzer as one object file that keeps its standard library to itself. OSS-Fuzz's compiler
    has it so; Debian's wants libstdc++, of which the targets have no second one beside libc++."""
    archive = Path(output_of("clang++-19", "-print-resource-dir"),
                   "lib/linux/libclang_rt.fuzzer-x86_64.a")
    standard_library = output_of("g++", "-print-file-name=libstdc++.a")
    made = work / "libfuzzer.o"
    subprocess.run(["ld", "-r", "-o", str(made), "--whole-archive", str(archive),
                    "--no-whole-archive", standard_library], check=True)
    kept = ("main", "LLVMFuzzer*", "__sanitizer*", "__sancov*", "DW.ref*")
    subprocess.run(["objcopy", "--wildcard", *(f"--keep-global-symbol={name}" for name in kept),
                    str(made)], check=True)
    return str(made)


def source_files(mutant: str | None, scratch: Path) -> dict[str, Path]:
    """All files of the project, by name, each with where its content is: with a planted bug, that
    of lib/c10 is a patched copy in `scratch`."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout.split("\0")
    files = {name: Path(name) for name in listed if name and Path(name).is_file()}
    if mutant is None:
        return files
    shutil.copytree("lib/c10", scratch / "c10")
    patch = project.ROOT / "properties" / "mutants" / f"{mutant}.patch"
    project.quietly("planting the bug", "patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch",
                    "-d", str(scratch), "-i", str(patch))
    for path in (scratch / "c10").rglob("*"):
        if path.is_file():
            files[f"lib/{path.relative_to(scratch)}"] = path
    return files


def copy_sources(files: dict[str, Path], into: Path) -> None:
    """Makes `into` those files and no others. What has not changed keeps its time, so that a build
    of it does not begin anew."""
    for old in [path for path in into.rglob("*") if path.is_file()]:
        if str(old.relative_to(into)) not in files:
            old.unlink()
    for name, source in files.items():
        copy = into / name
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)


def build(sanitizer: str, engine: str, mutant: str | None, jobs: int) -> Path:
    """Builds, and gives $OUT, which is made anew."""
    folder = project.ROOT / "build" / "oss-fuzz" / f"{sanitizer}-{engine}"
    src, work = folder / "src", folder / "work"
    out = folder / (f"out-{mutant}" if mutant else "out")
    shutil.rmtree(out, ignore_errors=True)
    for made in (src, work, out):
        made.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        copy_sources(source_files(mutant, Path(scratch)), src / "slotproof")
    flags = " ".join(filter(None, (COMMON, SANITIZERS[sanitizer],
                                   ENGINES[engine].instrumentation)))
    environment = {
        **os.environ, "SRC": str(src), "WORK": str(work), "OUT": str(out),
        "CC": "clang-19", "CXX": "clang++-19", "CFLAGS": flags.replace("-stdlib=libc++", ""),
        "CXXFLAGS": flags, "SANITIZER": sanitizer,
        "LIB_FUZZING_ENGINE": ENGINES[engine].link or libfuzzer(work),
        "FUZZING_ENGINE": engine, "ARCHITECTURE": "x86_64",
        "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs),
    }
    done = subprocess.run(["bash", "-eu", str(src / "slotproof/.clusterfuzzlite/build.sh")],
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    (folder / "build.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        print(done.stdout[-4000:])
        project.die(f"build.sh failed with {done.returncode}; {folder}/build.log has all it said")
    # What OSS-Fuzz's containers add.
    for tool in ENGINES[engine].tools:
        shutil.copy(shutil.which(tool), out)
    return out
