"""What is in the notebook? Dated entries in Markdown, with papers, runs and charts pinned to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from db.connect import transaction
from db.rows import clean_text, dump, select

PinKind = Literal["paper", "run", "chart"]
_MOST_WORDS = 12  # of a search
# A word in the entry itself, or in what is pinned to it.
_HAS_WORD = """
(instr(lower(title || ' ' || body), lower(?)) OR EXISTS (
    SELECT 1 FROM json_each(notes.pins) AS pin
    LEFT JOIN papers ON papers.id = json_extract(pin.value, '$.target') AND json_extract(pin.value, '$.kind') = 'paper'
    LEFT JOIN runs ON runs.id = json_extract(pin.value, '$.target') AND json_extract(pin.value, '$.kind') = 'run'
    WHERE instr(lower(json_extract(pin.value, '$.target')), lower(?)) OR instr(lower(papers.title), lower(?))
        OR instr(lower(runs.experiment), lower(?))))"""
_PLACES = _HAS_WORD.count("?")


class UnknownNote(LookupError):
    """No entry with this id is in the notebook."""


class Pin(NamedTuple):
    """Something pinned to an entry.

    :param target: an arXiv id, a run's id, or a chart's name as the page that made it calls it.
    """

    kind: PinKind
    target: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """One entry.

    :param body: Markdown, as typed.
    :param pins: in the order in which they were pinned.
    """

    id: int
    created: datetime
    changed: datetime
    title: str
    body: str
    pins: tuple[Pin, ...] = ()

    def pinned(self, kind: PinKind) -> tuple[str, ...]:
        """The targets of one kind."""
        return tuple(pin.target for pin in self.pins if pin.kind == kind)


def add(db: Database, *, title: str, body: str = "", pins: Sequence[Pin] = (), created: datetime | None = None) -> int:
    """Write a new entry and give its id.

    :param created: when it was written; now, where left out.
    """
    now = _utc(created or datetime.now(UTC))
    with transaction(db):
        row = db.conn.execute(
            "INSERT INTO notes (created, changed, title, body, pins) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (now, now, title, body, _pack(pins)),
        ).fetchone()
        _spread(db, pins)
    return int(row[0])


def pin(db: Database, what: Pin, *, title: str) -> tuple[Note | None, Note]:
    """Pin something to the newest entry of this title, or to a new one; the entry before and after.

    The entry before is None where it is new, and the same as after where it had the pin already.
    """
    with transaction(db):
        rows = select(db, "SELECT * FROM notes WHERE title = ? ORDER BY created DESC, id DESC LIMIT 1", (title,))
        if not rows:
            return None, get(db, add(db, title=title, pins=[what]))
        before = _note(rows[0])
        after = before if what in before.pins else edit(db, before.id, pins=[*before.pins, what])
    return before, after


def unpin(db: Database, what: Pin, *, before: Note | None, after: Note) -> None:
    """Take back a pin; what was written in the entry since stays.

    :param before, after: the entry, as `pin` gave it.
    :raises UnknownNote: the entry is gone.
    """
    with transaction(db):
        now = get(db, after.id)
        if now != after:
            edit(db, after.id, pins=[pin for pin in now.pins if pin != what])
        elif before is None:
            delete(db, after.id)
        else:
            restore(db, before)


def edit(
    db: Database, note_id: int, *, title: str | None = None, body: str | None = None, pins: Sequence[Pin] | None = None
) -> Note:
    """Change what is given of an entry and leave the rest.

    :raises UnknownNote: no such entry.
    """
    with transaction(db):
        before = get(db, note_id)
        db.conn.execute(
            "UPDATE notes SET title = coalesce(?, title), body = coalesce(?, body), pins = coalesce(?, pins), "
            "changed = ? WHERE id = ?",
            (title, body, None if pins is None else _pack(pins), _utc(datetime.now(UTC)), note_id),
        )
        after = get(db, note_id)
        _spread(db, (*before.pins, *after.pins))
    return after


def delete(db: Database, note_id: int) -> Note:
    """Take an entry out; the answer is what it was.

    :raises UnknownNote: no such entry.
    """
    with transaction(db):
        note = get(db, note_id)
        db.conn.execute("DELETE FROM notes WHERE id = ?", (note_id,))
        _spread(db, note.pins)
    return note


def get(db: Database, note_id: int) -> Note:
    """The entry with this id.

    :raises UnknownNote: no such entry.
    """
    rows = select(db, "SELECT * FROM notes WHERE id = ?", (note_id,))
    if not rows:
        raise UnknownNote(f"no entry {note_id} in the notebook")
    return _note(rows[0])


def restore(db: Database, note: Note) -> None:
    """Put an entry back as it was, whether it was changed or deleted since."""
    with transaction(db):
        rows = select(db, "SELECT * FROM notes WHERE id = ?", (note.id,))
        since = _note(rows[0]).pins if rows else ()
        db.conn.execute(
            "INSERT OR REPLACE INTO notes (id, created, changed, title, body, pins) VALUES (?, ?, ?, ?, ?, ?)",
            (note.id, _utc(note.created), _utc(note.changed), note.title, note.body, _pack(note.pins)),
        )
        _spread(db, (*since, *note.pins))


def count(db: Database, *, words: str = "") -> int:
    """How many entries there are, or how many of them have these words."""
    where, values = _with_words(words)
    return int(db.conn.execute(f"SELECT count(*) FROM notes WHERE {where}", values).fetchone()[0])


def list_notes(
    db: Database,
    *,
    since: date | None = None,
    until: date | None = None,
    words: str = "",
    limit: int = 1_000,
    offset: int = 0,
) -> list[Note]:
    """Entries, the latest written first.

    :param since, until: days in UTC on which they were written, both included.
    :param words: all of them stand in the entry, or in the title of a paper or the name of a run pinned to it, as
        parts of words too; a small letter finds a capital one.
    """
    first = _utc(datetime.combine(since or date.min, time.min, UTC))
    last = _utc(datetime.combine(until, time.min, UTC) + timedelta(days=1)) if until else "9999-12-31"
    where, values = _with_words(words)
    sql = (
        f"SELECT * FROM notes WHERE created >= ? AND created < ? AND {where} "
        "ORDER BY created DESC, id DESC LIMIT ? OFFSET ?"
    )
    return [_note(row) for row in select(db, sql, (first, last, *values, limit, offset))]


def pinning(db: Database, kind: PinKind, target: str) -> list[Note]:
    """The entries to which something is pinned, the latest written first."""
    # The first condition reads no JSON, and nearly every entry fails it.
    sql = (
        "SELECT * FROM notes WHERE instr(pins, ?) AND EXISTS (SELECT 1 FROM json_each(notes.pins) AS pin "
        "WHERE json_extract(pin.value, '$.kind') = ? AND json_extract(pin.value, '$.target') = ?) "
        "ORDER BY created DESC, id DESC"
    )
    return [_note(row) for row in select(db, sql, (dump(target), kind, target))]


def _with_words(words: str) -> tuple[str, list[str]]:
    """The condition that an entry has these words, and its values."""
    wanted = clean_text(words).split()[:_MOST_WORDS]
    return " AND ".join([_HAS_WORD] * len(wanted)) or "1", [word for word in wanted for _place in range(_PLACES)]


def _spread(db: Database, pins: Sequence[Pin]) -> None:
    """Write the text of all entries to which a paper is pinned beside the paper, where the search finds it."""
    sql = (
        "UPDATE papers SET noted = coalesce((SELECT group_concat(title || ' ' || body, ' ') FROM notes WHERE EXISTS "
        "(SELECT 1 FROM json_each(notes.pins) AS pin WHERE json_extract(pin.value, '$.kind') = 'paper' "
        "AND json_extract(pin.value, '$.target') = papers.id)), '') WHERE id = ?"
    )
    db.conn.executemany(sql, [(pin.target,) for pin in dict.fromkeys(pins) if pin.kind == "paper"])


def _pack(pins: Sequence[Pin]) -> str:
    return dump([pin._asdict() for pin in dict.fromkeys(pins)])


def _utc(moment: datetime) -> str:
    """Always with microseconds, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _note(row: dict[str, Any]) -> Note:
    return Note(
        id=row["id"],
        created=datetime.fromisoformat(row["created"]),
        changed=datetime.fromisoformat(row["changed"]),
        title=row["title"],
        body=row["body"],
        pins=tuple(Pin(**pin) for pin in json.loads(row["pins"])),
    )
