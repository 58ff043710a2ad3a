"""Who gets the workers' time, and how it is going: the state of a campaign's lanes and subjects."""

from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.engine import Lane
from fuzzing.store import Corpus
from fuzzing.targets import Subject

BEST_WEIGHT = 4.0      # of the lane that yields most; one that yields nothing has 1
FAILURES = 3           # in a row, after which a lane is given up
QUIET_SECONDS, QUIET_PART, QUIET_GROWTH = 300.0, 0.25, 1.01


@dataclass
class LaneState:
    """How a lane has done. `yields`: inputs for the corpus a second, of late."""

    lane: Lane
    runs: int = 0
    seconds: float = 0.0
    jobs: int = 0
    yields: float = 0.0
    turn: float = 0.0     # the time that it has had, by its weight; the least is next
    running: int = 0
    failures: int = 0
    rate: float = 0.0     # runs a second of its last job

    SAVED = ("runs", "seconds", "jobs", "yields", "turn", "rate")

    @property
    def given_up(self) -> bool:
        return self.failures >= FAILURES


@dataclass
class SubjectState:
    subject: Subject
    corpus: Corpus
    lanes: list[LaneState]
    features: int = 0
    edges: int = 0
    merges: int = 0
    merged_at: float = 0.0
    failed_merges: int = 0
    pending: list[Path] = field(default_factory=list)    # folders of jobs that are to be merged
    plateau: bool = False
    ended: bool = False    # merged for the last time in this session

    SAVED = ("features", "edges", "merges")

    @property
    def runs(self) -> int:
        return sum(lane.runs for lane in self.lanes)


@dataclass
class Bug:
    """Failures with one fingerprint. What is in `files` is in the folder's artifacts/."""

    bug: str
    line: str
    verdict: str
    subject: str
    slot: str | None
    files: list[str] = field(default_factory=list)
    count: int = 0


def weight(yields: float, best: float) -> float:
    return 1 + (BEST_WEIGHT - 1) * yields / best if best > 0 else 1.0


def next_lane(lanes: list[LaneState]) -> LaneState | None:
    """Who has had the least of what it is due; the first of them."""
    return min((lane for lane in lanes if not lane.given_up), key=lambda lane: lane.turn,
               default=None)


def on_plateau(points: list[tuple[float, int]]) -> bool:
    """Whether the last quarter of the work on a subject, five minutes at least, has brought next to
    nothing; points are seconds that it had of workers, and features, in order."""
    if not points:
        return False
    now, features = points[-1]
    since = now - max(QUIET_SECONDS, now * QUIET_PART)
    before = [value for at, value in points if at <= since]
    return bool(before) and features <= before[-1] * QUIET_GROWTH


def save(state: LaneState | SubjectState) -> dict:
    return {key: round(value, 3) if isinstance(value, float) else value
            for key in state.SAVED for value in (getattr(state, key),)}


def load(state: LaneState | SubjectState, saved: dict) -> None:
    for key in state.SAVED:
        if key in saved:
            setattr(state, key, saved[key])
