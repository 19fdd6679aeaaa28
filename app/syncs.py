"""Which syncs wait, when is the daily one tried, and when are digests written? app/queue.py carries them out, one at a
time, beside the runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from huey import SqliteHuey
from huey.consumer import Consumer, Scheduler

from app import schedule
from app.digests.watch import Watch
from app.running.execution import Places
from app.running.waiting import QUEUE_FILE
from app.syncing import background
from db.connect import CatalogError, open_catalog

LOOK = 0.5  # seconds at most between two looks at a queue


class _Watch(Scheduler):
    """Looks every few seconds whether the daily sync is due."""

    periodic_task_seconds = 2


class _Watching(Consumer):
    scheduler_class = _Watch


class Syncs:
    """The syncs that wait: those that were asked for, and the daily one when it is due.

    :param first_retry: how long after its first failure the daily one is tried again.
    """

    def __init__(self, places: Places, *, first_retry: timedelta = schedule.FIRST_RETRY) -> None:
        self._places, self._first_retry = places, first_retry
        places.home.mkdir(parents=True, exist_ok=True)
        self.huey = SqliteHuey("syncs", filename=str(places.home / QUEUE_FILE), results=False, strict_fifo=True)
        self._ask = self.huey.task(name="sync")(self._sync)
        self._daily = self.huey.periodic_task(self._is_due, name="daily sync")(self._sync_daily)
        digests = Watch(places)
        self.huey.periodic_task(lambda _now: digests.is_due(), name="digests")(digests.write)
        self._in_hand = False

    def put(self, asked: datetime) -> None:
        """Queue a sync; `asked` is when somebody wanted it."""
        self._ask(asked.isoformat())

    def close(self) -> None:
        """Give the file back."""
        self.huey.storage.close()

    def consumer(self) -> Consumer:
        """What carries them out, one at a time."""
        return _Watching(self.huey, workers=1, periodic=True, initial_delay=0.05, max_delay=LOOK)

    def _sync(self, asked: str) -> None:
        with closing(open_catalog(self._places.catalog)) as db:
            sources = schedule.read_schedule(db).sources
        process = background.start(self._places.home, sources, asked=datetime.fromisoformat(asked))
        if process is not None:
            process.wait()

    def _is_due(self, _now: datetime) -> bool:
        if self._in_hand or background.is_under_way(self._places.home):
            return False
        try:
            with closing(open_catalog(self._places.catalog)) as db:
                self._in_hand = schedule.is_due(db, now=datetime.now(UTC))
        except (CatalogError, sqlite3.OperationalError):
            # Held by another process, or being restored: the next look will tell.
            return False
        return self._in_hand

    def _sync_daily(self) -> None:
        try:
            with closing(open_catalog(self._places.catalog)) as db:
                sources = schedule.begin(db, now=datetime.now(UTC))
                process = background.start(self._places.home, sources) if sources else None
                if process is not None:
                    process.wait()
                    schedule.end(db, now=datetime.now(UTC), first_retry=self._first_retry)
        finally:
            self._in_hand = False
