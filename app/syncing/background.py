"""How does a sync go on while nobody waits for it? As a process of its own, one at a time in a home folder.

It holds a lock file as long as it lives: the lock goes with the open file, which the process inherits, so that one
whose starter was killed still counts, and one that was killed itself does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.handed_on import is_held, take

LIMIT = 3600  # seconds after which a sync is ended; the next one goes on where it was
_ROOT = Path(__file__).resolve().parents[2]
_MOST_LOG = 1_000_000  # bytes; then the log is begun anew, and the one before is kept


def log_path(home: Path) -> Path:
    """Where what background syncs print is kept."""
    return home / "logs" / "sync.log"


def is_under_way(home: Path) -> bool:
    """Whether a background sync lives at the moment."""
    return is_held(_lock_path(home))


def last_start(home: Path) -> datetime | None:
    """When the last background sync was started; None where there was none."""
    try:
        return datetime.fromisoformat(_lock_path(home).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def start(
    home: Path, sources: Sequence[str] = (), *, asked: datetime | None = None, limit: int = LIMIT
) -> subprocess.Popen[bytes] | None:
    """Start a sync of these sources, by default of those that a sync asks by default.

    :param asked: when somebody wanted it; a sync that was started since is the answer to that too.
    :param limit: seconds after which the kernel ends it.
    :returns: its process, which outlives this one; None where one is under way, or was started since `asked`.
    """
    path = _lock_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not take(descriptor):
            return None
        before = last_start(home)
        if asked is not None and before is not None and before >= asked:
            return None
        now = datetime.now(UTC).isoformat()
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, now.encode(), 0)
        named = [word for source in sources for word in ("--source", source)]
        command = [sys.executable, "-m", "app.syncing.limited", str(limit), "sync", "--json", *named]
        with _open_log(home).open("ab") as log:
            log.write(f"--- {now} sync {' '.join(named)}\n".encode())
            log.flush()
            return subprocess.Popen(
                command,
                cwd=_ROOT,
                env=os.environ | {"TRENDLAB_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(descriptor,),
            )
    finally:
        # Only this process's hold on it: an unlock would take the lock from the sync too.
        os.close(descriptor)


def _open_log(home: Path) -> Path:
    path = log_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _MOST_LOG:
        path.replace(path.with_name(f"{path.name}.1"))
    return path


def _lock_path(home: Path) -> Path:
    return home / "locks" / "background.lock"
