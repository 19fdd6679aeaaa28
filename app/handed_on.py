"""How does a lock go on when the process that took it has ended? It goes with the open file, which a child inherits.

Who was killed holds nothing any more, and whose starter was killed still does.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

_GLANCE = 0.2  # seconds to wait for one who only looks whether the lock is held


def is_held(path: Path) -> bool:
    """Whether a process that lives holds the lock of this file, which need not be there."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def take(descriptor: int) -> bool:
    """Take the lock of an open file, unless another holds it; one who only looks holds it for a moment.

    Let it go by closing the file: an unlock would take it from a process that inherited it too.
    """
    deadline = time.monotonic() + _GLANCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
