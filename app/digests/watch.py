"""When does the queue's consumer write digests? Once the syncs that it sees in the ledger have come to their end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from app.digests.choice import due, read_choice
from app.digests.writing import write_due
from app.running.execution import Places
from app.syncing import background
from db import ledger
from db.connect import CatalogError, open_catalog


class Watch:
    """Looks whether something is due, and writes it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._in_hand = False

    def is_due(self) -> bool:
        """Whether something is to be written now; it then counts as in hand."""
        if self._in_hand or background.is_under_way(self._places.home):
            return False
        try:
            with closing(open_catalog(self._places.catalog)) as db:
                now = datetime.now(UTC)
                choice = read_choice(db, self._places)
                if not choice.is_on:
                    return False
                # One that a command has begun holds no lock; one that died long ago holds up nothing.
                oldest = now - timedelta(seconds=background.LIMIT)
                if any(row.started > oldest for row in ledger.open_syncs(db)):
                    return False
                self._in_hand = bool(due(db, choice, now=now))
        except (CatalogError, sqlite3.OperationalError):
            # Held by another process, or being restored: the next look will tell.
            return False
        return self._in_hand

    def write(self) -> None:
        """Write what is due."""
        try:
            with closing(open_catalog(self._places.catalog)) as db:
                write_due(db, self._places, now=datetime.now(UTC))
        finally:
            self._in_hand = False
