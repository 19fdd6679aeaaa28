"""What did each sync and each import do, how completely, and where does it go on? One row for each, never rewritten.

A row is opened before the first request, advanced with each page in the page's own transaction, and closed with a named
outcome. A row without outcome is under way, or its process was killed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from core.papers.source import Checkpoint, Problem
from db.records import Counts
from db.rows import clean_text, select

COMPLETE = "complete"
QUIET = "quiet day"
PARTIAL = "partial"
REFUSED = "refused"  # of files only
GOOD = (COMPLETE, QUIET)
_MOST_REASONS = 50  # of one row; the count of refusals is always whole


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One sync of one source and window, or the import of one file.

    :param source: the source's id; for a file its format's id, or `file` where that is not known.
    :param outcome: complete, quiet day, throttled, stale, partial, broken, unreachable, or refused for a file; None
        while it is under way.
    :param expected: how many the server said there are.
    :param received: how many came, those of the row that this one continues included.
    :param new, changed, duplicate, refused: what became of those that came since this row was opened.
    :param reasons: the first refusals with their reason.
    :param waited: seconds spent waiting: for one's turn, for a cool-down to end, between retries.
    :param resume: the checkpoint after which the next sync of this window goes on.
    :param continues: the row that this one goes on from.
    """

    id: int
    source: str
    window: str | None
    categories: str
    file: str | None
    outcome: str | None
    expected: int | None
    received: int
    new: int
    changed: int
    duplicate: int
    refused: int
    reasons: tuple[Problem, ...]
    requests: int
    waited: float
    resume: Checkpoint | None
    error: str | None
    started: datetime
    finished: datetime | None
    continues: int | None
    owner: str

    def as_dict(self) -> dict[str, Any]:
        """The row as `sync --json` and `import --json` print it; only a file's row has `file`."""
        row: dict[str, Any] = {} if self.file is None else {"file": self.file}
        return row | {
            "source": self.source,
            "window": self.window,
            "outcome": self.outcome,
            "expected": self.expected,
            "received": self.received,
            "new": self.new,
            "changed": self.changed,
            "duplicate": self.duplicate,
            "refused": self.refused,
            "requests": self.requests,
            "waited": round(self.waited, 3),
            "resume": self.resume,
            "error": self.error,
            "started": self.started.isoformat(),
            "finished": None if self.finished is None else self.finished.isoformat(),
            "reasons": [{"where": item.where, "why": item.why} for item in self.reasons],
        }


def open_row(
    db: Database,
    *,
    source: str,
    owner: str,
    window: str | None = None,
    categories: str = "",
    file: str | None = None,
    continues: LedgerRow | None = None,
) -> int:
    """Begin a row and give its id. One that continues another takes over its checkpoint and what had come till then."""
    before = continues
    row = db.conn.execute(
        "INSERT INTO ledger (source, window, categories, file, owner, continues, expected, received, resume, started) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            source,
            window,
            categories,
            file,
            owner,
            before and before.id,
            before and before.expected,
            before.received if before else 0,
            None if before is None or before.resume is None else json.dumps(before.resume),
            _now(),
        ),
    ).fetchone()
    return int(row[0])


def advance(
    db: Database,
    row_id: int,
    *,
    expected: int | None,
    received: int,
    counts: Counts,
    problems: Sequence[Problem],
    requests: int,
    waited: float,
    resume: Checkpoint | None,
) -> None:
    """Add a page to its row, in the transaction that stores the page."""
    (reasons,) = db.conn.execute("SELECT reasons FROM ledger WHERE id = ?", (row_id,)).fetchone()
    kept = json.loads(reasons)
    kept += [[item.where, item.why] for item in problems[: _MOST_REASONS - len(kept)]]
    db.conn.execute(
        "UPDATE ledger SET expected = coalesce(?, expected), received = received + ?, new = new + ?, "
        "changed = changed + ?, duplicate = duplicate + ?, refused = refused + ?, reasons = ?, "
        "requests = requests + ?, waited = waited + ?, resume = ? WHERE id = ?",
        (
            expected,
            received,
            counts.new,
            counts.changed,
            counts.duplicate,
            len(problems),
            json.dumps(kept),
            requests,
            waited,
            None if resume is None else json.dumps(resume),
            row_id,
        ),
    )


def spend(db: Database, row_id: int, *, requests: int = 0, waited: float = 0.0) -> None:
    """Add what was spent beside a page."""
    sql = "UPDATE ledger SET requests = requests + ?, waited = waited + ? WHERE id = ?"
    db.conn.execute(sql, (requests, waited, row_id))


def restart(db: Database, row_id: int) -> None:
    """Forget the checkpoint that a row took over, and what had come before it: it begins at the beginning."""
    db.conn.execute("UPDATE ledger SET resume = NULL, expected = NULL, received = 0 WHERE id = ?", (row_id,))


def close(
    db: Database,
    row_id: int,
    outcome: str,
    *,
    error: str | None = None,
    requests: int = 0,
    waited: float = 0.0,
) -> LedgerRow:
    """End a row with its outcome; a good one leaves nothing to resume.

    :param requests, waited: what was spent since the last page.
    """
    db.conn.execute(
        "UPDATE ledger SET outcome = ?, error = ?, requests = requests + ?, waited = waited + ?, finished = ?, "
        f"resume = CASE WHEN ? IN {GOOD} THEN NULL ELSE resume END WHERE id = ?",
        (outcome, None if error is None else clean_text(error), requests, waited, _now(), outcome, row_id),
    )
    return get_row(db, row_id)


def get_row(db: Database, row_id: int) -> LedgerRow:
    """The row with this id.

    :raises LookupError: there is none.
    """
    rows = select(db, "SELECT * FROM ledger WHERE id = ?", (row_id,))
    if not rows:
        raise LookupError(f"no row {row_id} in the ledger")
    return _row(rows[0])


def last_of_window(db: Database, *, source: str, window: str, categories: str) -> LedgerRow | None:
    """The newest row of a source and window."""
    sql = "SELECT * FROM ledger WHERE source = ? AND window = ? AND categories = ? ORDER BY id DESC LIMIT 1"
    rows = select(db, sql, (source, window, categories))
    return _row(rows[0]) if rows else None


def last_of_source(db: Database, *, source: str, categories: str) -> LedgerRow | None:
    """The newest row of a source that was synced with these categories, whatever its window."""
    sql = "SELECT * FROM ledger WHERE source = ? AND window IS NOT NULL AND categories = ? ORDER BY id DESC LIMIT 1"
    rows = select(db, sql, (source, categories))
    return _row(rows[0]) if rows else None


def good_since(db: Database, *, source: str, window: str, categories: str, moment: datetime) -> LedgerRow | None:
    """The newest complete or quiet row of a source and window that was closed at `moment` or later."""
    sql = (
        "SELECT * FROM ledger WHERE source = ? AND window = ? AND categories = ? AND finished >= ? "
        f"AND outcome IN {GOOD} ORDER BY id DESC LIMIT 1"
    )
    rows = select(db, sql, (source, window, categories, moment.astimezone(UTC).isoformat(timespec="microseconds")))
    return _row(rows[0]) if rows else None


def good_windows(db: Database, *, source: str, categories: str) -> list[tuple[str, datetime]]:
    """The window of every complete or quiet row of a source, and when it was begun, oldest first."""
    sql = (
        f"SELECT window, started FROM ledger WHERE source = ? AND window IS NOT NULL AND outcome IN {GOOD} "
        "AND categories = ? ORDER BY id"
    )
    rows = db.conn.execute(sql, (source, categories))
    return [(window, datetime.fromisoformat(started)) for window, started in rows]


def open_syncs(db: Database, *, source: str | None = None) -> list[LedgerRow]:
    """The rows of syncs without outcome: under way, or left behind by a process that was killed."""
    sql = "SELECT * FROM ledger WHERE outcome IS NULL AND window IS NOT NULL AND (? IS NULL OR source = ?) ORDER BY id"
    return [_row(row) for row in select(db, sql, (source, source))]


def newest(db: Database, *, limit: int = 50, source: str | None = None) -> list[LedgerRow]:
    """The latest rows, of syncs and imports, newest first."""
    sql = "SELECT * FROM ledger WHERE ? IS NULL OR source = ? ORDER BY id DESC LIMIT ?"
    return [_row(row) for row in select(db, sql, (source, source, limit))]


def latest(db: Database) -> dict[str, LedgerRow]:
    """The newest row of every source that was synced (files aside)."""
    return _by_source(db, "window IS NOT NULL")


def last_good(db: Database) -> dict[str, LedgerRow]:
    """The newest complete or quiet row of every source that was synced."""
    return _by_source(db, f"window IS NOT NULL AND outcome IN {GOOD}")


def _by_source(db: Database, condition: str) -> dict[str, LedgerRow]:
    last = f"SELECT max(id) FROM ledger WHERE {condition} GROUP BY source"
    sql = f"SELECT * FROM ledger WHERE id IN ({last}) ORDER BY source"
    return {row["source"]: _row(row) for row in select(db, sql)}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _row(row: dict[str, Any]) -> LedgerRow:
    values = dict(row)
    values["reasons"] = tuple(Problem(*item) for item in json.loads(row["reasons"]))
    values["resume"] = None if row["resume"] is None else json.loads(row["resume"])
    values["started"] = datetime.fromisoformat(row["started"])
    values["finished"] = None if row["finished"] is None else datetime.fromisoformat(row["finished"])
    return LedgerRow(**values)
