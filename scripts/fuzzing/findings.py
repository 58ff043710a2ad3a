"""From the inputs that libFuzzer kept to the distinct failures, made small."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import project
from fuzzing.engine import LOG_TAIL, LibFuzzer
from fuzzing.hunt import Hunt, Plan

REPLAY_SECONDS = 60
SHRINK_SECONDS = 600


@dataclass
class Finding:
    """One failure, and all inputs that lead to it."""

    target: str
    verdict: str
    sentence: str
    file: str          # the shrunk reproducer; of what cannot be shrunk, the input
    replay: str        # the command
    report: str        # for people
    program: str = ""  # shrunk, as text: what tells two failures apart
    inputs: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        number = len(self.inputs)
        return f"{self.target}: {self.verdict} ({number} input{'' if number == 1 else 's'})"

    def as_json(self) -> dict:
        return {"target": self.target, "verdict": self.verdict, "sentence": self.sentence,
                "file": self.file, "replay": self.replay, "program": self.program,
                "inputs": self.inputs}


def collect(hunts: list[Hunt], engine: LibFuzzer, plan: Plan) -> list[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for hunt in hunts:
        for artifact in hunt.artifacts():
            finding = look_into(hunt, artifact, engine, plan)
            key = (finding.verdict, finding.program or finding.file)
            known = found.setdefault(key, finding)
            if known is not finding and finding.file != known.file:
                Path(finding.file).unlink()    # the same small program under another name
            known.inputs.append(str(artifact))
    return list(found.values())


def look_into(hunt: Hunt, artifact: Path, engine: LibFuzzer, plan: Plan) -> Finding:
    """Replays an input; the target then leaves a reproducer beside it, which is made small. Of a
    death that the target does not hear of, the reproducer is there already."""
    replayer = engine.replayer(hunt.subject, plan.preset)
    command = [project.command(Path(replayer[0])), *replayer[1:],
               f"-artifact_prefix={hunt.folder}/", str(artifact)]
    said = run(command, REPLAY_SECONDS)
    kept = [Path(word) for word in said.split() if word.endswith(".slot") and Path(word).exists()
            and Path(word).parent == hunt.folder]
    kept = kept or [path for path in hunt.kept() if path.name.startswith("crash-")
                    and path.suffix == ".slot" and len(hunt.artifacts()) == 1]
    if not kept:
        # No program that fails: a broken law, a crash of the suite, too slow, or too large.
        kind = artifact.name.partition("-")[0]
        tail = "\n".join(said.rstrip().split("\n")[-LOG_TAIL:])
        return Finding(hunt.name, kind, "", str(artifact), " ".join(command),
                       f"{tail}\n\n{' '.join(command)}")
    return shrink(hunt, kept[-1], plan)


def shrink(hunt: Hunt, as_found: Path, plan: Plan) -> Finding:
    slot = hunt.subject.slot
    program = Path("build", plan.preset, "bin", "slotproof")
    slotproof = str(program)
    small = plan.out / as_found.name
    shown = run([slotproof, "shrink", "--json", "--slot", slot, "--output", str(small),
                 str(as_found)], SHRINK_SECONDS)
    file = small
    try:
        document = json.loads(shown)
        failure = document["finding"]
        if not small.exists():    # what takes the process down is kept under a name of its own
            file = Path(document["file"])
    except (ValueError, KeyError):
        # What contradicts the suite itself has no smaller form.
        file = as_found
        failure = json.loads(run([slotproof, "run", "--json", "--slot", slot, str(as_found)],
                                 REPLAY_SECONDS))["runs"][0]
    report = run([slotproof, "run", "--slot", slot, str(file)], REPLAY_SECONDS).rstrip()
    # The command is for where slotproof is installed; here it is not.
    installed = failure["replay"]
    here = project.command(program) + installed.removeprefix("slotproof")
    return Finding(hunt.name, failure["verdict"], failure["sentence"], str(file), here,
                   report.replace(installed, here), str(failure.get("program", "")))


def run(command: list[str], limit: float) -> str:
    """What it prints; of a failure also what it says on standard error."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"no end after {limit:g} s"
    return done.stdout + (done.stderr if done.returncode != 0 else "")
