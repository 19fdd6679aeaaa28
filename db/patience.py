"""How long may a question to the catalog take? Until a moment; then it is ended where it stands."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

_STEPS = 20_000  # instructions of SQLite between two looks at the clock


class Late(Exception):
    """The time is up."""


@contextmanager
def until(db: Database, end: float) -> Iterator[None]:
    """Statements in here are interrupted when the time is up.

    :param end: on the clock of `time.monotonic`.
    :raises Late: they were.
    """
    db.conn.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise Late from error
    finally:
        db.conn.set_progress_handler(None, 0)
