"""Runs a command for so many seconds of processor time."""

import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import project

try:
    import psutil
except ModuleNotFoundError:
    project.die("python3-psutil is missing; scripts/setup --with mutants installs it")

LOOK_SECONDS = 0.05
GRACE_SECONDS = 20    # to say how far it has come
IDLE_FACTOR = 60      # a process that waits for ever uses no processor time


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None    # None: it was stopped when its time was over
    out: str
    err: str
    seconds: float      # of processor time, with the processes that it started


def processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    used = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            of_child = child.cpu_times()
            used += of_child.user + of_child.system
        except psutil.NoSuchProcess:
            pass    # counted above when it was waited for
    return used


def run(command: list[str], folder: Path, seconds: float,
        environment: dict[str, str]) -> Ended:
    """Stops it when it has used `seconds`, or has waited for very much longer."""
    with tempfile.TemporaryFile("w+", errors="replace") as out, \
            tempfile.TemporaryFile("w+", errors="replace") as err:
        child = subprocess.Popen(
            ["env", *(f"{name}={value}" for name, value in environment.items()), *command],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        used, stopped = wait(child, seconds)
        out.seek(0)
        err.seek(0)
        return Ended(None if stopped else child.returncode, out.read(), err.read(), round(used, 3))


def wait(child: subprocess.Popen, seconds: float) -> tuple[float, bool]:
    """The processor time that it used, and whether it had to be stopped."""
    end = time.monotonic() + seconds * IDLE_FACTOR
    process = psutil.Process(child.pid)
    used = 0.0
    # Its last figures are there until it is waited for.
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        used = processor_seconds(process)
        if used > seconds or time.monotonic() > end:
            stop(process, child)
            return used, True
        time.sleep(LOOK_SECONDS)
    times = process.cpu_times()
    used = max(used, times.user + times.system + times.children_user + times.children_system)
    child.wait()
    return used, False


def stop(process: psutil.Process, child: subprocess.Popen) -> None:
    """What started in its session ends with it."""
    started = [process, *process.children(recursive=True)]
    for one in started:
        send(one, signal.SIGTERM)
    psutil.wait_procs(started, GRACE_SECONDS)
    for one in started:
        send(one, signal.SIGKILL)
    child.wait()


def send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        pass
