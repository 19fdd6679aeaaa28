"""When may the next request go out? One at a time and some seconds apart, among all processes of the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


class Occupied(TimeoutError):
    """Others held the gate for so long that it was not waited for any more; the message says which file."""


class Gate:
    """A turnstile that all who ask one provider go through.

    The lock is the operating system's: it falls with the process that holds it, and one that hangs holds it no longer
    than its request may take.

    :param delay: least seconds between the end of one request and the start of the next.
    :param path: a file of the gate's own, whose time stamp carries the time of the last request from process to
        process; a lock file beside it is held while a request is under way. None for a gate within this object.
    :param patience: seconds that are waited for others at most.
    """

    def __init__(self, *, delay: float, path: Path | None = None, patience: float = 600.0) -> None:
        if delay < 0:
            raise ValueError(f"delay {delay} is negative; give seconds")
        self.delay = delay
        self._path = path
        self._patience = patience
        self._last: float | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hold it while the request is made.

        :raises Occupied: others did not let go in time.
        """
        if self._path is None:
            self._wait(self._last)
            try:
                yield
            finally:
                self._last = time.time()
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._path.with_suffix(".lock"), timeout=self._patience)
        try:
            lock.acquire()
        except Timeout as error:
            why = f"other processes have held {self._path.name} for {self._patience:g} s; end them or wait"
            raise Occupied(why) from error
        try:
            self._wait(_stamp_of(self._path))
            # The beginning is stamped too, for a process that does not live to see the end.
            _stamp(self._path)
            try:
                yield
            finally:
                _stamp(self._path)
        finally:
            lock.release()

    def _wait(self, last: float | None) -> None:
        # A clock that was set back must not hold us for hours.
        if last is not None:
            time.sleep(min(self.delay, max(0.0, last + self.delay - time.time())))


def _stamp(path: Path) -> None:
    """Set the file's time to now; a time stamp, other than content, is never found half written."""
    path.touch()
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _stamp_of(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None
