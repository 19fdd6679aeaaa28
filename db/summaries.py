"""What did language models say of the papers, of which is there nothing yet, and what came in between?

Each answer is one transaction of its own. A model's tags are proposals: they are kept with the origin `model`, and
count only when a person says so (`db.tags.correct`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.papers.tags import TagKind
from db.connect import transaction
from db.filters import selection
from db.records import Filters
from db.rows import key_of, marks, moment_text, select

TRIES = 3  # answers that were no good; then the paper is left alone until it is asked for again


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Two sentences that a model wrote.

    :param language: `en` or `ko`.
    :param version: the paper's version that it read; None where that is not known.
    :param told: when.
    """

    language: str
    model: str
    summary: str
    version: int | None
    told: datetime


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The last try, where it did not succeed.

    :param outcome: `throttled`, `unreachable` or `broken`.
    :param why: one line.
    :param tries: answers so far that were no good.
    """

    outcome: str
    why: str
    tries: int
    failed: datetime


def keep(db: Database, paper_id: str, said: Summary, tags: Mapping[TagKind, Sequence[str]]) -> None:
    """Keep what a model said of a paper, in place of what it said before.

    :param tags: what it would file the paper under; they take the place of all proposals there were.
    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        key = key_of(db, paper_id)
        db.conn.execute(
            "INSERT OR REPLACE INTO summaries (paper, language, model, summary, version, told) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (key, said.language, said.model, said.summary, said.version, moment_text(said.told)),
        )
        db.conn.execute("DELETE FROM tags WHERE paper = ? AND origin = 'model'", (key,))
        db.conn.executemany(
            "INSERT INTO tags (paper, kind, value, origin, place, confidence, effective) "
            "VALUES (?, ?, ?, 'model', ?, 0, 0)",
            [(key, kind, value, place) for kind, values in tags.items() for place, value in enumerate(values)],
        )
        db.conn.execute(
            "DELETE FROM summary_failures WHERE paper = ? AND language = ? AND model = ?",
            (key, said.language, said.model),
        )


def fail(
    db: Database, paper_id: str, *, language: str, model: str, outcome: str, why: str, answered: bool, now: datetime
) -> None:
    """Write down that a try did not succeed; what was said before stays.

    :param answered: whether there was an answer, and it was no good.
    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        db.conn.execute(
            "INSERT INTO summary_failures (paper, language, model, outcome, why, tries, failed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (paper, language, model) DO UPDATE SET "
            "outcome = excluded.outcome, why = excluded.why, tries = tries + excluded.tries, failed = excluded.failed",
            (key_of(db, paper_id), language, model, outcome, why, int(answered), moment_text(now)),
        )


def waiting(
    db: Database, filters: Filters, *, language: str, model: str, limit: int, again: bool = False
) -> tuple[list[str], list[str]]:
    """The ids of papers that this model can be asked about in this language, newest first.

    They have an abstract and were not withdrawn. Those that were told of already, or whose answers were no good
    `TRIES` times, are left out.

    :param again: leave out none of these.
    :returns: at most `limit` ids, and hints at pieces of the query that were not taken as they look.
    """
    chosen = selection(filters)
    if chosen is None:
        return [], []
    sql = (
        f"SELECT (SELECT p.id FROM papers AS p WHERE p.key = {chosen.key}) FROM {chosen.source} WHERE {chosen.where} "
        f"AND EXISTS (SELECT 1 FROM papers AS p WHERE p.key = {chosen.key} AND p.abstract <> '' "
        "AND p.withdrawn IS NOT 1)"
    )
    values = [*chosen.values]
    if not again:
        of_this = f"paper = {chosen.key} AND language = ? AND model = ?"
        sql += (
            f" AND NOT EXISTS (SELECT 1 FROM summaries WHERE {of_this})"
            f" AND NOT EXISTS (SELECT 1 FROM summary_failures WHERE {of_this} AND tries >= {TRIES})"
        )
        values += [language, model] * 2
    found = db.conn.execute(f"{sql} ORDER BY {chosen.key} DESC LIMIT ?", (*values, limit))
    return [paper_id for (paper_id,) in found], list(chosen.query.hints)


def is_told(db: Database, paper_id: str, *, language: str, model: str) -> bool:
    """Whether this model has told of the paper in this language."""
    sql = "SELECT 1 FROM summaries WHERE paper = (SELECT key FROM papers WHERE id = ?) AND language = ? AND model = ?"
    return db.conn.execute(sql, (paper_id, language, model)).fetchone() is not None


def latest(db: Database, ids: Sequence[str], language: str) -> dict[str, Summary]:
    """The newest summary of each of these papers that has one in this language."""
    rows = select(
        db,
        "SELECT papers.id, language, model, summaries.summary, summaries.version, told FROM summaries "
        f"JOIN papers ON papers.key = paper WHERE papers.id IN ({marks(ids)}) AND language = ? ORDER BY told",
        [*ids, language],
    )
    return {row.pop("id"): Summary(**row | {"told": datetime.fromisoformat(row["told"])}) for row in rows}


def last_failure(db: Database, paper_id: str, *, language: str, model: str) -> Failure | None:
    """What became of the last try, where it did not succeed."""
    rows = select(
        db,
        "SELECT outcome, why, tries, failed FROM summary_failures "
        "WHERE paper = (SELECT key FROM papers WHERE id = ?) AND language = ? AND model = ?",
        (paper_id, language, model),
    )
    return Failure(**rows[0] | {"failed": datetime.fromisoformat(rows[0]["failed"])}) if rows else None


def proposals(db: Database, paper_id: str) -> dict[TagKind, tuple[str, ...]]:
    """What a model would file the paper under, best first, of each kind that it named any of."""
    sql = (
        "SELECT kind, value FROM tags WHERE paper = (SELECT key FROM papers WHERE id = ?) AND origin = 'model' "
        "ORDER BY instr('stage topic application', kind), place"
    )
    found: dict[TagKind, tuple[str, ...]] = {}
    for kind, value in db.conn.execute(sql, (paper_id,)):
        found[kind] = (*found.get(kind, ()), value)
    return found
