"""A campaign: many short jobs that share a corpus, for as long as one likes.

The folder holds all there is to know; what is in memory is a fold over its history. So a campaign
that was killed is resumed by opening its folder again. README.md says what lies where, and why.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fuzzing import dashboard
from fuzzing.dashboard import PAGE_SECONDS
from fuzzing.engine import Job, Lane, LibFuzzer, files_in
from fuzzing.lanes import (Bug, LaneState, SubjectState, load, next_lane, on_plateau, save, weight)
from fuzzing.store import (FULL, RESERVE, Corpus, History, Lock, Trouble, digest, make_folder,
                           open_settings, put, room, size_of, write, write_all)
from fuzzing.targets import WITHOUT_SLOT, Rules, Subject
from fuzzing.task import Steps, Task
from fuzzing.upkeep import LEAST_CHARGE, LONGEST_JOB, Upkeep, discard

SHORTEST_JOB, JOBS_IN_A_ROW = 2.0, 60
SHORTEST_SAMPLE, LONGEST_SAMPLE, SAMPLES = 1.0, 60.0, 240


class Campaign(Upkeep):
    def __init__(self, folder: Path, subjects: list[Subject], engine: LibFuzzer, rules: Rules,
                 jobs: int, seconds: float | None, seed: int, bytes_version: int,
                 say: Callable[[str], None], clock: Callable[[], float] = time.monotonic):
        self.folder, self.engine, self.rules = folder, engine, rules
        self.jobs, self.seconds, self.seed, self.say, self.clock = jobs, seconds, seed, say, clock
        slots = list(dict.fromkeys(subject.slot for subject in subjects if subject.slot))
        self.slots: list[str] = slots
        self.settings = {"schema_version": 1, "bytes_version": bytes_version, "slots": slots,
                         "targets": list(dict.fromkeys(s.target for s in subjects)),
                         "gil": "on" if rules.gil else "off", "careless": rules.careless,
                         "engine": engine.name}
        self.job_seconds = clamped(SHORTEST_JOB, (seconds or 1e9) / JOBS_IN_A_ROW, LONGEST_JOB)
        self.merge_seconds = self.job_seconds
        self.sample_seconds = clamped(SHORTEST_SAMPLE, (seconds or 1e9) / SAMPLES, LONGEST_SAMPLE)
        self.subjects = []
        for subject in subjects:
            lanes = [LaneState(lane) for lane in engine.lanes(subject)]
            self.subjects.append(SubjectState(subject, Corpus(folder, subject.name), lanes))
        # Who explores before who judges: at the start, all are due the same.
        self.lanes = sorted((lane for subject in self.subjects for lane in subject.lanes),
                            key=lambda lane: lane.lane.judges)
        self.state_of = {subject.subject: subject for subject in self.subjects}
        self.running: list[tuple[Job, LaneState, float]] = []    # with what the lane was charged
        self.tasks: dict[str, Task] = {}
        self.queue: dict[str, Callable[[], Steps]] = {}
        self.bugs: dict[str, Bug] = {}
        self.cells: dict[str, dict] = {}
        self.reports: dict[str, dict] = {}    # of scripts/triage, by slot
        self.not_again = 0
        self.history: History | None = None
        self.complaint = ""
        self.number = 0
        self.state, self.sentence = "starting", ""
        self.ending = False
        self.begin = self.before = self.sampled = self.measured = self.drawn = 0.0
        self.disk = 0

    # --- opening ----------------------------------------------------------------------------------

    def open(self) -> None:
        make_folder(self.folder)
        self.lock = Lock(self.folder)
        known = open_settings(self.folder, self.settings)
        self.history = History(self.folder / "history.jsonl")
        self.fold()
        self.begin = self.clock()
        self.history.add("start", t=round(self.now, 1), pid=os.getpid(), jobs=self.jobs,
                         seed=self.seed, wall=round(time.time()))
        for leftover in (self.folder / "jobs").glob(".*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if known["bytes_version"] != self.settings["bytes_version"]:
            self.migrate(known)
        self.salvage()
        for state in self.subjects:
            self.plant(state)
        for slot in self.slots:
            self.read_report(slot)
        self.state = "running"

    def fold(self) -> None:
        """What the history says of earlier sessions."""
        for record in self.history.records:
            self.before = max(self.before, record.get("t", 0.0))
            if record["event"] == "sample":
                for lane in self.lanes:
                    load(lane, record["lanes"].get(lane.lane.name, {}))
                for state in self.subjects:
                    load(state, record["subjects"].get(state.subject.name, {}))
                self.cells = record["cells"]
                self.number = max(self.number, record["number"])
                for name, count in record["counts"].items():
                    if name in self.bugs:
                        self.bugs[name].count = count
            elif record["event"] == "finding":
                bug = self.bugs.setdefault(record["bug"], Bug(
                    record["bug"], record["line"], record["verdict"], record["subject"],
                    record["slot"]))
                bug.files.append(record["file"])
                bug.count = max(bug.count, len(bug.files))

    def migrate(self, known: dict) -> None:
        """The bytes of the corpora mean something else by now: they are set aside, and written
        anew from the texts, which stay there too: a name may be that of another input by now."""
        old, new = known["bytes_version"], self.settings["bytes_version"]
        aside = self.folder / "set-aside" / f"bytes-{old}"
        aside.mkdir(parents=True, exist_ok=True)
        jobs = self.folder / "jobs"
        if jobs.exists() and not (aside / "jobs").exists():
            os.replace(jobs, aside / "jobs")
        shutil.rmtree(jobs, ignore_errors=True)    # of a migration that was cut short
        for state in self.subjects:
            if state.subject.target in WITHOUT_SLOT:
                continue
            lost = len(state.corpus.without_text())
            texts = aside / "text" / state.subject.name
            for place, kept in ((state.corpus.bytes, aside / "corpus" / state.subject.name),
                                (state.corpus.texts, texts)):
                if place.exists() and not kept.exists():
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(place, kept)
            self.rewrite(state, files_in(texts))
            if lost:
                self.trouble(f"{state.subject.name}: {lost} inputs had no text and could not be "
                             f"taken along; they are in {aside}")
        write(self.folder / "campaign.json",
              json.dumps({**known, "bytes_version": new}, indent=2).encode() + b"\n")
        self.trouble(f"the corpora were of version {old} of the bytes, and are written again in "
                     f"version {new}, from their texts")

    def salvage(self) -> None:
        """Jobs that were cut short: what they found counts."""
        by_name = {lane.lane.name: lane for lane in self.lanes}
        known = {path for state in self.subjects for path in state.pending}
        for folder in files_in(self.folder / "jobs"):
            if folder in known:
                continue
            try:
                lane = by_name[json.loads((folder / "job.json").read_text())["lane"]]
            except (OSError, ValueError, KeyError):
                discard(folder)
                continue
            self.number = max(self.number, int(folder.name))
            self.put_away(self.engine.left(folder, lane.lane), lane)
        reported = {file for bug in self.bugs.values() for file in bug.files}
        for state in self.subjects:
            self.look_again(state, [
                path for path in files_in(self.kept_folder(state))
                if self.named(path) not in reported and path.suffix != ".log"
                and (path.suffix == ".slot" or path.with_name(f"{path.name}.log").exists())])

    def look_again(self, state: SubjectState, strays: list[Path]) -> None:
        """Artifacts of which the history does not know."""
        if not strays:
            return
        self.number += 1
        folder = self.job_folder(state.lanes[0].lane, self.number)
        for path in strays:
            os.replace(path, folder / "artifacts" / path.name)
        self.put_away(Job(folder, [], 0), state.lanes[0])

    def kept_folder(self, state: SubjectState) -> Path:
        return self.folder / "artifacts" / state.subject.name

    def named(self, path: Path) -> str:
        """A file of the campaign, whatever its folder is called."""
        return str(path.relative_to(self.folder))

    def plant(self, state: SubjectState) -> None:
        """The project's own corpus is to be merged like everything else."""
        seeds = files_in(self.engine.seeds(state.subject))
        self.number += 1
        folder = self.job_folder(state.lanes[0].lane, self.number)
        contents = [seed.read_bytes() for seed in seeds]
        write_all({folder / "new" / digest(content): content for content in contents})
        state.pending.append(folder)

    def job_folder(self, lane: Lane, number: int) -> Path:
        folder = self.folder / "jobs" / f"{number:06}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(folder / "job.json", json.dumps({"lane": lane.name}).encode())
        for made in ("known", "new", "artifacts"):
            (folder / made).mkdir()
        return folder

    # --- what is known ----------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds that the campaign has run in all, whatever the time of day does meanwhile."""
        return self.before + (self.clock() - self.begin if self.begin else 0.0)

    @property
    def left(self) -> float:
        return float("inf") if self.seconds is None else self.seconds - self.now

    @property
    def buckets(self) -> list[dict]:
        """The bugs, as scripts/triage tells them apart; those without a program by themselves."""
        found = [{**{key: bucket.get(key) for key in ("severity", "line", "sentence", "count",
                                                      "file", "replay", "program", "hash")},
                  "slot": slot}
                 for slot, report in self.reports.items() for bucket in report["buckets"]]
        return found + [{"severity": "high", "line": bug.line, "sentence": bug.line,
                         "count": bug.count,
                         "file": str(self.folder / bug.files[0]) if bug.files else None,
                         "replay": None, "program": None, "hash": bug.bug, "slot": bug.slot}
                        for bug in self.bugs.values()
                        if not any(name.endswith(".slot") for name in bug.files)]

    def trouble(self, line: str) -> None:
        self.say(line)
        self.history.add("trouble", t=round(self.now, 1), line=line)

    # --- the loop ---------------------------------------------------------------------------------

    def run(self) -> Iterator[None]:
        """Until the time is over; yields now and then. What it raises is a Trouble."""
        with no_room_is_trouble(self.folder):
            self.open()
            while self.left > 0:
                self.turn()
                yield
            self.ending = True
            while self.running or self.tasks or self.queue or self.wanting():
                self.turn()
                yield
            self.state = "ended"
            self.history.add("stop", t=round(self.now, 1), state=self.state, line="")
            self.sample()

    def turn(self) -> None:
        for entry in list(self.running):
            if not entry[0].poll():
                self.running.remove(entry)
                self.ended(*entry)
        for name, task in list(self.tasks.items()):
            if not task.poll():
                del self.tasks[name]
        self.want()
        while self.queue and len(self.running) + len(self.tasks) < self.jobs:
            name = next((name for name in self.queue if name not in self.tasks), None)
            if name is None or len(self.tasks) >= max(1, self.jobs // 2):
                break
            task = Task(name, self.queue.pop(name)())
            if task.child is not None:
                self.tasks[name] = task
        while not self.ending and len(self.running) + len(self.tasks) < self.jobs:
            lane = next_lane(self.lanes)
            if lane is None:
                raise Trouble(f"no target can be run: {self.complaint}")
            self.start(lane)
        if self.now - self.sampled >= self.sample_seconds:
            self.sample()

    def wanting(self) -> bool:
        self.want()
        return bool(self.queue)

    def want(self) -> None:
        """Queues the merges that are due; at the end, one of each corpus, which also mends it. What
        fails is left out of a merge, so seeds are for a job first, which says that they do."""
        for state in self.subjects:
            due = self.ending or (self.now - state.merged_at >= self.merge_seconds
                                  and any(lane.jobs for lane in state.lanes))
            wanted = state.pending and due or self.ending and not state.ended
            name = f"merge {state.subject.name}"
            if wanted and name not in self.tasks:
                self.queue.setdefault(name, lambda state=state: self.merge(state))

    def start(self, lane: LaneState) -> None:
        if room(self.folder) < RESERVE:
            raise OSError(FULL[0], "")
        state = self.state_of[lane.lane.subject]
        self.number += 1
        folder = self.job_folder(lane.lane, self.number)
        state.corpus.link_all(folder / "known")
        for pending in state.pending:
            for path in files_in(pending / "new"):
                put(path, folder / "known" / path.name)
        planned = max(1.0, min(self.job_seconds, self.left))
        job = self.engine.plan(lane.lane, folder, planned, self.seed + self.number)
        charge = planned / self.weight(lane)
        lane.turn += charge
        lane.running += 1
        job.start()
        self.running.append((job, lane, charge))

    def weight(self, lane: LaneState) -> float:
        return weight(lane.yields, max(other.yields for other in self.lanes))

    def ended(self, job: Job, lane: LaneState, charge: float) -> None:
        used = time.monotonic() - job.begin
        lane.running -= 1
        lane.turn += max(used, LEAST_CHARGE) / self.weight(lane) - charge
        lane.runs += job.progress.runs
        lane.seconds += used
        lane.jobs += 1
        if used >= LEAST_CHARGE:
            lane.rate = job.progress.runs / used
        if lane.lane.measures:
            state = self.state_of[lane.lane.subject]
            state.features = max(state.features, job.progress.features)
            state.edges = max(state.edges, job.progress.edges)
        if not job.died:
            lane.failures = 0
        self.put_away(job, lane)

    def put_away(self, job: Job, lane: LaneState) -> None:
        state = self.state_of[lane.lane.subject]
        if job.died or files_in(job.folder / "artifacts"):
            self.queue[f"look {job.folder.name}"] = lambda: self.look(job, lane)
        elif job.inputs():
            state.pending.append(job.folder)
        else:
            discard(job.folder)

    # --- what is written --------------------------------------------------------------------------

    def sample(self) -> None:
        self.sampled = self.now
        self.disk = size_of(self.folder)
        for state in self.subjects:
            self.watch(state)
        self.history.add(
            "sample", t=round(self.now, 1), number=self.number, cells=dict(self.cells),
            lanes={lane.lane.name: save(lane) for lane in self.lanes},
            subjects={state.subject.name:
                      {**save(state), "corpus": len(state.corpus.files()),
                       "bytes": state.corpus.size(), "runs": self.runs_of(state),
                       "seconds": round(sum(lane.seconds for lane in state.lanes), 1)}
                      for state in self.subjects},
            counts={name: bug.count for name, bug in self.bugs.items()},
            buckets=len(self.buckets), fingerprints=len(self.bugs), disk=self.disk)
        self.publish()

    def runs_of(self, state: SubjectState) -> int:
        """With those of jobs that are not over."""
        return state.runs + sum(job.progress.runs for job, lane, _ in self.running
                                if lane.lane.subject == state.subject)

    def watch(self, state: SubjectState) -> None:
        samples = [record["subjects"].get(state.subject.name) for record in self.history.records
                   if record["event"] == "sample"]
        points = [(sample["seconds"], sample["features"]) for sample in samples if sample]
        plateau = on_plateau(points)
        if plateau != state.plateau:
            state.plateau = plateau
            self.history.add("plateau" if plateau else "growth", t=round(self.now, 1),
                             subject=state.subject.name)

    def status(self) -> dict:
        return {
            "schema_version": 1, "command": "fuzz", "state": self.state,
            "sentence": self.sentence, "exit_code": 1 if self.bugs else 0,
            "campaign": str(self.folder), "pid": os.getpid(), **{
                key: self.settings[key] for key in ("slots", "targets", "gil", "careless",
                                                    "engine")},
            "jobs": self.jobs, "seed": self.seed, "seconds": round(self.now, 1),
            "of_seconds": self.seconds, "disk_bytes": self.disk,
            "plateau": all(state.plateau for state in self.subjects),
            "lanes": [{"name": lane.lane.name, "preset": lane.lane.preset,
                       "judges": lane.lane.judges, **save(lane), "running": lane.running,
                       "weight": round(self.weight(lane), 2), "given_up": lane.given_up}
                      for lane in self.lanes],
            "subjects": [{"name": state.subject.name, "slot": state.subject.slot,
                          "target": state.subject.target, "runs": self.runs_of(state),
                          **save(state), "corpus": len(state.corpus.files()),
                          "bytes": state.corpus.size(), "plateau": state.plateau}
                         for state in self.subjects],
            "cells": self.cells,
            "bugs": [vars(bug) for bug in self.bugs.values()],
            "buckets": self.buckets, "not_again": self.not_again,
        }

    def publish(self) -> None:
        status = self.status()
        write(self.folder / "status.json", json.dumps(status, indent=2).encode() + b"\n")
        if self.state != "running" or self.now - self.drawn >= PAGE_SECONDS or not self.drawn:
            self.drawn = max(self.now, 0.1)
            write(self.folder / "dashboard.html",
                  dashboard.page(status, self.history.records).encode())

    def interrupt(self, state: str, sentence: str = "") -> None:
        """It ends before its time. The disk may be full, or the folder another campaign's."""
        self.state, self.sentence = state, sentence
        if self.history is None:
            return
        try:
            self.history.add("stop", t=round(self.now, 1), state=state, line=sentence)
            self.publish()
        except (OSError, Trouble):
            return

    def close(self) -> None:
        """Ends what runs. What it has found is for the next session."""
        for job, _, _ in self.running:
            job.stop()
        for job, _, _ in self.running:
            job.wait()
        for task in self.tasks.values():
            task.end()
        self.running, self.tasks, self.queue = [], {}, {}


@contextmanager
def no_room_is_trouble(folder: Path) -> Iterator[None]:
    """A full disk is a Trouble, with what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Trouble(f"{folder}: there is no room left on this disk; free some and run the "
                          "same command again, nothing is lost") from error
        if isinstance(error, FileNotFoundError) and not folder.exists():
            raise Trouble(f"{folder} is gone; the same command begins anew") from error
        raise


def clamped(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))
