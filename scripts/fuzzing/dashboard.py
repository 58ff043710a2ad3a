"""The page of a campaign: what its history and status say, drawn; needs nothing else."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

import project

WIDTH, HEIGHT = 520, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 26
MOST_POINTS = 300
MOST_SUBJECTS = 6     # for a line each; of more, those of a target are added up
COLOURS = 8           # that the page has
TICKS = 5
RATE_PART = 6         # runs a second are those of a sixth of the time: few workers take turns
PAGE_SECONDS = 30     # after which an open page of a running campaign is loaded again

Points = list[tuple[float, float]]


@dataclass
class Series:
    name: str
    points: Points
    number: int = 0


def draw(title: str, unit: str, series: list[Series], until: float, sessions: list[float]) -> dict:
    """A line chart, in the units of its picture."""
    series = [one for one in series if one.points]
    top = max((value for one in series for _, value in one.points), default=0)
    step = round_step(top / TICKS)
    top = max(step * -(-top // step), step)
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    until = max(until, 1.0)

    def x(at: float) -> float:
        return round(LEFT + across * at / until, 1)

    def y(value: float) -> float:
        return round(TOP + down * (1 - value / top), 1)

    time_step = round_time(until / TICKS)
    return {
        "title": title, "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT,
        "top": TOP, "bottom": HEIGHT - BOTTOM,
        "sessions": [x(at) for at in sessions if at > 0],
        "ys": [{"y": y(step * tick), "text": short(step * tick)}
               for tick in range(round(top / step) + 1)],
        "xs": [{"x": x(time_step * tick), "text": clock(time_step * tick)}
               for tick in range(int(until / time_step) + 1)],
        "series": [{"name": one.name, "colour": one.number % COLOURS,
                    "last": short(one.points[-1][1]), "unit": unit,
                    "end": (x(one.points[-1][0]), y(one.points[-1][1])),
                    "path": "M" + "L".join(f"{x(at)} {y(value)}" for at, value
                                           in thinned(one.points))}
                   for one in series],
    }


def thinned(points: Points) -> Points:
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(step * number)] for number in range(MOST_POINTS)]


def round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20 ...: there are no halves of what is counted."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least:
                return step * factor
        step *= 10


def round_time(least: float) -> float:
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200)
    return next((step for step in steps if step >= least), 86400 * round_step(least / 86400))


def clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    if seconds < 3600:
        return f"{seconds / 60:g} min"
    return f"{seconds / 3600:g} h" if seconds < 172800 else f"{seconds / 86400:g} d"


def short(number: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= limit:
            return f"{number / (1e3 if unit == 'k' else limit):.3g}{unit}"
    return f"{number:,.0f}"


def rates(points: Points, window: float) -> Points:
    """Growth a second, over the window before each point."""
    found, first = [], 0
    for number, (at, value) in enumerate(points):
        while first + 1 < number and points[first + 1][0] <= at - window:
            first += 1
        before, old = points[first]
        if at > before:
            found.append((at, max(0.0, (value - old) / (at - before))))
    return found


def lines_of(samples: list[dict], key: str, names: list[tuple[str, list[str]]]) -> list[Series]:
    return [Series(name, [(sample["t"], sum(sample["subjects"].get(subject, {}).get(key, 0)
                                            for subject in subjects)) for sample in samples],
                   number)
            for number, (name, subjects) in enumerate(names)]


def names_of(status: dict) -> list[tuple[str, list[str]]]:
    """What has a line of its own, and the subjects that are in it."""
    subjects = status["subjects"]
    if len(subjects) <= MOST_SUBJECTS:
        return [(one["target"] if len(status["slots"]) < 2 else one["name"], [one["name"]])
                for one in subjects]
    return [(target, [one["name"] for one in subjects if one["target"] == target])
            for target in status["targets"]]


def plots(status: dict, records: list[dict]) -> list[dict]:
    samples = [record for record in records if record["event"] == "sample"]
    until = samples[-1]["t"] if samples else 0.0
    sessions = [record["t"] for record in records if record["event"] == "start"]
    names = names_of(status)
    runs = [Series(one.name, rates(one.points, until / RATE_PART), one.number)
            for one in lines_of(samples, "runs", names)]
    cells = [Series(slot, [(sample["t"], sample["cells"][slot]["hit"]) for sample in samples
                           if slot in sample["cells"]], number)
             for number, slot in enumerate(status["slots"])]
    bugs = [Series("bugs", [(sample["t"], sample["buckets"]) for sample in samples], 5)]
    kilobytes = [Series("all files", [(sample["t"], sample["disk"] / 1024) for sample in samples],
                        4)]
    return [draw("Runs a second", "runs/s", runs, until, sessions),
            draw("Features", "features", lines_of(samples, "features", names), until, sessions),
            draw("Cells: calls in states of a slot", "cells", cells, until, sessions),
            draw("Corpus", "inputs", lines_of(samples, "corpus", names), until, sessions),
            draw("Bugs", "bugs", bugs, until, sessions),
            draw("Size on disk, KiB", "KiB", kilobytes, until, sessions)]


def duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def page(status: dict, records: list[dict]) -> str:
    templates = Environment(loader=FileSystemLoader(project.ROOT / "scripts" / "templates"),
                            autoescape=True, trim_blocks=True, lstrip_blocks=True)
    templates.filters.update(short=short, duration=duration)
    events = [record for record in records
              if record["event"] in ("start", "stop", "trouble", "finding", "plateau", "growth")]
    return templates.get_template("campaign.html").render(
        status=status, plots=plots(status, records), events=events[-100:][::-1],
        again=PAGE_SECONDS if status["state"] == "running" else 0,
        name=Path(status["campaign"]).name)
