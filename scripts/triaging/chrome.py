"""A run in the trace-event format of Chrome and Perfetto. Its clock counts events, one microsecond
each: a run on simulated threads takes no time."""

PROCESS = 1
ROOT = 0    # program thread t is thread t + 1


def thread_of(one: dict) -> int:
    return ROOT if one["thread"] is None else one["thread"] + 1


def slice_of(one: dict, name: str, category: str, last: int) -> dict:
    """What lasts: an operation, or a call. One that did not end lasts as long as the run."""
    end = one["end"] if one["end"] is not None else last
    return {"name": name, "cat": category, "ph": "X", "pid": PROCESS, "tid": thread_of(one),
            "ts": one["begin"], "dur": max(end - one["begin"], 0.5)}


def document(run: dict) -> dict:
    by_number = {event["event"]: event for event in run["events"]}
    last = max(by_number, default=0) + 1
    at_fault = set(run["fault"]["events"])
    threads = sorted({thread_of(one) for one in (*run["operations"], *run["calls"],
                                                 *run["events"])})
    trace = [{"name": "thread_name", "ph": "M", "pid": PROCESS, "tid": thread,
              "args": {"name": "root" if thread == ROOT else f"thread {thread - 1}"}}
             for thread in threads]
    trace += [slice_of(operation, operation["text"], "operation", last)
              for operation in run["operations"]]
    for call in run["calls"]:
        trace.append({**slice_of(call, call["call"], "call", last),
                      "args": {"result": call["result"]}})
    for event in run["events"]:
        where = {"pid": PROCESS, "tid": thread_of(event), "ts": event["event"]}
        arguments = {"at fault": event["event"] in at_fault}
        arguments.update({key: event[key] for key in ("order", "stale") if key in event})
        trace.append({"name": event["text"], "cat": "event", "ph": "X", "dur": 0.5, **where,
                      "args": arguments})
        source = by_number.get(event.get("reads_from"))
        if source is None or thread_of(source) == thread_of(event):
            continue
        flow = {"name": "reads from", "cat": "reads-from", "id": event["event"]}
        trace.append({**flow, "ph": "s", "pid": PROCESS, "tid": thread_of(source),
                      "ts": source["event"]})
        trace.append({**flow, "ph": "f", "bp": "e", **where})
    return {"traceEvents": trace, "displayTimeUnit": "ns",
            "otherData": {"verdict": run["verdict"], "sentence": run["sentence"]}}
