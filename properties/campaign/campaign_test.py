#!/usr/bin/python3
"""A campaign of scripts/fuzz goes through what befalls those that run for weeks, with a stand-in
for the engine (stand_in.py): what is tried here is the runner. real_test.py has real engines.

    campaign_test.py [TEST...]
    campaign_test.py --run FOLDER [CRASH]    (one campaign, for the tests to kill)
"""

import errno
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
# pylint: disable=wrong-import-position
from fuzzing import campaign as campaigns
from fuzzing import dashboard, lanes, store, upkeep
from fuzzing.engine import Job, Lane, LibFuzzer
from fuzzing.targets import Rules, Subject, subjects_of

STAND_IN = str(pathlib.Path(__file__).resolve().parent / "stand_in.py")
INTERPRETER = ["/usr/bin/python3", "-S", "-I", STAND_IN]
SLOT, TARGET = "native", "concurrent"
KILLS = 10
OVER = 1e-3        # seconds that a campaign may run in all: it is at its end
PATIENCE = 60.0    # seconds, for a job on a machine that has other things to do
# What a killed process wrote is there, on a disk or not; a busy disk takes minutes over this test.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class StandIn(LibFuzzer):
    """The engine."""

    def __init__(self, crash: str = ""):
        super().__init__(Rules())
        self.crash = crash

    def plan(self, lane: Lane, folder: pathlib.Path, seconds: float, seed: int) -> Job:
        return Job(folder, [*INTERPRETER, "fuzz", str(folder), str(seed),
                            *([self.crash] if self.crash else [])], PATIENCE)

    def merge(self, subject, into, sources, minimal):
        return [*INTERPRETER, "merge", str(into), *map(str, sources)]

    def seeds(self, subject):
        return pathlib.Path("/nonexistent")

    def replayer(self, subject, preset):
        return [*INTERPRETER, "replay"]

    def slotproof(self, preset):
        return [*INTERPRETER]


class Quick(campaigns.Campaign):
    """A campaign that leaves the triage out: the stand-in's failures are no programs."""

    def triage(self, slot):
        return
        yield


def make(folder, crash="", names=(TARGET,), version=2, said=None):
    said = [] if said is None else said
    campaign = Quick(pathlib.Path(folder), subjects_of([SLOT], list(names)), StandIn(crash),
                     Rules(), 2, None, 1, version, said.append)
    campaign.merge_seconds = campaign.sample_seconds = 0.2
    return campaign


def go(campaign, jobs=0):
    """So many jobs, and what there is to do then. How fast the machine is does not matter."""
    if not jobs:
        campaign.seconds = OVER
    try:
        for _ in campaign.run():
            if sum(lane.jobs for lane in campaign.lanes) >= jobs:
                campaign.seconds = OVER
            time.sleep(0.01)
    finally:
        campaign.close()


def features(folder):
    """What the corpus of a campaign covers, jobs that are not merged yet included."""
    places = [*folder.glob(f"corpus/{SLOT}/{TARGET}"), *folder.glob("jobs/[0-9]*/new")]
    return {path.read_bytes()[:-1] for place in places for path in place.iterdir()
            if not path.name.startswith(".")}


def reported(folder):
    return {record["file"] for record in store.read_history(folder / "history.jsonl")
            if record["event"] == "finding"}


def lost(folder, covered, artifacts):
    """What was there before and is not any more."""
    gone = [str(feature) for feature in covered - features(folder)]
    return gone + [file for file in artifacts if not (folder / file).exists()]


class Folders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "kept")


class Killed(Folders):
    def start(self, crash):
        """Gives it when it has begun to work."""
        sessions = self.sessions()
        child = subprocess.Popen([sys.executable, __file__, "--run", str(self.folder), crash],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while self.sessions() == sessions and child.poll() is None:
            time.sleep(0.01)
        return child

    def jobs(self):
        return max((int(path.name) for path in self.folder.glob("jobs/[0-9]*")), default=0)

    def sessions(self):
        history = self.folder / "history.jsonl"
        return history.read_bytes().count(b'"event":"start"') if history.exists() else 0

    def test_ten_times_at_any_moment_loses_nothing(self):
        draw = random.Random(7)
        covered, artifacts = set(), set()
        for number in range(KILLS):
            child = self.start("crash")
            # Some jobs later, on whatever machine, and then at any moment.
            last = self.jobs() + draw.randrange(6)
            while self.jobs() < last:
                time.sleep(0.01)
            time.sleep(draw.uniform(0.0, 0.3))
            child.kill()
            said = child.communicate()[1]
            self.assertEqual(child.returncode, -signal.SIGKILL, said)
            if number:
                # A failure is reported before it is moved: it may still be where its job put it.
                jobs = {path.name for path in self.folder.glob("jobs/*/artifacts/*")}
                self.assertEqual([file for file in artifacts if not (self.folder / file).exists()
                                  and os.path.basename(file) not in jobs], [])
            self.assertLessEqual(covered, features(self.folder))
            covered, artifacts = features(self.folder), reported(self.folder)
        self.assertGreater(len(covered), 10, "it got somewhere all the same")
        self.assertTrue(artifacts)
        go(make(self.folder, crash="crash"))
        self.assertEqual(lost(self.folder, covered, artifacts), [])
        numbers = [record["seq"] for record in
                   store.read_history(self.folder / "history.jsonl")]
        self.assertEqual(numbers, sorted(set(numbers)))
        # The check sees a loss.
        (self.folder / sorted(artifacts)[0]).unlink()
        shutil.rmtree(self.folder / "corpus")
        self.assertEqual(len(lost(self.folder, covered, artifacts)), len(covered) + 1)

    def test_the_workers_go_with_it(self):
        child = self.start("")
        time.sleep(0.3)
        child.kill()
        child.communicate()
        time.sleep(0.1)
        left = subprocess.run(["pgrep", "-f", f"stand_in.py fuzz {self.folder}"],
                              capture_output=True, text=True, check=False).stdout
        self.assertEqual(left, "")

    def test_told_to_end_it_says_how_to_go_on(self):
        child = self.start("")
        time.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        self.assertIn(b"interrupted", child.communicate()[1])
        status = json.loads((self.folder / "status.json").read_text())
        self.assertEqual(status["state"], "interrupted")


class Damaged(Folders):
    """Each time, a campaign is damaged and resumed, mostly when its time is over: then all that is
    left to do is what keeps the folder in order."""

    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory(dir=MEMORY)
        cls.addClassCleanup(cls.made.cleanup)
        go(make(pathlib.Path(cls.made.name, "kept")), jobs=4)

    def setUp(self):
        super().setUp()
        self.said = []
        shutil.copytree(pathlib.Path(self.made.name, "kept"), self.folder)
        self.covered = features(self.folder)
        self.corpus = self.folder / "corpus" / SLOT / TARGET
        self.assertGreater(len(self.covered), 10)

    def resume(self, jobs=0, **more):
        go(make(self.folder, said=self.said, **more), jobs)
        self.assertEqual(lost(self.folder, self.covered, []), [])

    def test_the_corpus_folder_is_gone(self):
        shutil.rmtree(self.folder / "corpus")
        self.resume()
        self.assertIn(f"{self.corpus} is gone; written again from {self.folder}/text/"
                      f"{SLOT}/{TARGET}", self.said)

    def test_the_corpus_folder_goes_while_it_runs(self):
        campaign = make(self.folder, said=self.said)
        runs = campaign.run()
        while not campaign.running:
            next(runs)
            time.sleep(0.01)
        shutil.rmtree(self.folder / "corpus")
        campaign.seconds = OVER
        for _ in runs:
            time.sleep(0.01)
        campaign.close()
        self.assertEqual(lost(self.folder, self.covered, []), [])
        self.assertIn("is gone; written again from", "".join(self.said))

    def test_the_texts_are_gone(self):
        shutil.rmtree(self.folder / "text")
        self.resume()
        texts = {path.stem for path in (self.folder / "text" / SLOT / TARGET).iterdir()}
        self.assertEqual(texts, {path.name for path in self.corpus.iterdir()})

    def test_a_corpus_file_is_corrupt(self):
        first, second, *_ = sorted(self.corpus.iterdir())
        first.write_bytes(b"")
        second.write_bytes(b"\xff\x00 what")
        self.resume()
        for path in (first, second):
            self.assertIn(f"{path}: is damaged; set aside in {self.folder}/set-aside/{SLOT}/"
                          f"{TARGET}", self.said)
            self.assertTrue((self.folder / "set-aside" / SLOT / TARGET / path.name).exists())

    def test_the_history_is_torn(self):
        history = self.folder / "history.jsonl"
        whole = list(store.read_history(history))
        with history.open("ab") as file:
            file.write(b'{"seq":99999,"event":"sam')
        self.resume()
        after = list(store.read_history(history))
        self.assertEqual(after[:len(whole)], whole)
        self.assertGreater(len(after), len(whole))
        self.assertEqual([record["seq"] for record in after], list(range(len(after))))

    def test_the_settings_are_no_json(self):
        (self.folder / "campaign.json").write_text("{")
        with self.assertRaisesRegex(store.Trouble, "campaign.json: cannot be read"):
            self.resume()

    def test_other_options_are_another_campaign(self):
        with self.assertRaisesRegex(store.Trouble, "this campaign is of targets concurrent, not "
                                    "lifecycle; name another folder"):
            go(make(self.folder, names=("lifecycle",)))

    def test_a_folder_with_other_things_is_left_alone(self):
        other = self.folder.parent / "other"
        other.mkdir()
        (other / "letter.txt").write_text("Dear")
        with self.assertRaisesRegex(store.Trouble, "is not empty .there is letter.txt."):
            go(make(other))
        self.assertEqual([path.name for path in other.iterdir()], ["letter.txt"])

    def test_two_on_one_folder(self):
        first = make(self.folder)
        runs = first.run()
        next(runs)
        before = (self.folder / "history.jsonl").read_bytes()
        patience, store.PATIENCE_SECONDS = store.PATIENCE_SECONDS, 0.1
        self.addCleanup(setattr, store, "PATIENCE_SECONDS", patience)
        with self.assertRaisesRegex(store.Trouble, "a campaign is running there .process "
                                    f"{os.getpid()}.; wait"):
            go(make(self.folder))
        self.assertEqual((self.folder / "history.jsonl").read_bytes(), before)
        first.close()
        runs.close()
        first.lock.file.close()
        self.resume()

    def test_the_clock_jumps(self):
        """Of the day, by years and back: nobody looks. What counts is a clock of our own."""
        real = time.time
        jumps = iter([0, 1e9, -1e9, 5, -3600] * 10000)
        time.time = lambda: real() + next(jumps)
        self.addCleanup(setattr, time, "time", real)
        begin = time.monotonic()
        self.resume(jobs=8)
        times = [record["t"] for record in store.read_history(self.folder / "history.jsonl")]
        self.assertEqual(times, sorted(times))
        self.assertLess(times[-1], time.monotonic() - begin + PATIENCE)

    def test_a_version_of_the_bytes_that_is_no_more(self):
        """The corpora turn over, byte by byte; the texts stay what they are."""
        os.environ["STAND_IN_TURNED"] = "1"
        self.addCleanup(os.environ.pop, "STAND_IN_TURNED")
        texts = {path.read_text() for path in (self.folder / "text" / SLOT / TARGET).iterdir()}
        go(make(self.folder, version=3, said=self.said))
        rewritten = {bytes(255 - byte for byte in path.read_bytes())
                     for path in self.corpus.iterdir()}
        self.assertEqual({f"number {content.decode()}\n" for content in rewritten}, texts)
        self.assertEqual({path.stem for path in (self.folder / "text" / SLOT / TARGET).iterdir()},
                         {path.name for path in self.corpus.iterdir()})
        self.assertTrue((self.folder / "set-aside" / "bytes-2" / "corpus" / SLOT / TARGET).is_dir())
        go(make(self.folder, version=3, said=self.said))
        self.assertEqual(self.said, ["the corpora were of version 2 of the bytes, and are written "
                                     "again in version 3, from their texts"])
        self.assertEqual(json.loads((self.folder / "campaign.json").read_text())["bytes_version"],
                         3)


class FullDisk(Folders):
    def fill(self, disk):
        """Takes what room there is; gives what frees it again. Where no disk of a fitting size can
        be mounted, the system calls say that there is none."""
        if not self.mounted:
            real = os.fsync
            os.fsync = lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "no room"))
            return lambda: setattr(os, "fsync", real)
        filler = disk / "filler"
        with self.assertRaises(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        return filler.unlink

    def test_there_is_no_room(self):
        disk = self.folder.parent / "disk"
        disk.mkdir()
        self.mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)],
            capture_output=True, check=False).returncode == 0
        if self.mounted:
            self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        folder = disk / "kept"
        go(make(folder), jobs=4)
        covered = features(folder)
        free = self.fill(disk)
        try:
            with self.assertRaisesRegex(store.Trouble, "no room left on this disk; free some and "
                                        "run the same command again"):
                go(make(folder), jobs=1000)
        finally:
            free()
        self.assertEqual(lost(folder, covered, []), [])
        go(make(folder))
        self.assertEqual(lost(folder, covered, []), [])

    def test_a_file_cannot_grow(self):
        """The history is at its limit: what is torn there is not what was there."""
        go(make(self.folder), jobs=4)
        covered, history = features(self.folder), self.folder / "history.jsonl"
        whole = list(store.read_history(history))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (history.stat().st_size + 100, before[1]))
        try:
            with self.assertRaisesRegex(store.Trouble, "no room left"):
                go(make(self.folder), jobs=1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        go(make(self.folder))
        self.assertEqual(lost(self.folder, covered, []), [])
        self.assertEqual(list(store.read_history(history))[:len(whole)], whole)


class Findings(Folders):
    def test_a_bug_does_not_flood(self):
        said = []
        campaign = make(self.folder, crash="crash", said=said)
        go(campaign, jobs=20)
        self.assertEqual(set(campaign.bugs), {"even", "odd"})
        for bug in campaign.bugs.values():
            self.assertLessEqual(len(bug.files), upkeep.KEPT_OF_A_BUG)
            self.assertGreaterEqual(bug.count, len(bug.files))
        self.assertEqual(sum(line.startswith("found") for line in said), 2, said)
        kept = list((self.folder / "artifacts" / SLOT / TARGET).iterdir())
        self.assertLessEqual(len(kept), 4 * upkeep.KEPT_OF_A_BUG)

    def test_a_worker_that_dies_unheard_leaves_its_input(self):
        campaign = make(self.folder, crash="kill")
        go(campaign, jobs=2)
        files = [file for bug in campaign.bugs.values() for file in bug.files]
        self.assertTrue(files)
        for file in files:
            self.assertTrue((self.folder / file).read_text().strip().endswith("7"))

    def test_what_ends_without_a_cause_is_given_up(self):
        said = []
        engine = StandIn("no such way")
        engine.plan = lambda lane, folder, seconds, seed: Job(folder, ["false"], seconds)
        campaign = make(self.folder, said=said)
        campaign.engine = engine
        with self.assertRaisesRegex(store.Trouble, "no target can be run: false ended with 1"):
            go(campaign, jobs=1000)
        self.assertIn("it is not run any more", "".join(said))


class Arithmetic(unittest.TestCase):
    def lanes(self, *yields):
        found = [lanes.LaneState(Lane(Subject(SLOT, str(n)), "fuzz-fast"), yields=value)
                 for n, value in enumerate(yields)]
        return found

    def turns(self, which, number):
        best = max(lane.yields for lane in which)
        order = []
        for _ in range(number):
            lane = lanes.next_lane(which)
            lane.turn += 1 / lanes.weight(lane.yields, best)
            order.append(which.index(lane))
        return order

    def test_workers_go_where_the_yield_is_and_nobody_starves(self):
        order = self.turns(self.lanes(0.0, 1.0, 3.0), 700)
        shares = [order.count(n) for n in range(3)]
        self.assertEqual(shares, [100, 200, 400])
        self.assertEqual(self.turns(self.lanes(0, 0, 0), 6), [0, 1, 2, 0, 1, 2])

    def test_the_order_follows_from_the_results(self):
        self.assertEqual(self.turns(self.lanes(0.2, 1.7, 0.9), 50),
                         self.turns(self.lanes(0.2, 1.7, 0.9), 50))

    def test_a_plateau(self):
        growing = [(float(t), 10 * t) for t in range(0, 2000, 10)]
        self.assertFalse(lanes.on_plateau(growing))
        flat = growing + [(float(t), 19990) for t in range(2000, 3000, 10)]
        self.assertTrue(lanes.on_plateau(flat))
        self.assertFalse(lanes.on_plateau(flat + [(3000.0, 30000)]), "it grows again")
        self.assertFalse(lanes.on_plateau([(float(t), 7) for t in range(60)]), "too early")

    def test_the_page_is_drawn_from_what_there_is(self):
        self.assertEqual(dashboard.rates([(0, 0), (10, 100), (20, 100)], 10), [(10, 10), (20, 0)])
        plot = dashboard.draw("x", "y", [dashboard.Series("a", [(0, 0), (100, 50)])], 100, [50])
        self.assertEqual(plot["series"][0]["path"].count("L"), 1)
        self.assertEqual(len(dashboard.thinned([(t, t) for t in range(5000)])), 300)


class Interrupted(unittest.TestCase):
    def test_a_script_ends_by_the_signal_and_says_nothing(self):
        program = "import project, signal; signal.raise_signal(signal.SIGINT)"
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT / "scripts",
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGINT, ""))

    def test_a_mistake_still_has_its_trace(self):
        done = subprocess.run([sys.executable, "-c", "import project; project.nothing"],
                              cwd=ROOT / "scripts", capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("AttributeError", done.stderr)


def run_one(folder, crash=""):
    """For the tests to kill."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    campaign = make(folder, crash=crash)
    try:
        go(campaign, jobs=1000)
    except KeyboardInterrupt:
        campaign.interrupt("interrupted")
        print("interrupted", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run_one(*sys.argv[2:])
    else:
        unittest.main()
