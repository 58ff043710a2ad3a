"""The buckets as SARIF 2.1.0, for code-scanning pages."""

import re
from urllib.parse import quote

LEVELS = {"high": "error", "medium": "warning", "low": "note"}
SCORES = {"high": "8.0", "medium": "5.0", "low": "2.0"}    # of GitHub's security-severity
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PLACE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+)$")


def physical(place: str) -> dict | None:
    """"lib/a.h:95" as a location; nothing where no line is known."""
    found = PLACE.match(place)
    if not found or int(found["line"]) < 1:
        return None
    return {"artifactLocation": {"uri": quote(found["file"].lstrip("/"))},
            "region": {"startLine": int(found["line"])}}


def location(frame: dict) -> dict:
    result = {"logicalLocations": [{"fullyQualifiedName": frame["function"], "kind": "function"}]}
    where = physical(frame["place"])
    if where:
        result["physicalLocation"] = where
    return result


def name_of(stack: dict) -> str:
    """Of a run, or of a log."""
    return f"event {stack['event']}" if "event" in stack else stack["access"] or "stack"


def result_of(bucket: dict, rules: list[str]) -> dict:
    stacks = bucket.get("run", {}).get("stacks", [])
    frames = [frame for stack in stacks[-1:] for frame in stack["frames"][:1]]
    if not frames:
        frames = [{"function": bucket["blame"] or bucket["verdict"], "place": ""}]
    result = {
        "ruleId": bucket["verdict"],
        "ruleIndex": rules.index(bucket["verdict"]),
        "level": LEVELS[bucket["severity"]],
        "message": {"text": f"{bucket['sentence']}\n{bucket['reason']}\nReplay: "
                            f"{bucket['replay']}"},
        "locations": [location(frames[0])],
        "partialFingerprints": {"slotproofBucket/v1": bucket["hash"]},
        "occurrenceCount": bucket["count"],
        "properties": {"security-severity": SCORES[bucket["severity"]],
                       "program": bucket.get("program", ""), "blame": bucket["blame"]},
    }
    if stacks:
        result["stacks"] = [{"message": {"text": name_of(stack)},
                             "frames": [{"location": location(frame)} for frame in
                                        stack["frames"]]} for stack in stacks]
    return result


def document(report: dict) -> dict:
    rules = sorted({bucket["verdict"] for bucket in report["buckets"]})
    return {
        "$schema": SCHEMA, "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "slotproof", "version": report["version"],
                "rules": [{"id": rule, "shortDescription": {"text": rule}} for rule in rules]}},
            "columnKind": "utf16CodeUnits",
            "results": [result_of(bucket, rules) for bucket in report["buckets"]],
        }],
    }
