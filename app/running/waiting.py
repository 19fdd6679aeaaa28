"""Which runs wait, and in what order? The queue on disk; app/queue.py takes from it, app/jobs.py puts into it."""

from __future__ import annotations

import sys

from huey import SqliteHuey

from app.running.execution import Places, execute
from db.connect import open_catalog
from db.runs import UnknownRun

QUEUE_FILE = "queue.db"


class Queue:
    """The runs that wait, in queue.db. The row of a run is what counts: an entry only points to it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        places.home.mkdir(parents=True, exist_ok=True)
        self.huey = SqliteHuey("runs", filename=str(places.home / QUEUE_FILE), results=False, strict_fifo=True)
        self._execute = self.huey.task(name="execute")(self._run)

    def put(self, run_id: str) -> None:
        """Queue a run."""
        self._execute(run_id)

    def clear(self) -> None:
        """Forget all entries; `app.jobs.recover` makes them again from the rows."""
        self.huey.flush()

    def close(self) -> None:
        """Give the file back."""
        self.huey.storage.close()

    def _run(self, run_id: str) -> None:
        # In the consumer's own thread, which needs a connection of its own.
        db = open_catalog(self._places.catalog)
        try:
            execute(db, self._places, run_id)
        except UnknownRun as error:
            sys.stderr.write(f"{error}\n")
        finally:
            db.close()
