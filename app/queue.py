"""Who runs what is waiting? `python -m app.queue`: one consumer a home folder, which takes one run after another.

A run's worker is a process of its own: when the consumer ends, the run goes on, and the next consumer follows it.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import closing
from pathlib import Path

from filelock import FileLock, Timeout

from app import jobs
from app.running.execution import Places
from app.running.waiting import Queue
from app.settings import BadSettings, settings
from db.connect import CatalogError, open_catalog

_LOOK = 0.5  # seconds at most between two looks at the queue


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


def serve(places: Places) -> None:
    """Consume the queue until SIGTERM, SIGINT or SIGHUP; a second consumer stands by until the first one ends.

    :raises CatalogError: the catalog cannot be opened.
    """
    stopped: list[int] = []
    path = _consumer_lock(places)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        with closing(open_catalog(places.catalog)) as db:
            jobs.recover(db, places)
        queue = Queue(places)
        consumer = queue.huey.create_consumer(workers=1, periodic=False, initial_delay=0.05, max_delay=_LOOK)
        consumer.start()
        # After start, which sets handlers of its own: those wait for the run in hand to end.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: stopped.append(number))
        checked = time.monotonic()
        while not stopped:
            checked = consumer.loop(checked)
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
