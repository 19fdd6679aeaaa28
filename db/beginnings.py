"""Is this somebody's first time? Nobody was here before, nothing was synced, nothing was run."""

from __future__ import annotations

from sqlite_utils import Database

from db import ledger, runs, visits
from db.settings import read_setting, write_setting

_LEFT = "first-steps-left"


def untouched(db: Database) -> bool:
    """Whether the first steps are still to be offered: there is no history, and nobody has put them away."""
    if read_setting(db, _LEFT) is not None or visits.last(db) is not None:
        return False
    return not ledger.latest(db) and not runs.find(db, limit=1)


def leave(db: Database) -> None:
    """Offer the first steps no more; their page stays where it is."""
    write_setting(db, _LEFT, "yes")
