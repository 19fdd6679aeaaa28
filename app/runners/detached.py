"""How does a run outlive whoever started it? Its process leads a group of its own, and holds a lock while it lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from app.runners import Handle
from app.running.journal import ALIVE_FILE, LOG_FILE

_ROOT = Path(__file__).resolve().parents[2]


class Detached:
    """What runners have in common that start a process here; it lives as long as it holds the lock of the folder."""

    id: str

    def __init__(self) -> None:
        # Those that this process started: they must be reaped, and are alive before they hold their lock.
        self._children: dict[Path, subprocess.Popen[bytes]] = {}

    def command(self, folder: Path) -> list[str]:
        """The module to start and its arguments."""
        raise NotImplementedError

    def start(self, folder: Path, *, lock: Path | None = None) -> Handle:
        """Start the process. It gets no setting of the app but those in its command, and so no key either."""
        command = [sys.executable, "-m", *self.command(folder)]
        if lock is not None:
            command += ["--lock", str(lock)]
        with (folder / LOG_FILE).open("ab") as log:
            child = subprocess.Popen(
                command,
                cwd=_ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self._children[folder] = child
        handle = Handle(runner=self.id, key=str(child.pid))
        handle.save(folder)
        return handle

    def alive(self, folder: Path) -> bool:
        """Whether the folder's process runs, whoever started it."""
        child = self._children.get(folder)
        if child is not None:
            if child.poll() is None:
                return True
            del self._children[folder]
        # A process id may have been given to a stranger since; the lock is held by the worker alone.
        return (folder / ALIVE_FILE).exists() and _is_held(folder / ALIVE_FILE)

    def stop(self, folder: Path, *, grace: float = 2.0) -> None:
        """End the process and all that it started."""
        handle = Handle.load(folder)
        if handle is None or not self.alive(folder):
            return
        group = int(handle.key)
        _signal(group, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.alive(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
        # Also when it ended by itself: what it had started may still be there.
        _signal(group, signal.SIGKILL)
        while self.alive(folder):
            time.sleep(0.02)


def _is_held(path: Path) -> bool:
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _signal(group: int, number: signal.Signals) -> None:
    # No such group any more: that is what was wanted.
    with suppress(ProcessLookupError):
        os.killpg(group, number)
