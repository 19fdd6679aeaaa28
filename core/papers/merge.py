"""What do we know of a paper after several sources have told of several versions of it?

Every field keeps a mark: which version it describes, which source said it, on which day. A sighting replaces a field
only where its mark is higher, and silence (None, an empty tuple) replaces nothing, so any order of sources and versions
ends in the same knowledge. How marks compare depends on the field:

- title, abstract and the like belong to a version: the highest version, then the best source, then the newest sighting;
- the first submission, announcement and list day belong to the paper: the best source, then the earliest date;
- votes and stars change daily: the newest sighting, then the best source;
- links add up; a summary is kept for each language, one written by hand before one written by a machine.

What a later version displaces stays in `past`, so that versions can be compared whatever came first. A source that
lists the dates of all versions (`Paper.history`) tells of each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from core.papers.paper import Link, Paper

STARTER = "starter"

# The bibliographic record: arXiv itself before its feed, then those who copy from it.
_RANKS = {
    "arxiv": 6,
    "arxiv-atom": 6,
    "oai": 6,
    "rss": 5,
    "arxiv-feed": 5,
    "huggingface": 4,
    "huggingface-weekly": 4,
    "huggingface-monthly": 4,
    "huggingface-trending": 4,
    "huggingface-links": 4,
    "hf-daily": 4,
    "papers-with-code": 3,
    STARTER: 1,
}
_OTHER_RANK = 2  # libraries and lists that people keep: BibTeX, RIS, JSONL

VERSIONED = (
    "title",
    "abstract",
    "authors",
    "categories",
    "primary_category",
    "updated",
    "comment",
    "doi",
    "journal_ref",
    "withdrawn",
    "keywords",
)
FIRST = ("submitted", "announced", "listed")
VOTES = ("upvotes", "stars")
COMPARED = ("title", "abstract", "authors")  # what "changed between versions" is about
_KEPT = (*COMPARED, "updated")  # what a displaced version keeps
_TEXTS = ("abstract", "primary_category", "comment", "doi", "journal_ref")
_CURATED = ("stages", "topics", "applications")
_SUMMARY = "summary:"


class Mark(NamedTuple):
    """Where a field's value comes from: the version it describes (0: not said), the source's rank, the day."""

    version: int
    rank: int
    day: str


class Was(NamedTuple):
    """A field of a version that another one has displaced."""

    mark: Mark
    value: Any


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A source tells of a paper.

    :param source: the source's or the file format's id.
    :param day: the day it was said (for a recorded response, the day of the recording).
    """

    paper: Paper
    source: str
    day: date


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything known of one paper.

    :param paper: the merged record; its `version` is the highest one seen. Curated tags are not part of it.
    :param marks: field to mark, for every field that is known; a summary has one for each language (`summary:en`).
    :param past: version to what it said, for fields that a higher version has displaced.
    :param versions: all versions that were seen.
    """

    paper: Paper
    marks: Mapping[str, Mark]
    past: Mapping[int, Mapping[str, Was]]
    versions: frozenset[int]


def rank_of(source: str) -> int:
    """How much the word of a source or file format counts on bibliographic facts."""
    return _RANKS.get(source, _OTHER_RANK)


def first_known(sighting: Sighting) -> Known:
    """What one sighting alone makes known.

    :raises ValueError: the paper has no title.
    """
    paper = sighting.paper
    if not paper.title:
        raise ValueError(f"paper {paper.id} has no title; refuse the record")
    record = _record(paper)
    if paper.history:
        return _hear(Known(paper=record, marks={}, past={}, versions=frozenset()), sighting)
    # There is nothing to weigh it against.
    mark = _mark(sighting)
    return Known(
        paper=record,
        marks={name: _relevant(name, mark) for name in _said(paper)},
        past={},
        versions=frozenset({paper.version} if paper.version else ()),
    )


def merge(known: Known, sighting: Sighting) -> Known:
    """What is known once `sighting` has been heard too; `known` itself where it adds nothing.

    :raises ValueError: the sighting is of another paper.
    """
    paper = sighting.paper
    if paper.id != known.paper.id:
        raise ValueError(f"a sighting of {paper.id} cannot be merged into {known.paper.id}")
    after = _hear(known, sighting)
    return known if after == known else after


def changes(known: Known) -> dict[int, tuple[str, ...]]:
    """For each version, which of title, abstract and authors differ from what they last were, as far as one knows."""
    if len(known.versions) == 1:
        return dict.fromkeys(known.versions, ())
    found: dict[int, tuple[str, ...]] = {}
    last: dict[str, str] = {}
    for version in sorted(known.versions):
        said = {name: version_value(known, name, version) for name in COMPARED}
        now = {name: _squeezed(value) for name, value in said.items() if value is not None}
        found[version] = tuple(name for name, text in now.items() if last.get(name, text) != text)
        last |= now
    return found


def version_day(known: Known, version: int) -> datetime | None:
    """When that version was submitted, where some source has said so."""
    said = version_value(known, "updated", version)
    return said if said is not None or version != 1 else known.paper.submitted


def version_value(known: Known, name: str, version: int) -> Any:
    """A field as `version` had it; None where that is not known."""
    was = known.past.get(version, {}).get(name)
    if was is not None:
        return was.value
    mark = known.marks.get(name)
    return getattr(known.paper, name) if mark is not None and mark.version == version else None


def pack_marks(marks: Mapping[str, Mark]) -> dict[str, list[Any]]:
    """The marks as small JSON: the title's under `*`, and those that differ from it."""
    star = marks["title"]
    return {"*": list(star)} | {
        name: list(mark) for name, mark in sorted(marks.items()) if mark != _relevant(name, star)
    }


def unpack_marks(paper: Paper, packed: Mapping[str, list[Any]]) -> dict[str, Mark]:
    """The marks that `pack_marks` wrote for `paper`."""
    star = Mark(*packed["*"])
    return {name: Mark(*packed[name]) if name in packed else _relevant(name, star) for name in _said(paper)}


# --- one sighting -----------------------------------------------------------------------------------------------------


def _hear(known: Known, sighting: Sighting) -> Known:
    """What is known after a sighting of the same paper; of `known.paper`, only fields with a mark count."""
    paper = sighting.paper
    marks = dict(known.marks)
    past = {version: dict(fields) for version, fields in known.past.items()}
    values: dict[str, Any] = {}
    for name, heard in _told(sighting):
        if name not in marks:
            marks[name], values[name] = heard
            continue
        held = Was(marks[name], values[name] if name in values else _value(known.paper, name))
        if _beats(name, heard, held):
            marks[name], values[name] = heard
            _keep(past, name, held, heard.mark)
        else:
            _keep(past, name, heard, held.mark)
    links = _sorted_links((*known.paper.links, *paper.links))
    told = {paper.version or 0, *(version.number for version in paper.history)} - {0}
    versions = known.versions | told if told else known.versions
    merged = _with_values(known.paper, values, links, max(versions, default=None))
    return Known(paper=merged, marks=marks, past=past, versions=versions)


def _told(sighting: Sighting) -> Iterator[tuple[str, Was]]:
    """The fields that a sighting has something to say about; the dates of other versions among them."""
    mark = _mark(sighting)
    for name in _said(sighting.paper):
        yield name, Was(_relevant(name, mark), _value(sighting.paper, name))
    for version in sighting.paper.history:
        if version.submitted is not None:
            yield "updated", Was(mark._replace(version=version.number), version.submitted)


# --- fields -----------------------------------------------------------------------------------------------------------


def _said(paper: Paper) -> Iterator[str]:
    """The names of the fields on which a paper is not silent."""
    for name in (*VERSIONED, *FIRST, *VOTES):
        if getattr(paper, name) not in (None, (), ""):
            yield name
    yield from (_SUMMARY + language for language, text in (paper.summary or {}).items() if text)


def _record(paper: Paper) -> Paper:
    """The paper without curated tags and history, its silence written as None and its links in order."""
    values: dict[str, Any] = {name: None for name in _TEXTS if getattr(paper, name) == ""}
    values |= {name: None for name in _CURATED if getattr(paper, name) is not None}
    if paper.history:
        values["history"] = ()
    if paper.summary is not None:
        values["summary"] = {language: text for language, text in sorted(paper.summary.items()) if text} or None
    if paper.links:
        values["links"] = _sorted_links(paper.links)
    return replace(paper, **values) if values else paper


def _value(paper: Paper, name: str) -> Any:
    if name.startswith(_SUMMARY):
        return (paper.summary or {}).get(name.removeprefix(_SUMMARY))
    return getattr(paper, name)


def _with_values(paper: Paper, values: Mapping[str, Any], links: tuple[Link, ...], version: int | None) -> Paper:
    summary = {name.removeprefix(_SUMMARY): text for name, text in values.items() if name.startswith(_SUMMARY)}
    plain = {name: value for name, value in values.items() if not name.startswith(_SUMMARY)}
    if summary:
        plain["summary"] = dict(sorted(((paper.summary or {}) | summary).items()))
    return replace(paper, **plain, links=links, version=version)


def _mark(sighting: Sighting) -> Mark:
    return Mark(sighting.paper.version or 0, rank_of(sighting.source), sighting.day.isoformat())


def _relevant(name: str, mark: Mark) -> Mark:
    """The mark without the parts that do not decide for this field."""
    if name in FIRST:
        return Mark(0, mark.rank, "")
    if name in VOTES:
        return Mark(0, mark.rank, mark.day)
    return mark


def _beats(name: str, heard: Was, held: Was) -> bool:
    """Whether a new word replaces the old one; on equal marks the values decide, so that any order ends the same."""
    one, other = _weight(name, heard.mark), _weight(name, held.mark)
    if one != other or heard.value == held.value:
        return one > other
    if name in FIRST:
        return _moment(heard.value) < _moment(held.value)
    if isinstance(heard.value, int):
        return bool(heard.value > held.value)
    return json.dumps(heard.value, default=str) > json.dumps(held.value, default=str)


def _weight(name: str, mark: Mark) -> tuple[Any, ...]:
    if name in VOTES:
        return (mark.day, mark.rank)
    if name.startswith(_SUMMARY):
        return (mark.rank == _RANKS[STARTER], *mark)
    return tuple(mark)


def _moment(value: date) -> float:
    """A date or a time as a number that grows with it."""
    return value.timestamp() if isinstance(value, datetime) else float(value.toordinal())


def _keep(past: dict[int, dict[str, Was]], name: str, was: Was, winner: Mark) -> None:
    """Remember what a lower version said; the same version's weaker word is forgotten."""
    version = was.mark.version
    if name not in _KEPT or version == 0 or version == winner.version:
        return
    fields = past.setdefault(version, {})
    if name not in fields or _beats(name, was, fields[name]):
        fields[name] = was


def _sorted_links(links: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(sorted(set(links), key=lambda link: (link.kind, link.url)))


def _squeezed(value: str | tuple[str, ...]) -> str:
    """Text without the line breaks in which sources differ."""
    return " ".join((value if isinstance(value, str) else "\n".join(value)).split())
