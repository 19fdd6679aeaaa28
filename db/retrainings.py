"""Which tagger is in force, and how far does the catalog follow it?

A row is a wish and its history: `asked` (to be learned), `filing` (in force, and the catalog is being filed again),
`finished`. What was taken back before its end is `cancelled`; what could not be learned has `failed`. One row at most
is open, and who works it off can be killed at any time: the next one goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from core.language import Told
from core.papers.tags import Tagging
from db.connect import transaction
from db.retagging import Refiled, rewrite_tags
from db.rows import dump, marks, moment_text, select
from db.teachings import PaperText, read_texts

State = Literal["asked", "filing", "finished", "cancelled", "failed"]
EXAMPLES = 20  # papers named that changed stage
_TOP = 2**62  # above every key


class Busy(Told):
    """A retraining is under way. One line."""

    def __init__(self) -> None:
        super().__init__(
            "a retraining is under way; let it end, or cancel it on the page Stage lens",
            "재학습이 진행 중입니다. 끝나기를 기다리거나 단계 렌즈 페이지에서 취소하세요",
        )


class Example(NamedTuple):
    """A paper that changed stage."""

    id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """One row.

    :param teaching: what is in force by it; None for the tagger as shipped, and for what is not learned yet.
    :param at: the key down to which the catalog follows; None where it has not begun.
    :param done, total: papers that were read again, and all of them.
    :param changed: papers that changed stage.
    :param moves: stage to how many papers came and how many went.
    :param examples: some of them, the newest first.
    :param message: why it failed.
    """

    id: int
    state: State
    teaching: int | None
    created: datetime
    finished: datetime | None = None
    at: int | None = None
    done: int = 0
    total: int = 0
    changed: int = 0
    moves: dict[str, tuple[int, int]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    message: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in ("asked", "filing")


def ask(db: Database) -> Retraining:
    """Have the tagger learn from the corrections.

    :raises Busy: a retraining is under way.
    """
    with transaction(db):
        if open_one(db) is not None:
            raise Busy
        return _insert(db, state="asked")


def ask_shipped(db: Database) -> Retraining:
    """Put the tagger as shipped in force again, and have the catalog filed by it; what is open is cancelled."""
    with transaction(db):
        row = open_one(db)
        if row is not None:
            _set(db, row.id, state="cancelled", finished=_now())
        return _insert(db, state="filing", total=_count(db))


def cancel(db: Database) -> None:
    """Take the open row back: what was in force before it is so again, and the catalog is filed by that."""
    with transaction(db):
        row = open_one(db)
        if row is None:
            return
        _set(db, row.id, state="cancelled", finished=_now())
        if row.state == "filing":
            before = in_force(db)
            _insert(db, state="filing", teaching=None if before is None else before.teaching, total=_count(db))


def put_in_force(db: Database, row_id: int, teaching: int) -> None:
    """What was learned is in force from now on; nothing happens where the row was cancelled in the meantime."""
    with transaction(db):
        if is_open(db, row_id):
            _set(db, row_id, state="filing", teaching=teaching, total=_count(db))


def fail(db: Database, row_id: int, why: str) -> None:
    """What was asked for cannot be learned; what was in force stays so."""
    with transaction(db):
        _set(db, row_id, state="failed", finished=_now(), message=why)


def finish(db: Database, row_id: int) -> None:
    """The whole catalog follows; nothing happens where the row was cancelled in the meantime."""
    with transaction(db):
        if is_open(db, row_id):
            _set(db, row_id, state="finished", finished=_now())


def open_one(db: Database) -> Retraining | None:
    """The row that is still to be worked off."""
    return _newest(db, "state IN ('asked', 'filing')")


def is_open(db: Database, row_id: int) -> bool:
    """Whether this row is still to be worked off."""
    row = open_one(db)
    return row is not None and row.id == row_id


def in_force(db: Database) -> Retraining | None:
    """The row whose tagger reads new papers; None where the tagger was never retrained."""
    return _newest(db, "state IN ('filing', 'finished')")


def last(db: Database) -> Retraining | None:
    """The newest row, whatever became of it."""
    return _newest(db, "1")


def get(db: Database, row_id: int) -> Retraining:
    """
    :raises LookupError: there is none of this id.
    """
    row = _newest(db, "id = ?", row_id)
    if row is None:
        raise LookupError(f"there is no retraining {row_id}")
    return row


def texts_to_file(db: Database, row: Retraining, limit: int) -> list[PaperText]:
    """The next papers to be read again, the newest first, of those that the tagger has read before."""
    sql = (
        "SELECT key, changed, id, title, abstract, keywords FROM taggings CROSS JOIN papers ON papers.key = paper "
        "WHERE paper < ? ORDER BY paper DESC LIMIT ?"
    )
    return read_texts(select(db, sql, (_TOP if row.at is None else row.at, limit)))


def file_again(db: Database, row_id: int, texts: Sequence[PaperText], taggings: Sequence[Tagging]) -> Retraining | None:
    """Write what the tagger now says of the papers of `texts_to_file`, and that the catalog follows so far.

    A paper that has changed, moved or gone since it was read is passed over: who changed it has had it tagged.

    :returns: the row as it stands then; None where it is not open any more, and nothing was written.
    """
    with transaction(db):
        if not is_open(db, row_id):
            return None
        row = get(db, row_id)
        keys = [text.key for text in texts]
        there = dict(db.conn.execute(f"SELECT key, changed FROM papers WHERE key IN ({marks(keys)})", keys))
        said = zip(texts, taggings, strict=True)
        refiled = rewrite_tags(db, {text.key: tags for text, tags in said if there.get(text.key) == text.changed})
        names = {text.key: text.paper.id for text in texts}
        named = [Example(names[key], *refiled[key]) for key in sorted(refiled, reverse=True)]
        _set(
            db,
            row_id,
            at=min(keys),
            done=row.done + len(texts),
            changed=row.changed + len(refiled),
            moves=dump(_moved(row.moves, refiled.values())),
            examples=dump([*row.examples, *named][:EXAMPLES]),
        )
        return get(db, row_id)


def _moved(moves: dict[str, tuple[int, int]], refiled: Iterable[Refiled]) -> dict[str, tuple[int, int]]:
    """How many papers came to each stage and how many went, with these."""
    found = dict(moves)
    for before, after in refiled:
        for stage in set(before) ^ set(after):
            came, went = found.get(stage, (0, 0))
            found[stage] = (came + (stage in after), went + (stage in before))
    return found


def _insert(db: Database, **values: Any) -> Retraining:
    values |= {"created": _now()}
    cursor = db.conn.execute(
        f"INSERT INTO retrainings ({', '.join(values)}) VALUES ({marks(values)})", list(values.values())
    )
    return get(db, int(cursor.lastrowid or 0))


def _set(db: Database, row_id: int, **values: Any) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    db.conn.execute(f"UPDATE retrainings SET {assignments} WHERE id = ?", (*values.values(), row_id))


def _newest(db: Database, where: str, *values: Any) -> Retraining | None:
    rows = select(db, f"SELECT * FROM retrainings WHERE {where} ORDER BY id DESC LIMIT 1", values)
    if not rows:
        return None
    (row,) = rows
    row["created"] = datetime.fromisoformat(row["created"])
    row["finished"] = row["finished"] and datetime.fromisoformat(row["finished"])
    row["moves"] = {stage: (came, went) for stage, (came, went) in json.loads(row["moves"]).items()}
    row["examples"] = tuple(
        Example(paper, tuple(before), tuple(after)) for paper, before, after in json.loads(row["examples"])
    )
    return Retraining(**row)


def _count(db: Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM taggings").fetchone()[0])


def _now() -> str:
    return moment_text(datetime.now(UTC))
