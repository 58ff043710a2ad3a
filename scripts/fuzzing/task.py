"""Work that is done between jobs: a generator that yields commands and is sent what became of them,
so that it reads from top to bottom while others run beside it."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass

from fuzzing.engine import starter

Steps = Generator["Command", "Done", None]


@dataclass
class Command:
    words: list[str]
    seconds: float = 600    # after which it is killed


@dataclass
class Done:
    code: int    # -SIGKILL if it took too long
    out: str
    errors: str

    @property
    def last_words(self) -> str:
        lines = (self.errors.rstrip() or self.out.rstrip()).split("\n")
        return lines[-1].strip() or f"it ended with {self.code}"


class Task:
    """One such piece of work. Starts its next command when it is polled and the last has ended."""

    def __init__(self, name: str, steps: Steps):
        self.name, self.steps = name, steps
        self.child: subprocess.Popen | None = None
        self.limit = 0.0
        self.step(None)

    def step(self, done: Done | None) -> None:
        self.child = None
        try:
            command = self.steps.send(done)
        except StopIteration:
            return
        self.out, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.child = subprocess.Popen(starter() + command.words, stdin=subprocess.DEVNULL,
                                      stdout=self.out, stderr=self.errors, start_new_session=True)
        self.limit = time.monotonic() + command.seconds

    def poll(self) -> bool:
        """Whether there is more to do."""
        if self.child is None:
            return False
        if self.child.poll() is None:
            if time.monotonic() > self.limit:
                self.kill()
            return True
        self.step(Done(self.child.returncode, read(self.out), read(self.errors)))
        return self.child is not None

    def kill(self) -> None:
        """Its command; the work itself goes on with that."""
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def end(self) -> None:
        self.kill()
        self.steps.close()
        self.child = None


def read(file) -> str:
    file.seek(0)
    text = file.read().decode(errors="replace")
    file.close()
    return text


def run(steps: Steps) -> None:
    """All of it at once."""
    task = Task("", steps)
    while task.poll():
        time.sleep(0.01)
