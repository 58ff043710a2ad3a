"""The folder of a campaign: written so that a death at any moment loses nothing that was said to be
kept, and read without trust in what is there."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzzing.engine import files_in

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
WRITERS = 8
RESERVE = 1 << 20    # bytes that have to be free for a job to be started


class Trouble(Exception):
    """What ends a campaign; one line, for people."""


def digest(content: bytes) -> str:
    """What an input is called after, as by libFuzzer."""
    return hashlib.sha1(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Puts the content into the file as a whole or not at all, power cuts included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_all(contents: dict[Path, bytes]) -> None:
    """Each file as `write` does. Where hundreds of inputs are merged, waiting for the disk is what
    takes the time, and those that wait together wait once."""
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, contents.keys(), contents.values()))


def put(source: Path, target: Path) -> None:
    """A hard link, or where there are none, a copy."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno in FULL:
            raise
        shutil.copyfile(source, target)


PATIENCE_SECONDS = 2


class Lock:
    """Held as long as the process lives, however it ends."""

    def __init__(self, folder: Path):
        self.file = (folder / "lock").open("a+", encoding="utf-8")
        # A process that was killed may have been about to start another, which holds the lock until
        # it is the other.
        patience = time.monotonic() + PATIENCE_SECONDS
        while not self.taken():
            if time.monotonic() > patience:
                self.file.seek(0)
                holder = self.file.read().strip() or "unknown"
                raise Trouble(f"{folder}: a campaign is running there (process {holder}); wait for "
                              "its end, or name another folder")
            time.sleep(0.05)
        self.file.truncate(0)
        self.file.write(f"{os.getpid()}\n")
        self.file.flush()

    def taken(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class History:
    """What happened, one JSON object a line, numbered from 0. Only ever appended to: a line that a
    death has torn stays, and is skipped by whoever reads. Of the samples, memory has fewer the
    longer it goes on."""

    MOST_SAMPLES = 2000

    def __init__(self, path: Path):
        self.path = path
        self.records = list(read_history(path))
        self.thin()
        self.next = self.records[-1]["seq"] + 1 if self.records else 0
        self.file = path.open("ab")
        if self.file.tell() and path.read_bytes()[-1:] != b"\n":
            self.file.write(b"\n")
            self.file.flush()

    def add(self, event: str, **what: object) -> dict:
        record = {"seq": self.next, "event": event, **what}
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        if not self.path.exists():
            raise Trouble(f"{self.path} is gone; the same command makes a new one")
        try:
            self.file.write(line)
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError:
            # What is in the buffer would come out later, torn.
            self.file = self.path.open("ab")
            raise
        self.next += 1
        self.records.append(record)
        self.thin()
        return record

    def thin(self) -> None:
        samples = [record for record in self.records if record["event"] == "sample"]
        if len(samples) > self.MOST_SAMPLES:
            dropped = {record["seq"] for record in samples[1:-1:2]}
            self.records = [record for record in self.records if record["seq"] not in dropped]


def read_history(path: Path) -> Iterator[dict]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    last = -1
    for line in content.split(b"\n"):
        try:
            record = json.loads(line)
            if record["seq"] > last and isinstance(record["event"], str):
                last = record["seq"]
                yield record
        except (ValueError, KeyError, TypeError):
            continue


class Corpus:
    """The inputs of a subject as bytes, each called by its SHA-1, and each as text beside: text is
    what stays when the meaning of bytes changes. What is text in the first place is its own text.

    A text is there before its bytes, and a text without bytes is an input that was lost.
    """

    def __init__(self, root: Path, name: str):
        self.name = name
        self.bytes = root / "corpus" / name
        self.texts = root / "text" / name
        self.aside = root / "set-aside" / name

    def names(self) -> set[str]:
        return {path.name for path in files_in(self.bytes)}

    def text_names(self) -> set[str]:
        return {path.stem for path in files_in(self.texts)}

    def files(self) -> list[Path]:
        return files_in(self.bytes)

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.files())

    def text_of(self, name: str) -> Path:
        return self.texts / f"{name}.slot"

    def without_bytes(self) -> list[Path]:
        """The texts of inputs that are gone."""
        return [self.text_of(name) for name in sorted(self.text_names() - self.names())]

    def without_text(self) -> list[Path]:
        return [self.bytes / name for name in sorted(self.names() - self.text_names())]

    def set_corrupt_aside(self) -> list[str]:
        """What is not what its name says: a disk that was full, a hand that slipped."""
        corrupt = [path for path in self.files()
                   if not path.is_file() or digest(path.read_bytes()) != path.name]
        for path in corrupt:
            self.set_aside(path)
        return [path.name for path in corrupt]

    def set_aside(self, path: Path) -> None:
        self.aside.mkdir(parents=True, exist_ok=True)
        os.replace(path, self.aside / path.name)

    def link_all(self, into: Path) -> None:
        into.mkdir(parents=True, exist_ok=True)
        for path in self.files():
            put(path, into / path.name)

    def add(self, inputs: dict[str, bytes], texts: dict[str, bytes]) -> None:
        """Of inputs by name those of which there is a text."""
        write_all({self.text_of(name): texts[name] for name in inputs if name in texts})
        write_all({self.bytes / name: inputs[name] for name in inputs if name in texts})

    def keep_only(self, names: Iterable[str]) -> int:
        """Drops the others, their texts first."""
        gone = (self.names() | self.text_names()) - set(names)
        for name in gone:
            self.text_of(name).unlink(missing_ok=True)
            (self.bytes / name).unlink(missing_ok=True)
        return len(gone)


def sound(paths: list[Path]) -> dict[str, bytes]:
    """Of inputs that are called by their SHA-1, those that are whole, by name."""
    contents = {}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if digest(content) == path.name:
            contents[path.name] = content
    return contents


def make_folder(folder: Path) -> None:
    """Where a campaign can be: there is one, or there is nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise Trouble(f"{folder}: cannot make this folder: {error.strerror}") from None
    there = [path.name for path in files_in(folder)]
    ours = {"campaign.json", "history.jsonl"} & set(there)
    if there and not ours and there != ["lock"]:
        raise Trouble(f"{folder}: is not empty (there is {there[0]}) and no campaign; name another "
                      "folder")


def open_settings(folder: Path, settings: dict) -> dict:
    """What was set when the campaign was made; it has to be the same now."""
    file = folder / "campaign.json"
    try:
        before = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        write(file, json.dumps(settings, indent=2).encode() + b"\n")
        return settings
    except (OSError, ValueError) as error:
        raise Trouble(f"{file}: cannot be read ({error}); if the options are the same as ever, "
                      "remove it and run the command again") from None
    for key in settings:
        if key not in ("bytes_version", "schema_version") and before.get(key) != settings[key]:
            raise Trouble(f"{folder}: this campaign is of {key} {shown(before.get(key))}, not "
                          f"{shown(settings[key])}; name another folder, or give the same options")
    return before


def shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def room(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def size_of(folder: Path) -> int:
    """Bytes on the disk, of all files."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.lstat(os.path.join(parent, file)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total
