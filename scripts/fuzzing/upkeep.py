"""What a campaign does between jobs: failures are told apart, corpora merged and mended."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from fuzzing import intake
from fuzzing.engine import Job, files_in
from fuzzing.lanes import FAILURES, Bug, LaneState, SubjectState
from fuzzing.store import digest, sound, write, write_all
from fuzzing.targets import WITHOUT_SLOT, Subject
from fuzzing.task import Command, Steps

LEAST_CHARGE = 1.0     # seconds: a job that fails at once does not get the next turn
KEPT_OF_A_BUG = 5      # inputs; further ones are only counted
MERGES_TO_MINIMISE = 8
FILES_IN_A_COMMAND = 200
LONGEST_JOB = 60.0


class Upkeep:
    """The part of a campaign that changes what it keeps."""

    def look(self, job: Job, lane: LaneState) -> Steps:
        """A job that ended with a failure: keeps its artifacts unless they are of a bug that is
        known well enough."""
        state = self.state_of[lane.lane.subject]
        if job.died:
            recovered = yield from intake.recover(job, lane.lane.subject, self.engine,
                                                  lane.lane.preset,
                                                  job.folder / "artifacts")
            lane.failures = 0 if recovered else lane.failures + 1
            if not recovered:
                end = ("; it is not run any more" if lane.given_up else "")
                self.trouble(f"{lane.lane.name}: a job ended with {job.code} and left no input "
                             f"that does it again{end}")
                self.complaint = job.complaint()
        for artifact, program in intake.pairs(job):
            failure = yield from intake.look(artifact, program, state.subject, self.engine,
                                             self.rules)
            self.take(artifact, failure, state)
        if job.inputs():
            state.pending.append(job.folder)
        else:
            discard(job.folder)

    def take(self, artifact: Path, failure: intake.Failure | None, state: SubjectState) -> None:
        # In a corpus it would end each job that begins with it.
        for folder in (state.corpus.bytes, *(folder / "new" for folder in state.pending)):
            (folder / artifact.name.rpartition("-")[2]).unlink(missing_ok=True)
        state.corpus.text_of(artifact.name.rpartition("-")[2]).unlink(missing_ok=True)
        if failure is None:
            self.not_again += 1
            self.trouble(f"{state.subject.name}: {artifact.name} does not fail when it is run "
                         f"again; set aside in {state.corpus.aside}")
            state.corpus.set_aside(artifact)
            return
        bug = self.bugs.setdefault(failure.bug, Bug(failure.bug, failure.line, failure.verdict,
                                                    state.subject.name, state.subject.slot))
        bug.count += 1
        kept = self.kept_folder(state)
        target = kept / (failure.program or artifact).name
        name = self.named(target)
        if target.exists() or (name not in bug.files and len(bug.files) >= KEPT_OF_A_BUG):
            return
        if name not in bug.files:
            if not bug.files:
                self.say(f"found  {state.subject.name}: {failure.line}")
            bug.files.append(name)
            # Before the file is there: a job that was not put away is looked at again.
            self.history.add("finding", t=round(self.now, 1), bug=bug.bug, line=bug.line,
                             verdict=bug.verdict, subject=bug.subject, slot=bug.slot, file=name)
        kept.mkdir(parents=True, exist_ok=True)
        if failure.log:
            write(kept / f"{artifact.name}.log", failure.log.encode())
        if failure.program not in (None, artifact):
            os.replace(artifact, kept / artifact.name)
        os.replace(failure.program or artifact, target)
        if state.subject.slot is not None and failure.program is not None:
            slot = state.subject.slot
            self.queue.setdefault(f"triage {slot}", lambda: self.triage(slot))

    def triage(self, slot: str) -> Steps:
        done = yield intake.triage_command(slot, self.rules, self.engine, self.report_folder(slot),
                                           self.programs_of(slot))
        if done.code not in (0, 1):
            self.trouble(f"scripts/triage of {slot}: {done.last_words}")
        self.read_report(slot)

    def programs_of(self, slot: str) -> list[Path]:
        files = [self.folder / file for bug in self.bugs.values() if bug.slot == slot
                 for file in bug.files if file.endswith(".slot")]
        return [file for file in files if file.exists()]

    def report_folder(self, slot: str) -> Path:
        return self.folder / "triage" / Path(Subject(slot, "x").name).parent

    def read_report(self, slot: str) -> None:
        try:
            report = json.loads((self.report_folder(slot) / "report.json").read_text())
            self.reports[slot] = {"buckets": report["buckets"]}
        except (OSError, ValueError, KeyError):
            self.reports.pop(slot, None)
        looked_at = {file for bucket in self.reports.get(slot, {"buckets": []})["buckets"]
                     for face in bucket["faces"] for file in face["files"]}
        if self.state == "starting" and {str(path) for path in self.programs_of(slot)} - looked_at:
            self.queue.setdefault(f"triage {slot}", lambda: self.triage(slot))

    def repair(self, state: SubjectState) -> Steps:
        """A corpus that something else has been at: what was lost is written again."""
        corpus = state.corpus
        for name in corpus.set_corrupt_aside():
            self.trouble(f"{corpus.bytes / name}: is damaged; set aside in {corpus.aside}")
        waiting = {path.name for folder in state.pending for path in files_in(folder / "new")}
        lost = [text for text in corpus.without_bytes() if text.stem not in waiting]
        if lost:
            what = (f"{corpus.bytes} is gone" if not corpus.bytes.exists()
                    else f"{corpus.bytes}: {len(lost)} inputs are gone")
            self.trouble(f"{what}; written again from {corpus.texts}")
            names = self.rewrite(state, lost)
            for text in lost:
                if text.stem not in names:
                    text.unlink(missing_ok=True)
        texts = yield from self.texts_of(state.subject, corpus.without_text())
        write_all({corpus.text_of(name): text for name, text in texts.items()})

    def rewrite(self, state: SubjectState, texts: list[Path]) -> set[str]:
        """What the texts say, as the inputs of a job that is to be merged. A program has more than
        one form as bytes: a text is called by the one that it has from now on. Gives the names."""
        if not texts:
            return set()
        self.number += 1
        folder = self.job_folder(state.lanes[0].lane, self.number)
        inputs, named = {}, {}
        for text in texts:
            content = self.encoded(state.subject, text)
            if content is None:
                self.trouble(f"{text}: cannot be read any more; set aside in {state.corpus.aside}")
                state.corpus.set_aside(text)
                continue
            name = digest(content)
            inputs[folder / "new" / name] = content
            named[state.corpus.text_of(name)] = text.read_bytes()
        write_all(inputs | named)
        state.pending.append(folder)
        return {path.name for path in inputs}

    def encoded(self, subject: Subject, text: Path) -> bytes | None:
        if subject.target in WITHOUT_SLOT:
            return text.read_bytes()
        # The rules are the campaign's; bytes have no place for them.
        plain = re.sub(r"^(gil off|careless)\n", "", text.read_text(encoding="utf-8"),
                       flags=re.MULTILINE)
        done = subprocess.run([*self.engine.slotproof(self.engine.explores), "encode", "-"],
                              input=plain.encode(), capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def texts_of(self, subject: Subject, inputs: list[Path]):
        """The inputs as text, by name."""
        if subject.target in WITHOUT_SLOT:
            return {path.name: path.read_bytes() for path in inputs}
        texts = {}
        folder = self.folder / "jobs" / f".texts-{subject.name.replace('/', '-')}"
        todo = list(inputs)
        while todo:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            batch = todo[:FILES_IN_A_COMMAND]
            yield Command([*self.engine.replayer(subject, self.engine.explores),
                           f"--text={folder}", *map(str, batch)])
            made = sorted(folder.glob("*.slot"))
            for path, text in zip(batch, made):
                texts[path.name] = text.read_bytes()
            # The last that was begun is the one that the process has died of, if it has.
            todo = todo[max(1, len(made)):]
        shutil.rmtree(folder, ignore_errors=True)
        return texts

    def merge(self, state: SubjectState) -> Steps:
        """The only way in which a corpus changes."""
        state.merged_at = self.now
        state.ended = self.ending
        yield from self.repair(state)
        pending = list(state.pending)
        minimal = state.merges % MERGES_TO_MINIMISE == MERGES_TO_MINIMISE - 1
        into = self.folder / "jobs" / f".merge-{state.subject.name.replace('/', '-')}"
        shutil.rmtree(into, ignore_errors=True)
        out, known = into / "out", into / "known"
        out.mkdir(parents=True)
        state.corpus.link_all(known if minimal else out)
        new: dict[str, bytes] = {}
        for folder in pending:
            new |= sound(files_in(folder / "new"))
        fresh = into / "new"
        fresh.mkdir()
        for name, content in new.items():
            (fresh / name).write_bytes(content)
        before = state.corpus.names()
        sources = [known, fresh] if minimal else [fresh]
        if new or minimal:
            done = yield Command(self.engine.merge(state.subject, out, sources, minimal))
            if done.code != 0:
                self.merge_failed(state, pending, done.last_words)
                return
        chosen = sound(files_in(out))
        added = [out / name for name in chosen if name not in before]
        texts = yield from self.texts_of(state.subject, added)
        state.corpus.add({path.name: chosen[path.name] for path in added}, texts)
        # Of inputs that were written again, what others cover by now.
        for name in new.keys() - chosen.keys() - before:
            state.corpus.text_of(name).unlink(missing_ok=True)
        dropped = state.corpus.keep_only(chosen) if minimal and chosen else 0
        state.merges += 1
        state.failed_merges = 0
        if added or dropped:
            self.history.add("merge", t=round(self.now, 1), subject=state.subject.name,
                             added=len(added), dropped=dropped, minimal=minimal)
        names = {path.name for path in added}
        for folder in pending:
            self.credit(folder, names)
            state.pending.remove(folder)
            discard(folder)
        shutil.rmtree(into, ignore_errors=True)
        slot = state.subject.slot
        if slot is not None and added and (self.ending or self.now - self.measured > LONGEST_JOB
                                           or slot not in self.cells):
            self.queue.setdefault(f"cells {slot}", lambda: self.measure(slot))

    def merge_failed(self, state: SubjectState, pending: list[Path], why: str) -> None:
        """Nothing has changed. What cannot be merged time after time is kept, but not here."""
        state.failed_merges += 1
        if state.failed_merges < FAILURES:
            self.trouble(f"{state.subject.name}: merging failed and is tried again: {why}")
            return
        state.failed_merges = 0
        aside = self.folder / "set-aside" / state.subject.name
        aside.mkdir(parents=True, exist_ok=True)
        for folder in pending:
            for path in files_in(folder / "new"):
                os.replace(path, aside / path.name)
            state.pending.remove(folder)
            discard(folder)
        self.trouble(f"{state.subject.name}: merging failed; the inputs are set aside in {aside}: "
                     f"{why}")

    def credit(self, folder: Path, added: set[str]) -> None:
        try:
            name = json.loads((folder / "job.json").read_text())["lane"]
        except (OSError, ValueError, KeyError):
            return
        lane = next((lane for lane in self.lanes if lane.lane.name == name), None)
        if lane is None or not lane.jobs:
            return
        mine = sum(path.name in added for path in files_in(folder / "new"))
        lane.yields = (lane.yields + mine / max(lane.seconds / lane.jobs, LEAST_CHARGE)) / 2

    def measure(self, slot: str) -> Steps:
        """Which calls of the slot its corpora make in which of its states."""
        self.measured = self.now
        folders = [str(state.corpus.texts) for state in self.subjects
                   if state.subject.slot == slot and state.corpus.text_names()]
        if not folders:
            return
        done = yield Command([*self.engine.slotproof(self.engine.explores), "coverage", "--json",
                              "--slot", slot, *self.rules.of_slotproof(), "--runs", "0",
                              *folders])
        try:
            document = json.loads(done.out)
            # A merge may drop what libFuzzer does not see; what was reached stays reached.
            before = self.cells.get(slot, {"hit": 0})["hit"]
            self.cells[slot] = {"hit": max(document["hit"], before),
                                "reachable": document["reachable"]}
        except (ValueError, KeyError):
            self.trouble(f"slotproof coverage of {slot}: {done.last_words}")


def discard(folder: Path) -> None:
    """In one step for whoever looks: a folder that is half gone is none."""
    hidden = folder.with_name(f".{folder.name}")
    shutil.rmtree(hidden, ignore_errors=True)
    try:
        os.replace(folder, hidden)
    except FileNotFoundError:
        return
    shutil.rmtree(hidden, ignore_errors=True)
