"""What the lanes came to: figures, a table, a plot."""

import math
import statistics
from dataclasses import dataclass
from pathlib import Path

import project
from mutating.lanes import Lane, Limits, Sample

NEVER = math.inf


@dataclass(frozen=True)
class Figures:
    """Of one slot in one lane. An attempt that did not convict counts as infinite."""

    convicted: int
    attempts: int
    runs: tuple[float, float]       # median and worst; of those who are not known, NaN
    seconds: tuple[float, float]
    verdicts: list[str]
    limit: float                    # of seconds

    @staticmethod
    def of(samples: list[Sample]) -> "Figures":
        runs = [NEVER if s.verdict is None else math.nan if s.runs is None else s.runs
                for s in samples]
        seconds = [NEVER if s.verdict is None else s.seconds for s in samples]
        return Figures(sum(s.verdict is not None for s in samples), len(samples),
                       median_and_worst(runs), median_and_worst(seconds),
                       sorted({s.verdict for s in samples if s.verdict}),
                       max(s.limit for s in samples))

    def as_json(self) -> dict:
        def pair(values: tuple[float, float]) -> dict:
            return {name: value if math.isfinite(value) else None
                    for name, value in zip(("median", "worst"), values)}
        return {"convicted": self.convicted, "attempts": self.attempts,
                "runs": pair(self.runs), "seconds": pair(self.seconds),
                "limit_seconds": self.limit, "verdicts": self.verdicts}


def median_and_worst(values: list[float]) -> tuple[float, float]:
    if any(math.isnan(value) for value in values):
        return math.nan, math.nan
    return statistics.median(values), max(values)


def count(value: float) -> str:
    if math.isnan(value):
        return "?"
    return "-" if math.isinf(value) else f"{value:,.0f}"


def duration(value: float) -> str:
    return "-" if math.isinf(value) else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def cell(figures: Figures | None) -> str:
    """Runs, median and worst, then seconds; or how many attempts convicted, if not all."""
    if figures is None:
        return ""
    text = f"{count(figures.runs[0])} / {count(figures.runs[1])}, {duration(figures.seconds[0])} s"
    if figures.convicted == 0:
        return "-"
    if figures.convicted < figures.attempts:
        text += f" ({figures.convicted} of {figures.attempts})"
    return text


class Report:
    """All figures, by slot and lane."""

    def __init__(self, slots: list[str], lanes: list[type[Lane]], samples: list[Sample],
                 limits: Limits):
        self.slots, self.lanes, self.limits = slots, lanes, limits
        grouped: dict[tuple[str, str], list[Sample]] = {}
        for sample in samples:
            grouped.setdefault((sample.slot, sample.lane), []).append(sample)
        self.figures = {key: Figures.of(group) for key, group in grouped.items()}

    def of(self, slot: str, lane: type[Lane]) -> Figures | None:
        return self.figures.get((slot, lane.name))

    def as_json(self) -> dict:
        return {
            "schema_version": 1, "command": "mutants",
            "limits": {"runs": self.limits.runs, "seconds": self.limits.seconds},
            "lanes": [{"name": lane.name, "about": lane.about, "preset": lane.preset}
                      for lane in self.lanes],
            "slots": [{"slot": slot, "lanes": {
                lane.name: figures.as_json() for lane in self.lanes
                if (figures := self.of(slot, lane))}} for slot in self.slots],
        }

    def rows(self) -> list[list[str]]:
        return [[slot.removeprefix(project.MUTANT), *(cell(self.of(slot, lane))
                                                     for lane in self.lanes)]
                for slot in self.slots]

    def totals(self) -> list[str]:
        """How many slots each lane convicted from at least half of the seeds."""
        line = ["convicted"]
        for lane in self.lanes:
            figures = [f for slot in self.slots if (f := self.of(slot, lane))]
            line.append(f"{sum(2 * f.convicted > f.attempts for f in figures)} of {len(figures)}")
        return line

    def markdown(self) -> str:
        head = ["mutant", *(lane.name for lane in self.lanes)]
        rows = [head, ["---"] * len(head), *self.rows(), self.totals()]
        return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def plot(report: Report, file: Path) -> None:
    """One row for each slot, one mark for each lane, on logarithmic scales."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        project.die("python3-matplotlib is missing; scripts/setup --with mutants installs it")
    matplotlib.use("svg")
    # The same figures make the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "slotproof", "svg.fonttype": "none",
                                "font.size": 8})
    from matplotlib import pyplot

    slots = sorted(report.slots, key=lambda slot: hardness(report, slot))
    figure, axes = pyplot.subplots(1, 2, sharey=True, layout="constrained",
                                   figsize=(11, 1.5 + 0.17 * len(slots)))
    for axis, what in zip(axes, ("runs", "seconds")):
        draw(axis, report, slots, what)
    axes[0].set_yticks(range(len(slots)), [s.removeprefix(project.MUTANT) for s in slots])
    axes[0].set_ylim(-0.7, len(slots) - 0.3)
    # Above the axes; Debian 12's version cannot place it there by itself.
    height = figure.get_size_inches()[1]
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.3 / height))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center",
                  ncols=len(report.lanes), frameon=False)
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def hardness(report: Report, slot: str) -> float:
    known = [figures.runs[0] for lane in report.lanes if lane.name != "exhaustive"
             and (figures := report.of(slot, lane)) and not math.isnan(figures.runs[0])]
    return min(known, default=NEVER)


MARKS = "osD^vPX"


def draw(axis, report: Report, slots: list[str], what: str) -> None:
    most = max((value for figures in report.figures.values()
                for value in getattr(figures, what) if math.isfinite(value)), default=1)
    never = 4 * max(most, 1)    # where those stand that were not convicted
    least = 1 if what == "runs" else 0.01
    for number, lane in enumerate(report.lanes):
        colour, mark = f"C{number}", MARKS[number % len(MARKS)]
        shift = 0.5 * (number / max(1, len(report.lanes) - 1) - 0.5)
        found, lost = ([], []), ([], [])
        for row, slot in enumerate(slots):
            figures = report.of(slot, lane)
            if figures is None or math.isnan(getattr(figures, what)[0]):
                continue
            middle, worst = getattr(figures, what)
            end = never if math.isinf(worst) else max(worst, least)
            points = lost if math.isinf(middle) else found
            points[0].append(never if math.isinf(middle) else max(middle, least))
            points[1].append(row + shift)
            axis.plot([points[0][-1], end], [row + shift] * 2, color=colour, linewidth=0.6)
        axis.scatter(*found, s=11, color=colour, marker=mark, label=lane.name)
        axis.scatter(*lost, s=11, edgecolors=colour, facecolors="none", marker=mark)
    axis.set_xscale("log")
    axis.axvline(never / 2, color="0.6", linewidth=0.6, linestyle=":")
    axis.text(never, -0.9, "not convicted", ha="center", va="top", color="0.4", fontsize=6)
    axis.grid(axis="x", color="0.9", linewidth=0.5)
    axis.set_title(f"{'runs' if what == 'runs' else 'seconds of processor time'} to conviction: "
                   "median, and line to the worst", fontsize=8)
