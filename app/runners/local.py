"""How does a run get done on this machine? As a process group of its own, which outlives whoever started it."""

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


class LocalRunner:
    """Starts `python -m app.worker`; a run lives as long as its worker holds the lock file of the folder."""

    id = "local"

    def __init__(self) -> None:
        # Those that this process started: they must be reaped, and are alive before they hold their lock.
        self._children: dict[Path, subprocess.Popen[bytes]] = {}

    def start(self, folder: Path, *, lock: Path | None = None) -> Handle:
        """Start the worker. It gets no setting of the app, and so no key either."""
        command = [sys.executable, "-m", "app.worker", str(folder)]
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
        """Whether the folder's worker runs, whoever started it."""
        child = self._children.get(folder)
        if child is not None:
            if child.poll() is None:
                return True
            del self._children[folder]
        # A process id may have been given to a stranger since; the lock is held by the worker alone.
        return (folder / ALIVE_FILE).exists() and _is_held(folder / ALIVE_FILE)

    def stop(self, folder: Path, *, grace: float = 2.0) -> None:
        """End the worker and all that it started."""
        handle = Handle.load(folder)
        if handle is None or not self.alive(folder):
            return
        group = int(handle.key)
        _signal(group, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.alive(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
        # Also when the worker ended by itself: what it had started may still be there.
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


RUNNER = LocalRunner()
