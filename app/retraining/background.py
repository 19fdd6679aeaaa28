"""How does a retraining go on while nobody waits for it? `python -m app.retraining.background`, one a home folder.

It works off what stands open in the catalog and ends. Its lock goes with its process, so that one that was killed is
known to be; what it left is gone on with when the app is served again, or when somebody asks for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from app.retraining.work import work
from app.settings import BadSettings, settings
from db import retrainings
from db.connect import CatalogError, open_catalog
from db.retrainings import Busy

_ROOT = Path(__file__).resolve().parents[2]
_STARTS = 5.0  # seconds to wait for one that is just about to end


def log_path(home: Path) -> Path:
    """Where the last background retraining printed how far it was."""
    return home / "logs" / "retrain.log"


def is_under_way(home: Path) -> bool:
    """Whether somebody works on a retraining at the moment."""
    path = _lock_path(home)
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def alone(home: Path, *, patience: float = 0) -> Iterator[None]:
    """Be the one who works on it.

    :param patience: seconds to wait for another one.
    :raises Busy: somebody else is.
    """
    path = _lock_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise Busy from None
    try:
        yield
    finally:
        lock.release()


def start(home: Path) -> subprocess.Popen[bytes]:
    """Have what is open worked off by a process that outlives this one."""
    path = log_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "app.retraining.background"],
            cwd=_ROOT,
            env=os.environ | {"TRENDLAB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def resume(home: Path, catalog: Path) -> None:
    """Go on with what a killed process left, if it left something."""
    with closing(open_catalog(catalog)) as db:
        left = retrainings.open_one(db) is not None
    if left and not is_under_way(home):
        start(home)


def main() -> int:
    """Work off what is open; returns the exit code."""

    def tell(words: str) -> None:
        sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {words}\n")
        sys.stdout.flush()

    try:
        found = settings()
        with alone(found.home, patience=_STARTS), closing(open_catalog(found.catalog)) as db:
            work(db, on_step=tell)
    except (BadSettings, CatalogError, Busy) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _lock_path(home: Path) -> Path:
    return home / "locks" / "retraining.lock"


if __name__ == "__main__":
    sys.exit(main())
