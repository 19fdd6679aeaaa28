"""What does run.json ask for, and how does a process work at a run's folder? One at a time, with the last word written.

Whoever looks after a run sees by the folder's lock that somebody is at work on it, here or on a cluster.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from filelock import FileLock, Timeout

from app.running.journal import ALIVE_FILE, LOG_FILE, RUN_FILE, Cancelled, Journal
from core.events import FORMAT_VERSION, Status
from core.params import BadParam

CANCELLED_CODE = 128 + signal.SIGTERM


class CannotRun(Exception):
    """The run cannot be done here, or gave nothing. One line."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What run.json says.

    :param package: dotted name of the package where the experiment is found.
    :param cache: the folder of shared checkpoints; None for one inside the run's folder.
    """

    run: str
    experiment: str
    params: dict[str, Any]
    seed: int
    null: bool = False
    device: str = "auto"
    preset: str | None = None
    commit: str = ""
    package: str = "core.experiments"
    cache: str | None = None

    @classmethod
    def read(cls, folder: Path) -> Task:
        """
        :raises CannotRun: there is no such file, or it is not what `app.jobs` writes.
        """
        path = folder / RUN_FILE
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record.pop("v", None) != FORMAT_VERSION:
                raise ValueError(f"not of format {FORMAT_VERSION}")
            return cls(**{key: value for key, value in record.items() if key in cls.__dataclass_fields__})
        except OSError as error:
            raise CannotRun(f"{path}: {error.strerror}; the folder of a run is needed") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise CannotRun(f"{path} cannot be read: {error}") from error


def attend(folder: Path, work: Callable[[Task, Path, Journal], None], *, lock: Path | None, started: float) -> int:
    """Do `work` on a run's folder, alone, and write down how it ended.

    :param lock: a lock file to hold meanwhile: one run a device at a time.
    :param started: `time.monotonic()` at the start of the process.
    :returns: the exit code: 0, 1 failed, 2 not a run's folder, 143 cancelled.
    """
    try:
        task = Task.read(folder)
        alive = FileLock(folder / ALIVE_FILE).acquire(timeout=2)
    except CannotRun as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except Timeout:
        sys.stderr.write(f"{folder}: another worker is at it\n")
        return 2
    out = _divert_output(folder)
    try:
        with alive, ExitStack() as held, Journal(folder, task.run, started=started, out=out) as journal:
            signal.signal(signal.SIGTERM, journal.cancel)
            signal.signal(signal.SIGINT, journal.cancel)
            if lock is not None:
                lock.parent.mkdir(parents=True, exist_ok=True)
                device = FileLock(lock)
                held.callback(device.release)
                _hold_device(device, journal)
            try:
                work(task, folder, journal)
            except (CannotRun, BadParam) as error:
                journal.emit(Status(state="failed", message=str(error)))
                return 1
    except Cancelled:
        return CANCELLED_CODE
    return 0


def _divert_output(folder: Path) -> TextIO:
    """Send whatever this process and its children print to worker.log, and return the real standard output."""
    real = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with (folder / LOG_FILE).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    return real


def _hold_device(lock: FileLock, journal: Journal) -> None:
    """Take the device's lock; while another run has it, wait and say so."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        journal.emit(Status(state="waiting", message="another run holds the device; this one begins when it ends"))
        lock.acquire()
        journal.started = time.monotonic()
