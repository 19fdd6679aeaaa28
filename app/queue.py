"""Who runs what is waiting? `python -m app.queue`: one consumer a home folder, which takes one run after another.

A run's worker is a process of its own: when the consumer ends, the run goes on, and the next consumer follows it.
Beside the runs, and never waiting for them, it starts the syncs that were asked for, and the daily one.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

import db as _db  # noqa: F401 (first: it keeps pandas out of the process)
from app import jobs, schedule
from app.retraining import background as retraining
from app.runners import runners
from app.running.execution import Places
from app.running.waiting import Queue
from app.settings import BadSettings, settings
from app.syncing import background
from app.syncs import LOOK, Syncs
from db.connect import CatalogError, open_catalog


def ask_for_sync(places: Places) -> None:
    """Have a sync begin in the background, unless one is under way.

    The consumer starts it; where there is none, this process does, and it goes on by itself.
    """
    if background.is_under_way(places.home):
        return
    if is_served(places):
        with closing(Syncs(places)) as syncs:
            syncs.put(datetime.now(UTC))
        return
    with closing(open_catalog(places.catalog)) as db:
        background.start(places.home, schedule.read_schedule(db).sources)


def is_served(places: Places) -> bool:
    """Whether a consumer takes runs from the queue of this home at the moment."""
    path = _consumer_lock(places)
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True


def serve(places: Places, *, first_retry: timedelta = schedule.FIRST_RETRY) -> None:
    """Consume the queue until SIGTERM, SIGINT or SIGHUP; a second consumer stands by until the first one ends.

    :param first_retry: how long after its first failure the daily sync is tried again.
    :raises CatalogError: the catalog cannot be opened.
    """
    stopped: list[int] = []
    path = _consumer_lock(places)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        with closing(open_catalog(places.catalog)) as db:
            jobs.recover(db, places)
        retraining.resume(places.home, places.catalog)
        runs = [
            Queue(places, runner).huey.create_consumer(workers=1, periodic=False, initial_delay=0.05, max_delay=LOOK)
            for runner in runners()
        ]
        consumers = [*runs, Syncs(places, first_retry=first_retry).consumer()]
        for consumer in consumers:
            consumer.start()
        # After start, which sets handlers of its own: those wait for the run in hand to end.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: stopped.append(number))
        checked = [time.monotonic()] * len(consumers)
        while not stopped:
            checked = [consumer.loop(before) for consumer, before in zip(consumers, checked, strict=True)]
        for consumer in consumers:
            consumer.stop(graceful=False)


def _consumer_lock(places: Places) -> Path:
    return places.home / "locks" / "queue.lock"


def main() -> int:
    """Run the command; returns the exit code."""
    try:
        serve(settings())
    except (BadSettings, CatalogError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        # Before it served: it stood by for another consumer.
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
