"""From files to buckets: slotproof looks at the cases, a part of them in each process."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Iterator

from triaging import heap, logs

CHUNK = 64    # files for one process
SECONDS = 600    # after which a process is given up
CONVICTED = range(10, 20)    # exit codes; 0 is for no bug
ORDER = {"high": 0, "medium": 1, "low": 2}
FACE = ("hash", "line", "verdict", "severity", "reason", "blame", "sentence", "operations")


class Slotproof:
    """The command, for one slot."""

    def __init__(self, program: str, options: list[str], repeat: int, folder: str):
        self.program, self.options, self.repeat, self.folder = program, options, repeat, folder

    def _json(self, command: str, *words: str) -> dict:
        done = subprocess.run([self.program, command, "--json", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=SECONDS,
                              check=False)
        if done.returncode != 0 and done.returncode not in CONVICTED:
            raise ValueError(done.stderr.strip() or f"slotproof ended with {done.returncode}")
        return json.loads(done.stdout)

    def version(self) -> str:
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True,
                              check=True).stdout
        return said.removeprefix("slotproof ").partition(",")[0].strip()

    def look_at(self, paths: list[str]) -> list[dict]:
        """What becomes of each file."""
        return self._json("triage", *self.options, "--repeat", str(self.repeat), "--no-shrink",
                          "--", *paths)["files"]

    def shrink(self, path: str) -> dict:
        """The bucket of one input."""
        buckets = self._json("triage", *self.options, "--repeat", "1", "--output", self.folder,
                             "--", path)["buckets"]
        if not buckets:
            raise ValueError(f"{path} does not fail any more")
        return buckets[0]

    def run(self, path: str) -> dict:
        return self._json("run", *self.options, "--", path)["runs"][0]


def look(items: list[heap.Item], slotproof: Slotproof, memory: heap.Memory, jobs: int,
         progress: Callable[[int], None]) -> Iterator[tuple[heap.Item, dict]]:
    """What becomes of each file, in no order. What is known already is not looked at again."""
    chunks: list[list[heap.Item]] = [[]]
    for item in items:
        heap.read(item)
        record = {"outcome": "unreadable", "sentence": item.trouble} if item.trouble else None
        if record is None and item.is_log:
            record = {"outcome": "log", "bugs": logs.bugs_of(item.content.decode(errors="replace"))}
        if record is None and item.path is None:
            record = {"outcome": "unreadable", "sentence": "holds no log of a sanitizer"}
        key = item.digest
        item.content = b""
        record = record or memory.recall("file", key)
        if record:
            progress(1)
            yield item, record
            continue
        if len(chunks[-1]) == CHUNK:
            chunks.append([])
        chunks[-1].append(item)
        item.key = key
    # Not more than all processes can work at: a short heap is spread as well.
    if len(chunks) < jobs:
        todo = [item for chunk in chunks for item in chunk]
        size = max(1, -(-len(todo) // jobs))
        chunks = [todo[at:at + size] for at in range(0, len(todo), size)]

    def work(chunk: list[heap.Item]) -> list[tuple[heap.Item, dict]]:
        try:
            records = slotproof.look_at([path_of(item) for item in chunk])
        except (ValueError, KeyError, subprocess.TimeoutExpired) as error:
            if len(chunk) > 1:
                return [pair for item in chunk for pair in work([item])]
            records = [{"outcome": "unreadable", "sentence": str(error)}]
        for item, record in zip(chunk, records):
            if record["outcome"] != "unreadable":
                memory.keep(record, "file", item.key)
        return list(zip(chunk, records))

    pool = ThreadPoolExecutor(jobs)
    try:
        for future in as_completed([pool.submit(work, chunk) for chunk in chunks if chunk]):
            pairs = future.result()
            progress(len(pairs))
            yield from pairs
    finally:
        pool.shutdown(cancel_futures=True)


def path_of(item: heap.Item) -> str:
    """As slotproof takes it: - would be standard input."""
    return f"./{item.path}" if str(item.path).startswith("-") else str(item.path)


def with_code(run: dict, folders: list[Path]) -> dict:
    """The run with the lines of source that its stacks go through, where the files are here."""
    def frame_with_code(frame: dict) -> dict:
        file, _, line = frame["place"].rpartition(":")
        for folder in folders:
            try:
                text = (folder / file).read_text(encoding="utf-8", errors="replace").split("\n")
                return {**frame, "code": text[int(line) - 1].strip()}
            except (OSError, ValueError, IndexError):
                continue
        return frame

    stacks = [{**stack, "frames": [frame_with_code(frame) for frame in stack["frames"]]}
              for stack in run["stacks"]]
    return {**run, "stacks": stacks}


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def faces_of(seen: list[tuple[heap.Item, dict]]) -> list[dict]:
    """The failures by fingerprint; `sample` is the smallest input of each."""
    members: dict[str, list[tuple[heap.Item, dict]]] = {}
    for item, record in seen:
        bugs = record["bugs"] if record["outcome"] == "log" else [record]
        if record["outcome"] not in ("bug", "log"):
            continue
        for bug in bugs:
            members.setdefault(bug["hash"], []).append((item, bug))
    faces = []
    for pairs in members.values():
        pairs.sort(key=lambda pair: (pair[1].get("operations", 0), len(pair[0].name),
                                     pair[0].name))
        item, bug = pairs[0]
        times = [pair[0].modified for pair in pairs if pair[0].modified]
        faces.append({**{key: bug[key] for key in FACE if key in bug},
                      "stacks": bug.get("stacks", []), "count": len(pairs), "sample": item,
                      "first_seen": day(min(times)) if times else None,
                      "last_seen": day(max(times)) if times else None,
                      "files": sorted(pair[0].name for pair in pairs)})
    return faces


def bug_of(face: dict, slotproof: Slotproof, memory: heap.Memory) -> dict:
    """The small program of a face and of the bug behind it, and the run of the latter."""
    known = {key: face[key] for key in FACE if key in face}
    if face["verdict"] == "log" or "operations" not in face:
        return {**known, "replay": None, "run": {"stacks": face["stacks"]}}
    path = path_of(face["sample"])
    found = memory.recall("bug", face["hash"], path, slotproof.folder)
    if found is None or not all(heap.Path(name).is_file() for name in found["kept"]):
        try:
            found = slotproof.shrink(path)
            small = found["faces"][0]
            # What takes the process down has no smaller form here, and no run to show.
            found["kept"] = [one["file"] for one in (found, small) if "program" in one]
            found["run"] = slotproof.run(found["file"]) if "program" in found else {}
        except (ValueError, subprocess.TimeoutExpired) as error:
            return {**known, "replay": None, "run": {}, "trouble": str(error)}
        memory.keep(found, "bug", face["hash"], path, slotproof.folder)
    small = found["faces"][0]
    face.update({key: small[key] for key in ("program", "file", "replay") if key in small})
    face["operations"] = small["operations"]
    return {key: value for key, value in found.items() if key not in ("faces", "kept")}


def buckets_of(faces: list[dict], bugs: list[dict]) -> list[dict]:
    """Faces of one bug together; as bad as the worst of them."""
    groups: dict[str, list[tuple[dict, dict]]] = {}
    for face, bug in zip(faces, bugs):
        groups.setdefault(bug["hash"], []).append((face, bug))

    def rank(one: dict) -> tuple:
        return ORDER[one["severity"]], -one["count"], one["hash"]

    buckets = []
    for pairs in groups.values():
        pairs.sort(key=lambda pair: rank(pair[0]))
        worst, bug = pairs[0]
        firsts = [face["first_seen"] for face, _ in pairs if face["first_seen"]]
        lasts = [face["last_seen"] for face, _ in pairs if face["last_seen"]]
        buckets.append({
            **bug, "severity": worst["severity"], "reason": worst["reason"],
            "count": sum(face["count"] for face, _ in pairs),
            "first_seen": min(firsts, default=None), "last_seen": max(lasts, default=None),
            "smallest": worst["sample"].name,
            "faces": [{key: value for key, value in face.items() if key not in ("sample", "stacks")}
                      for face, _ in pairs]})
    return sorted(buckets, key=rank)
