"""What has a person read, skipped, saved or starred? Each change tells how it was before, so that it can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlite_utils import Database

from db.connect import transaction
from db.filing import refile
from db.records import STATES, State
from db.rows import key_of


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a paper stands with its reader; a state of None is unread."""

    state: State | None = None
    star: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """A step that `undo` takes back."""

    paper: str
    before: Reading
    after: Reading


def reading_of(db: Database, paper_id: str) -> Reading:
    """How the paper stands now.

    :raises UnknownPaper: no such paper.
    """
    return _reading(db, key_of(db, paper_id))


def set_state(db: Database, paper_id: str, state: State | None) -> Change:
    """Mark a paper read, skipped or saved, or unread again with None.

    :raises UnknownPaper: no such paper.
    :raises ValueError: no such state.
    """
    if state is not None and state not in STATES:
        raise ValueError(f"state {state!r} does not exist; use {', '.join(STATES)}, or None for unread")
    with transaction(db):
        before = reading_of(db, paper_id)
        return _write(db, paper_id, before, Reading(state=state, star=before.star))


def toggle_star(db: Database, paper_id: str) -> Change:
    """Star a paper, or take its star away.

    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        before = reading_of(db, paper_id)
        return _write(db, paper_id, before, Reading(state=before.state, star=not before.star))


def undo(db: Database, change: Change) -> Change:
    """Put a paper back to what it was before `change`; the answer can be undone in turn.

    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        return _write(db, change.paper, reading_of(db, change.paper), change.before)


def _reading(db: Database, key: int) -> Reading:
    row = db.conn.execute("SELECT state, star FROM reading WHERE paper = ?", (key,)).fetchone()
    return Reading() if row is None else Reading(state=row[0], star=bool(row[1]))


def _write(db: Database, paper_id: str, before: Reading, after: Reading) -> Change:
    key = key_of(db, paper_id)
    db.conn.execute(
        "INSERT OR REPLACE INTO reading (paper, state, star, changed) VALUES (?, ?, ?, ?)",
        (key, after.state, int(after.star), datetime.now(UTC).isoformat()),
    )
    refile(db, [key])
    return Change(paper=paper_id, before=before, after=after)
