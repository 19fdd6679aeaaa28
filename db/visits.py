"""When was the person here last? What came into the catalog after that is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from db.connect import transaction
from db.settings import read_setting, write_setting

PAUSE = timedelta(minutes=30)  # a longer absence ends a visit
_LAST, _NOW = "visit-last", "visit-now"


def last(db: Database) -> datetime | None:
    """The end of the visit before this one; None on the first one."""
    return _read(db, _LAST)


def note(db: Database, now: datetime | None = None) -> datetime | None:
    """Say that the person is here, and give the end of the visit before this one.

    A visit goes on until nobody has been here for half an hour; then a new one begins.
    """
    now = now or datetime.now(UTC)
    here = _read(db, _NOW)
    if here is not None and timedelta() <= now - here < timedelta(minutes=1):
        return last(db)
    with transaction(db):
        if here is not None and now - here > PAUSE:
            write_setting(db, _LAST, here.isoformat())
        write_setting(db, _NOW, now.isoformat())
    return last(db)


def _read(db: Database, key: str) -> datetime | None:
    value = read_setting(db, key)
    return None if value is None else datetime.fromisoformat(value)
