"""Progress for people: a picture that changes on a terminal, lines elsewhere."""

import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fuzzing.campaign import Campaign, SubjectState
from fuzzing.hunt import Hunt

STYLES = {"high": "bold red", "medium": "yellow", "low": "dim"}


class Display:
    """`picture` and `lines` give what is to be seen at the moment."""

    def __init__(self, console: Console, plain_seconds: float):
        self.console, self.plain_seconds = console, plain_seconds
        self.live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self.last = time.monotonic()

    def __enter__(self) -> "Display":
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def show(self, picture: Callable[[], RenderableType], lines: Callable[[], list[str]]) -> None:
        if self.live:
            self.live.update(picture())
        elif time.monotonic() - self.last >= self.plain_seconds:
            self.last = time.monotonic()
            for line in lines():
                self.console.print(line, highlight=False, soft_wrap=True)


# --- hunts ----------------------------------------------------------------------------------------

def hunt_lines(hunts: list[Hunt]) -> list[str]:
    return [f"{hunt.name}: {hunt.runs} runs, {hunt.runs_per_second:.0f} runs/s, "
            f"{hunt.features} features, corpus {hunt.corpus}, findings {len(hunt.artifacts())}"
            for hunt in hunts if hunt.running]


def hunt_table(hunts: list[Hunt]) -> Table:
    table = columns("target", "runs", "runs/s", "features", "corpus", "findings")
    for hunt in hunts:
        found = len(hunt.artifacts())
        table.add_row(hunt.name, f"{hunt.runs:,}", f"{hunt.runs_per_second:,.0f}",
                      f"{hunt.features:,}", f"{hunt.corpus:,}", str(found), hunt.state,
                      style="red" if found else None)
    return table


def columns(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in others:
        table.add_column(column, justify="right")
    table.add_column("")
    return table


# --- campaigns ------------------------------------------------------------------------------------

def duration(seconds: float) -> str:
    seconds = int(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds // 3600} h {seconds // 60 % 60:02} min"


def size(number: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


def activity(campaign: Campaign, state: SubjectState) -> str:
    parts = [f"{lane.running} x {lane.lane.preset}" for lane in state.lanes if lane.running]
    if f"merge {state.subject.name}" in campaign.tasks:
        parts.append("merging")
    parts += [f"{lane.lane.preset} given up" for lane in state.lanes if lane.given_up]
    if state.plateau:
        parts.append("plateau")
    return ", ".join(parts)


def campaign_head(campaign: Campaign) -> str:
    whole = f" of {duration(campaign.seconds)}" if campaign.seconds else ""
    cells = ", ".join(f"{cell['hit']} of {cell['reachable']} cells"
                      + (f" ({slot})" if len(campaign.cells) > 1 else "")
                      for slot, cell in campaign.cells.items())
    return (f"{duration(campaign.now)}{whole}, {size(campaign.disk)} on disk"
            f"{', ' + cells if cells else ''}")


def rate(state: SubjectState) -> str:
    """Runs a second of a worker, in the builds that explore and that judge."""
    return " / ".join(f"{lane.rate:,.0f}" for lane in state.lanes)


def campaign_table(campaign: Campaign) -> Table:
    table = columns("target", "runs", "runs/s fast / ASan", "features", "corpus", "size")
    for state in campaign.subjects:
        table.add_row(state.subject.name, f"{campaign.runs_of(state):,}", rate(state),
                      f"{state.features:,}", f"{len(state.corpus.files()):,}",
                      size(state.corpus.size()), activity(campaign, state))
    return table


def bucket_table(campaign: Campaign) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "inputs", "slot", "bug"):
        table.add_column(column, overflow="fold")
    for bucket in campaign.buckets:
        table.add_row(bucket["severity"], str(bucket["count"]), bucket["slot"] or "",
                      bucket["line"], style=STYLES.get(bucket["severity"]))
    return table


def campaign_picture(campaign: Campaign) -> Group:
    parts: list[RenderableType] = [Text(campaign_head(campaign), style="bold"),
                                   campaign_table(campaign)]
    if campaign.buckets:
        parts += [Text(""), bucket_table(campaign)]
    elif campaign.bugs:
        parts += [Text(""), Text(f"{len(campaign.bugs)} failures, not told apart yet")]
    working = [name for name in campaign.tasks if not name.startswith("merge ")]
    if working:
        parts.append(Text(", ".join(working), style="dim"))
    return Group(*parts)


def campaign_lines(campaign: Campaign) -> list[str]:
    lines = [f"{campaign_head(campaign)}, {len(campaign.buckets)} bugs"]
    for state in campaign.subjects:
        lines.append(f"  {state.subject.name}: {campaign.runs_of(state)} runs, {rate(state)} runs/s"
                     f" fast / ASan, {state.features} features, corpus "
                     f"{len(state.corpus.files())} ({size(state.corpus.size())})"
                     f"{', plateau' if state.plateau else ''}")
    return lines
