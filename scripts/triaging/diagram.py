"""A run as a space-time diagram: threads are columns, time runs down. Only geometry: the template
draws it, and escapes what is text."""

CHARACTER, ROW, LEFT, TOP = 7.3, 19, 14, 46
MIN_COLUMN, MAX_CHARACTERS, MAX_ROWS = 210, 60, 160
RELEASING = ("release", "acq_rel", "seq_cst")
ACQUIRING = ("consume", "acquire", "acq_rel", "seq_cst")


def short(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS - 1] + "…"


def turns_of(run: dict) -> list[tuple[int, int]]:
    """Where one thread takes a mutex after another gave it back: the two events."""
    given: dict[str, dict] = {}
    turns = []
    for event in run["events"]:
        what, _, mutex = event["text"].removeprefix("un").replace("lock shared", "lock").partition(
            " ")
        if what != "lock":
            continue
        if event["text"].startswith("un"):
            given[mutex] = event
        elif mutex in given and given[mutex]["thread"] != event["thread"]:
            turns.append((given[mutex]["event"], event["event"]))
    return turns


def rows_of(run: dict) -> list[dict]:
    """Operations, calls and events in the order in which they began."""
    fault = run["fault"]
    at_fault = set(fault["events"])
    root = any(event["event"] in at_fault and event["thread"] is None for event in run["events"])
    bad_call = fault["call"]
    if bad_call is not None and run["calls"][bad_call]["thread"] is None:
        root = True
    rows = []
    for operation in run["operations"]:
        rows.append({"at": (operation["begin"], 0), "thread": operation["thread"], "depth": 0,
                     "kind": "operation", "text": operation["text"],
                     "title": f"{operation['text']}: {operation['done']}"})
    for number, call in enumerate(run["calls"]):
        result = call["result"] if call["finished"] else "..."
        rows.append({"at": (call["begin"], 1), "thread": call["thread"], "depth": 1,
                     "kind": "call", "text": f"{call['call']} → {result}",
                     "title": f"call {number}: {call['call']} → {call['result']}",
                     "marked": number == bad_call})
    shown = {event.get("reads_from") for event in run["events"]}
    shown.update(event for turn in turns_of(run) for event in turn)
    for event in run["events"]:
        number = event["event"]
        if event["text"].startswith(("starts", "ends", "fork ", "join ")):
            continue
        told = "order" in event or number in at_fault or number in shown
        if not told and ".slot" not in event["text"]:
            continue
        title = f"event {number}: {event['text']}"
        if "order" in event:
            title += f"\nmemory order: {event['order']}"
        if event.get("stale"):
            title += f"\nnewer stores that it did not see: {event['stale']}"
        rows.append({"at": (number, 2), "thread": event["thread"], "depth": 2, "kind": "event",
                     "text": event["text"], "title": title, "event": number,
                     "marked": number in at_fault})
    rows = [row for row in rows if row["thread"] is not None or root]
    return sorted(rows, key=lambda row: row["at"])


def cut(rows: list[dict]) -> tuple[list[dict], int]:
    """Of a long run the beginning, the end and what is marked; and how many rows are left out."""
    if len(rows) <= MAX_ROWS:
        return rows, 0
    half = MAX_ROWS // 2
    kept = [row for number, row in enumerate(rows)
            if number < half or number >= len(rows) - half or row.get("marked")]
    return kept, len(rows) - len(kept)


def arrow(store: dict, load: dict, kind: str, title: str) -> dict:
    """From a store to the load that read it, along a curve that keeps clear of the text."""
    x1, y1, x2, y2 = store["x"] - 7, store["y"] - 4, load["x"] - 7, load["y"] - 4
    bend = max(26, abs(x2 - x1) / 2.4)
    if x1 < x2:
        x1 = store["right"] + 4
    else:
        x2 = load["right"] + 4
        bend = -bend
    path = (f"M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} "
            f"{x2:.0f} {y2:.0f}")
    return {"path": path, "kind": kind, "title": title}


def arrows_of(run: dict, by_event: dict[int, dict]) -> list[dict]:
    arrows = []
    weak = {weak["load"]: weak for weak in run["fault"].get("weak_handovers", [])}
    orders = {event["event"]: event.get("order", "") for event in run["events"]}
    for event in run["events"]:
        source, number = event.get("reads_from"), event["event"]
        if source not in by_event or number not in by_event:
            continue
        store, load = by_event[source], by_event[number]
        if store["thread"] == load["thread"]:
            continue
        if number in weak:
            lacks = [word for word, there in (("the store does not release",
                                               weak[number]["releases"]),
                                              ("the load does not acquire",
                                               weak[number]["acquires"])) if not there]
            kind, title = "weak", f"reads from, without order: {' and '.join(lacks)}"
        elif orders.get(source) in RELEASING and orders[number] in ACQUIRING:
            kind, title = "sync", "reads from, and so happens before"
        else:
            kind, title = "reads", "reads from"
        arrows.append(arrow(store, load, kind, title))
    for given, taken in turns_of(run):
        if given in by_event and taken in by_event:
            arrows.append(arrow(by_event[given], by_event[taken], "sync",
                                "takes what the other gave back, and so happens before"))
    events = [e for e in run["fault"]["events"] if e in by_event]
    if len(events) == 2 and run["verdict"] == "data-race":
        first, second = (by_event[e] for e in events)
        if first["thread"] != second["thread"]:
            arrows.append(arrow(first, second, "race", "conflict, and nothing orders them"))
    return arrows


def draw(run: dict) -> dict:
    rows, left_out = cut(rows_of(run))
    threads = sorted({row["thread"] for row in rows}, key=lambda t: -1 if t is None else t)
    columns, x = {}, LEFT
    for thread in threads:
        longest = max(len(short(row["text"])) + 2 * row["depth"]
                      for row in rows if row["thread"] == thread)
        width = max(MIN_COLUMN, longest * CHARACTER + 60)
        name = "root" if thread is None else f"thread {thread}"
        columns[thread] = {"x": x, "width": width, "name": name}
        x += width
    by_event = {}
    for number, row in enumerate(rows):
        row["x"] = columns[row["thread"]]["x"] + 14 + row["depth"] * 2 * CHARACTER
        row["y"] = TOP + number * ROW + 12
        row["text"] = short(row["text"])
        row["right"] = row["x"] + len(row["text"]) * CHARACTER
        if "event" in row:
            by_event[row["event"]] = row
    return {"width": round(x + LEFT), "height": TOP + len(rows) * ROW + 10, "rows": rows,
            "columns": list(columns.values()), "arrows": arrows_of(run, by_event),
            "left_out": left_out}
