"""Bare logs of sanitizers, from where there is no input to run again: class and frames."""

import hashlib
import re

ERROR = re.compile(
    r"(?:ERROR|WARNING): (?P<tool>Address|Thread|Leak)Sanitizer: (?P<what>[\w-]+(?: [a-z]+)*)"
    r"|(?P<place>\S+?):\d+(?::\d+)?: runtime error: (?P<ub>.+)")
FRAME = re.compile(r"^\s*#(?P<number>\d+) (?:0x[0-9a-f]+ )?(?:in )?(?P<function>.+?)"
                   r"(?: (?P<place>\S+:\d+(?::\d+)?))?(?: \([^()]*\+0x[0-9a-f]+\).*)?$")
ACCESS = re.compile(r"^\s*(?P<access>READ|WRITE|Read|Write|Previous read|Previous write"
                    r"|Atomic read|Atomic write|Previous atomic read|Previous atomic write)"
                    r" of size \d+")
END = re.compile(r"^(?:=+$|SUMMARY: )")
# The same list as in lib/report/fingerprint.cpp: lib/report/README.md gives its reasons.
NOISE = ("std::", "__gnu_cxx::", "__cxa_", "__asan_", "__tsan_", "__ubsan_", "__sanitizer_",
         "__interceptor_", "operator new", "operator delete", "memcpy", "memmove", "memset",
         "memcmp", "raise", "abort", "slotproof::machine::", "free", "malloc", "__libc_",
         "_start", "main", "pthread_")
FRAMES = 3
HIGH = ("heap-use-after-free", "attempting double-free", "double-free", "stack-use-after",
        "attempting free", "bad-free")


def function_of(text: str) -> str:
    """Without parameters and the namespace that has no name."""
    return re.sub(r"\(.*$", "", text.replace("(anonymous namespace)::", "")).strip()


def stacks_of(lines: list[str]) -> list[dict]:
    """Each stack with what was accessed there, as far as the log says so."""
    stacks, access = [], ""
    for line in lines:
        said = ACCESS.match(line)
        if said:
            access = said["access"].lower().removeprefix("previous ")
        frame = FRAME.match(line)
        if not frame:
            continue
        if int(frame["number"]) == 0:
            stacks.append({"access": access, "frames": []})
            access = ""
        if stacks:
            place = re.sub(r":\d+$", "", frame["place"]) if re.search(
                r":\d+:\d+$", frame["place"] or "") else frame["place"]
            stacks[-1]["frames"].append({"function": function_of(frame["function"]),
                                         "place": place or ""})
    return stacks


def telling(stack: dict) -> list[str]:
    kept = [f"{frame['function']} ({frame['place'].rpartition('/')[2].partition(':')[0]})"
            for frame in stack["frames"] if not frame["function"].startswith(NOISE)]
    return kept[:FRAMES]


def severity_of(what: str, access: str) -> tuple[str, str]:
    if what.startswith(HIGH):
        return "high", "memory that is not, or no longer, the program's is used or given back"
    if what == "data race":
        return "medium", "a race; without the input nothing more is known of it"
    if what.endswith(("overflow", "underflow", "SEGV")):
        if access == "write":
            return "high", "a write to memory that is not the program's"
        return "medium", "a read of memory that is not the program's"
    if "leak" in what:
        return "low", "a leak: memory is lost, and nothing is damaged"
    return "medium", "undefined behaviour; without the input nothing more is known of it"


def bugs_of(text: str) -> list[dict]:
    """The errors that the log tells of, each as a face with nothing to replay."""
    starts = [(found.start(), found) for found in ERROR.finditer(text)]
    bugs = []
    for number, (start, found) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        lines = text[start:end].split("\n")
        body = [lines[0]]
        for line in lines[1:]:
            if END.match(line):
                break
            body.append(line)
        stacks = stacks_of(body)
        what = (found["what"] or found["ub"] or "").removesuffix(" on address").strip()
        what = re.sub(r"\b(0x[0-9a-f]+|-?\d+)\b", "?", what)
        what = re.sub(r" (on|of|in) (unknown )?(address|thread).*$", "", what)
        races = what.startswith("data race")
        sides = [f"{stack['access'] or 'stack'} at {' < '.join(telling(stack))}"
                 for stack in stacks[:2 if races else 1] if telling(stack)]
        if found["place"]:
            sides.append(f"in {found['place'].rpartition('/')[2]}")
        line = f"{'data-race' if races else 'log'}: {what}; " + "; ".join(sorted(sides))
        access = stacks[0]["access"] if stacks else ""
        level, reason = severity_of(what, access)
        blamed = telling(stacks[0])[:1] if stacks else []
        bugs.append({"hash": hashlib.sha256(line.encode()).hexdigest()[:16], "line": line,
                     "verdict": "data-race" if races else "log",
                     "blame": blamed[0].partition(" ")[0] if blamed else "", "severity": level,
                     "reason": reason, "sentence": body[0].strip(), "stacks": stacks})
    return bugs
