"""What the Python scripts share: the project's folder, its builds, and how they speak.

Importing it changes to the project's folder, so that every script can be called from anywhere;
`path`, `slot` and `command` speak of where it was called. And Ctrl-C ends a script that does not
look after it without a trace.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
CALLED_FROM = Path.cwd()
os.chdir(ROOT)

_cmake_options: list[str] = []    # what the slot that the user named asks of builds
_plugin: list[str] = []    # how the user named it, and what it is called

BESIDE = ["handle", "handle-relaxed"]    # plug-ins of lib/slots that are always built
MUTANT = "mutant:"    # the prefix of a planted bug's name as a slot
UPSTREAM = "upstream:"    # the same of a PyTorch checkout
NOTHING_FOUND, FOUND, TROUBLE = 0, 1, 2    # exit codes


def _say_unless_interrupted(kind: type[BaseException], error: BaseException,
                            trace: TracebackType | None) -> None:
    """Ctrl-C is no mistake of a script's. Python ends by the signal then, as a shell expects."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _say_unless_interrupted


def die(text: str) -> None:
    """One line on standard error, exit code 2: for what keeps a script from doing its work."""
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(TROUBLE)


def seconds(text: str) -> float:
    """"90", "90s", "5m", "8h" in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not found or float(found[1]) <= 0:
        die(f"{text} is no duration; write 90s, 5m or 8h")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def path(text: str) -> Path:
    """What the user means by the path. Is as good as a shell's where the script was called."""
    return Path(text) if CALLED_FROM == ROOT else CALLED_FROM / text


def command(program: Path) -> str:
    """A program of a build, as it can be called where the script was called."""
    return str(program if CALLED_FROM == ROOT else ROOT / program)


def slot(text: str) -> str:
    """A slot that the user named: native, libtorch, mutant:NAME, upstream:DIR, or the path of a
    plug-in or of a folder that builds one. Gives what the programs of a build call it."""
    if text in ("native", *BESIDE):
        return text
    if text == "libtorch":
        quietly("looking for libtorch", "scripts/setup", "--with", "libtorch", "--check")
        return text
    if text.startswith(MUTANT):
        if not Path("properties/mutants", f"{text.removeprefix(MUTANT)}.patch").is_file():
            die(f"{text}: no such planted bug; properties/mutants/README.md lists them")
        return text
    if text.startswith(UPSTREAM):
        checkout = path(text.removeprefix(UPSTREAM)).resolve()
        if not (checkout / "c10/core/impl/PyObjectSlot.h").is_file():
            die(f"{checkout} is no PyTorch checkout: it has no c10/core/impl/PyObjectSlot.h")
        return _built_beside(f"{UPSTREAM}{checkout}", "upstream",
                             f"-DSLOTPROOF_UPSTREAM={checkout}")
    if "/" not in text:
        die(f"{text}: expected native, libtorch, mutant:NAME, upstream:DIR or the path of a "
            "plug-in (./NAME.so) or of its folder (./FOLDER)")
    if path(text).is_dir():
        folder = path(text).resolve()
        rules = folder / "CMakeLists.txt"
        called = re.search(r"^\s*slotproof_add_slot\(\s*([\w-]+)",
                           rules.read_text(encoding="utf-8") if rules.is_file() else "", re.M)
        if not called:
            die(f"{rules}: there has to be a call slotproof_add_slot(NAME PLUGIN ...); "
                "lib/slots/handle is an example")
        if folder.parent == ROOT / "lib/slots":
            return called[1]
        return _built_beside(str(folder), called[1], f"-DSLOTPROOF_SLOT_FOLDER={folder}")
    if not path(text).is_file():
        die(f"{text}: no such plug-in")
    return str(path(text)) if CALLED_FROM != ROOT else text


def _built_beside(text: str, name: str, option: str) -> str:
    """A plug-in that builds with that option make."""
    _cmake_options[:] = [option]
    _plugin[:] = [text, name]
    return name


def slot_option(name: str) -> list[str]:
    """What to give another script, so that it takes the same slot."""
    return ["--slot", _plugin[0] if name in _plugin else name]


def quietly(what: str, *command: str) -> None:
    """Runs the command and shows what it printed only if it fails, which ends the script."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        die(f"{what} failed: {' '.join(command)}")


def build(preset: str, targets: list[str], jobs: int) -> Path:
    """Installs what is missing, configures and builds; gives the folder of the build."""
    if subprocess.run(["scripts/setup", "--check"], stdout=subprocess.DEVNULL,
                      check=False).returncode != 0:
        if subprocess.run(["scripts/setup"], stdout=sys.stderr, check=False).returncode != 0:
            die("scripts/setup failed")
    quietly("configuring", "cmake", "--preset", preset,
            *_cmake_options)
    quietly("building", "cmake", "--build", "--preset", preset, "--parallel", str(jobs),
            "--target", *targets)
    return Path("build") / preset


def processors() -> int:
    return len(os.sched_getaffinity(0))


def slot_targets(name: str) -> list[str]:
    """What has to be built for `--slot` to find it."""
    if name in ("libtorch", *BESIDE, *_plugin[1:]):
        return [f"slotproof_slot_{name}"]
    if not name.startswith(MUTANT):
        return []
    return [f"slotproof_slot_mutant-{name.removeprefix(MUTANT)}"]
