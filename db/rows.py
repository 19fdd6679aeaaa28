"""How does a paper become a row of `papers`, and a row a paper? Lists and summaries are JSON text, times ISO in UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlite_utils import Database

from core.language import Told
from core.papers.merge import Known, Mark, Was, pack_marks, unpack_marks
from core.papers.paper import Link, Paper

# In the order of the row; `key`, `known`, `seen` and `changed` belong to the catalog, not to the paper.
PAPER_COLUMNS = (
    "id",
    "version",
    "title",
    "abstract",
    "authors",
    "categories",
    "primary_category",
    "submitted",
    "updated",
    "announced",
    "listed",
    "comment",
    "doi",
    "journal_ref",
    "withdrawn",
    "upvotes",
    "stars",
    "keywords",
    "summary",
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_LARGEST = 2**53  # beyond it a count is nonsense, and SQLite's integers end at 2**63
_TEXTS = ("id", "title", "abstract", "primary_category", "comment", "doi", "journal_ref")
_NUMBERS = ("version", "upvotes", "stars")
_TIMES = ("submitted", "updated")
_DAYS = ("announced", "listed")
_TUPLES = ("authors", "categories", "keywords")


def select(db: Database, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query, by column name."""
    cursor = db.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def marks(values: Sized) -> str:
    """A question mark for each value: what stands in `IN (…)`."""
    return ",".join("?" * len(values))


class UnknownPaper(Told, LookupError):
    """No paper with this id is in the catalog."""


def key_of(db: Database, paper_id: str) -> int:
    """The key of the paper with this base id.

    :raises UnknownPaper: there is none.
    """
    row = db.conn.execute("SELECT key FROM papers WHERE id = ?", (paper_id,)).fetchone()
    if row is None:
        raise UnknownPaper(
            f"no paper {paper_id} in the catalog; sync or import it first",
            f"카탈로그에 논문 {paper_id}이(가) 없습니다. 먼저 동기화하거나 가져오세요",
        )
    return int(row[0])


def dump(value: Any) -> str:
    """Small JSON with its letters as they are, so that the full-text index can read them."""
    return _ENCODER.encode(value)


def moment_text(moment: datetime) -> str:
    """A moment of the catalog's own (seen, changed): in UTC, always with microseconds, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def clean_text(text: str) -> str:
    """Text as SQLite can hold it: without lone surrogates and NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "") if "\0" in text else text


def storable(paper: Paper) -> Paper:
    """The paper as SQLite can hold it: no lone surrogates, no NUL, no number beyond its integers."""
    if _is_storable(paper):
        return paper
    changed: dict[str, Any] = {}
    for item in fields(paper):
        value = getattr(paper, item.name)
        clean = _storable(value)
        if clean is not value:
            changed[item.name] = clean
    return replace(paper, **changed) if changed else paper


def row_of(known: Known) -> tuple[Any, ...]:
    """The values of `PAPER_COLUMNS` and then `known`."""
    paper = known.paper
    return (
        paper.id,
        paper.version,
        paper.title,
        paper.abstract,
        dump(paper.authors),
        dump(paper.categories),
        paper.primary_category,
        _time(paper.submitted),
        _time(paper.updated),
        paper.announced and paper.announced.isoformat(),
        paper.listed and paper.listed.isoformat(),
        paper.comment,
        paper.doi,
        paper.journal_ref,
        None if paper.withdrawn is None else int(paper.withdrawn),
        paper.upvotes,
        paper.stars,
        dump(paper.keywords),
        None if paper.summary is None else dump(paper.summary),
        dump(pack_marks(known.marks)),
    )


def paper_of(row: Mapping[str, Any], links: Iterable[Link] = ()) -> Paper:
    """The paper that a row of `papers` (by column name) holds."""
    values: dict[str, Any] = {name: row[name] for name in PAPER_COLUMNS}
    for name in _TIMES:
        values[name] = values[name] and datetime.fromisoformat(values[name])
    for name in _DAYS:
        values[name] = values[name] and date.fromisoformat(values[name])
    for name in _TUPLES:
        values[name] = tuple(json.loads(values[name]))
    values["summary"] = values["summary"] and json.loads(values["summary"])
    values["withdrawn"] = None if values["withdrawn"] is None else bool(values["withdrawn"])
    return Paper(**values, links=tuple(links))


def known_of(paper: Paper, known: str, versions: Iterable[tuple[int, str | None]]) -> Known:
    """What the catalog knew of a paper before.

    :param known: the row's column of that name.
    :param versions: version and `was` of its rows in `versions`.
    """
    pairs = list(versions)
    return Known(
        paper=paper,
        marks=unpack_marks(paper, json.loads(known)),
        past={version: _unpack_was(was) for version, was in pairs if was is not None},
        versions=frozenset(version for version, _ in pairs),
    )


def pack_was(fields_of_version: Mapping[str, Was]) -> str | None:
    """What a displaced version said, as JSON; None where nothing is left of it."""
    if not fields_of_version:
        return None
    return dump(
        {
            name: [*was.mark, _time(was.value) if name in _TIMES else was.value]
            for name, was in sorted(fields_of_version.items())
        }
    )


def _unpack_was(text: str) -> dict[str, Was]:
    return {name: Was(Mark(*mark), _was_value(name, value)) for name, (*mark, value) in json.loads(text).items()}


def _was_value(name: str, value: Any) -> Any:
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return tuple(value) if name in _TUPLES else value


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _is_storable(paper: Paper) -> bool:
    """One look at all of it: nearly every paper is fine as it is."""
    texts = [getattr(paper, name) for name in _TEXTS]
    texts += [*paper.authors, *paper.categories, *paper.keywords, *(link.url for link in paper.links)]
    texts += [text for pair in (paper.summary or {}).items() for text in pair]
    joined = "".join(filter(None, texts))
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in joined and all(0 <= (getattr(paper, name) or 0) < _LARGEST for name in _NUMBERS)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if 0 <= value < _LARGEST else None
    if isinstance(value, tuple):
        clean = tuple(
            Link(item.kind, clean_text(item.url)) if isinstance(item, Link) else clean_text(item) for item in value
        )
        return value if clean == value else clean
    if isinstance(value, dict):
        cleaned = {clean_text(key): clean_text(text) for key, text in value.items()}
        return value if cleaned == value else cleaned
    return value
