"""What long work goes on at the moment, and what has ended lately? Runs, syncs, the retraining, downloads of models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from app import downloads
from db import ledger, retrainings, runs
from db.ledger import LedgerRow

Kind = Literal["run", "sync", "retraining", "download"]
State = Literal["waiting", "going", "done", "failed"]
MOST = 50  # of each kind that are looked at


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of it.

    :param id: a run's, a ledger row's, a retraining's, or a model's name.
    :param name: an experiment's id, a source's, a model's; '' for the retraining.
    :param share: how much of it is done, 0 to 1; None where nobody knows.
    :param how: how it ended, in its own kind's words (`finished`, `throttled`, …); '' while it goes on.
    """

    kind: Kind
    id: str
    name: str
    state: State
    share: float | None = None
    how: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has still to end."""
        return self.state in ("waiting", "going")


def look(db: Database, home: Path, *, since: datetime) -> list[Work]:
    """What is open, and what has ended after `since`; of each kind the newest first."""
    return [*_runs(db, since), *_syncs(db, since), *_retraining(db, since), *_downloads(home)]


def _runs(db: Database, since: datetime) -> Iterator[Work]:
    for run in runs.find(db, limit=MOST):
        if run.is_open:
            waits = run.state == "queued"
            yield Work(
                kind="run", id=run.id, name=run.experiment, state="waiting" if waits else "going", share=run.done
            )
        elif run.finished is not None and run.finished >= since:
            state: State = "done" if run.state == "finished" else "failed"
            yield Work(kind="run", id=run.id, name=run.experiment, state=state, how=run.state)


def _syncs(db: Database, since: datetime) -> Iterator[Work]:
    for row in ledger.newest(db, limit=MOST):
        if row.window is None:
            continue
        if row.outcome is None:
            yield Work(kind="sync", id=f"{row.id}", name=row.source, state="going", share=_share(row))
        elif row.finished is not None and row.finished >= since:
            good: State = "done" if row.outcome in ledger.GOOD else "failed"
            yield Work(kind="sync", id=f"{row.id}", name=row.source, state=good, how=row.outcome)


def _share(row: LedgerRow) -> float | None:
    return min(1.0, row.received / row.expected) if row.expected else None


def _retraining(db: Database, since: datetime) -> Iterator[Work]:
    row = retrainings.last(db)
    if row is None:
        return
    if row.is_open:
        share = row.done / row.total if row.total else None
        yield Work(kind="retraining", id=f"{row.id}", name="", state="going", share=share)
    elif row.finished is not None and row.finished >= since:
        state: State = "failed" if row.state == "failed" else "done"
        yield Work(kind="retraining", id=f"{row.id}", name="", state=state, how=row.state)


def _downloads(home: Path) -> Iterator[Work]:
    for name, offer in downloads.offers(home).items():
        stands = downloads.look(home, offer.id)
        if stands is None:
            continue
        if stands.is_going:
            share = min(1.0, stands.here / stands.bytes) if stands.bytes else None
            yield Work(kind="download", id=name, name=name, state="going", share=share)
        else:
            # When it ended is not kept: who saw it going sees it end.
            state: State = "done" if stands.state == "finished" else "failed"
            yield Work(kind="download", id=name, name=name, state=state, how=stands.state)
