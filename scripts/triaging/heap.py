"""What is to be triaged: files, what they look like, and what was learnt of them before."""

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import project

LOG_WORDS = (b"ERROR: AddressSanitizer", b"WARNING: ThreadSanitizer", b": runtime error: ",
             b"ERROR: LeakSanitizer")
MAX_SIZE = 16 << 20    # as slotproof has it
ADAPTING = ("lifecycle", "sequential")    # fuzz targets that make something else of a program


@dataclass
class Item:
    """One input. `trouble` says why it cannot be looked at."""

    name: str
    path: Path | None    # None: standard input
    content: bytes = b""
    modified: float = 0
    trouble: str = ""
    key: str = ""    # what the content is remembered by

    @property
    def is_log(self) -> bool:
        return any(word in self.content for word in LOG_WORDS)

    @property
    def digest(self) -> str:
        """Of the content, and of the fuzz target that it means something to: slotproof goes by the
        name of the folder."""
        target = self.path.absolute().parent.name if self.path else ""
        meant_for = f"{target}:".encode() if target in ADAPTING else b""
        return hashlib.sha256(meant_for + self.content).hexdigest()


def printable(text: str) -> str:
    """A name as it may be shown: what is no character, or steers a terminal, becomes ?."""
    return "".join(c if c.isprintable() else "?" for c in text)


def expand(names: list[str]) -> list[Item]:
    """The files that the names mean: a folder stands for the files in it and below, sorted, without
    hidden and empty ones and those that tell people of it; - is standard input."""
    items = []
    for name in names:
        if name == "-":
            items.append(Item("standard input", None))
            continue
        path = project.path(name)
        if not path.is_dir():
            items.append(Item(printable(str(path)), path))
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(files):
                found = Path(folder, file)
                if file.startswith(".") or file.endswith(".md") or file == "CMakeLists.txt":
                    continue
                if found.is_file() and found.stat().st_size == 0:
                    continue
                items.append(Item(printable(str(found)), found))
    return items


def read(item: Item) -> None:
    """Fills in what the file holds, or why it cannot be read. A case is forgotten again by the
    caller: of ten thousand files no more than a chunk is in memory."""
    try:
        if item.path is None:
            item.content = sys.stdin.buffer.read(MAX_SIZE + 1)
            return
        if not item.path.is_file():
            item.trouble = "no such file" if not item.path.exists() else "is no plain file"
            return
        if item.path.stat().st_size > MAX_SIZE:
            item.trouble = "is larger than 16 MiB, and no case is"
            return
        item.content = item.path.read_bytes()
        item.modified = item.path.stat().st_mtime
    except OSError as error:
        item.trouble = f"cannot be read: {error.strerror}"


def write(path: Path, text: str) -> None:
    """Puts the text into the file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


class Memory:
    """What was learnt, kept in a folder by content: an interrupted triage goes on where it was, and
    two at once find the same. What the programs are that learnt it is a part of the key."""

    def __init__(self, folder: Path, programs: list[Path], words: list[str]):
        self.folder = folder
        made_by = hashlib.sha256("\0".join(words).encode())
        for program in programs:
            made_by.update(program.read_bytes())
        self.made_by = made_by.hexdigest()

    def _file(self, *key: str) -> Path:
        name = hashlib.sha256("\0".join((self.made_by, *key)).encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"

    def recall(self, *key: str) -> dict | None:
        try:
            return json.loads(self._file(*key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, what: dict, *key: str) -> None:
        write(self._file(*key), json.dumps(what))
