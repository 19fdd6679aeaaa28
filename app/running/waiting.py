"""Which runs wait, and in what order? The queues on disk; app/queue.py takes from them, app/jobs.py puts into them."""

from __future__ import annotations

import sys

from huey import SqliteHuey

from app.running.execution import Places, execute
from db.connect import open_catalog
from db.runs import UnknownRun

QUEUE_FILE = "queue.db"


class Queue:
    """The runs that wait for a runner, in queue.db. The row of a run is what counts: an entry only points to it.

    Each runner has a queue of its own: runs elsewhere do not hold up those on this machine.
    """

    def __init__(self, places: Places, runner: str = "local") -> None:
        self._places = places
        places.home.mkdir(parents=True, exist_ok=True)
        name = "runs" if runner == "local" else f"runs-{runner}"
        self.huey = SqliteHuey(name, filename=str(places.home / QUEUE_FILE), results=False, strict_fifo=True)
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
