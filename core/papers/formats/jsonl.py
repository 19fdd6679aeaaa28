"""Which papers does a JSON Lines file list? One object a line: our own export, or any with an id and a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any, get_args

from core.language import LANGUAGES, Text
from core.papers.paper import LinkKind, Paper
from core.papers.reading.fields import (
    is_withdrawn,
    read_count,
    read_day,
    read_doi,
    read_id,
    read_links,
    read_submitted,
    read_text,
    read_texts,
    read_time,
    split_names,
)
from core.papers.reading.json_documents import is_json_lines, load_json, read_lines
from core.papers.source import Broken, Page, Problem, into_pages

# On the first line, so that it is no pretty-printed object; without a telling name the id must come first.
_FIRST_KEY = re.compile(rb'\s*\{[ \t]*"(?:id|arxiv_id)"[ \t]*:[ \t]*"')
_KINDS = get_args(LinkKind)


def _records(stream: IO[bytes]) -> Iterator[Paper | Problem]:
    for number, line in read_lines(stream):
        try:
            yield paper_from(load_json(line))
        except (Broken, ValueError) as error:
            yield Problem(f"line {number}", str(error))


def paper_from(entry: Any) -> Paper:
    """A paper from the keys of our export, or those of common lists (`published`, `comments`, `versions`).

    :raises ValueError: no object, no arXiv id or no title.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"not an object but {str(entry)[:40]!r}")
    identifier = read_id(entry.get("id") or entry.get("arxiv_id"))
    title = read_text(entry.get("title"))
    if title is None:
        raise ValueError("no title")
    abstract = read_text(entry.get("abstract"))
    comment = read_text(entry.get("comment")) or read_text(entry.get("comments"))
    categories = _words(entry.get("categories"))
    dates = _version_dates(entry.get("versions"))
    stated = entry.get("withdrawn")
    return Paper(
        id=identifier.base,
        version=identifier.version or _version(entry.get("version")) or (len(dates) or None),
        title=title,
        abstract=abstract,
        authors=_names(entry.get("authors")),
        categories=categories,
        primary_category=read_text(entry.get("primary_category")),
        submitted=read_submitted(
            identifier.base, entry.get("submitted") or entry.get("published") or (dates[0] if dates else None)
        ),
        updated=read_time(entry.get("updated")) or read_time(dates[-1] if dates else None),
        announced=read_day(entry.get("announced")),
        listed=read_day(entry.get("listed")),
        comment=comment,
        doi=read_doi(entry.get("doi")),
        journal_ref=read_text(entry.get("journal_ref")) or read_text(entry.get("journal-ref")),
        withdrawn=stated if isinstance(stated, bool) else (is_withdrawn(comment, abstract) or None),
        links=_links(entry.get("links")),
        upvotes=read_count(entry.get("upvotes")),
        stars=read_count(entry.get("stars")),
        keywords=read_texts(entry.get("keywords")),
        summary=_summary(entry.get("summary")),
    )


def _names(value: Any) -> tuple[str, ...]:
    return split_names(value) if isinstance(value, str) else read_texts(value)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(value.split()) if isinstance(value, str) else read_texts(value)


def _version(value: Any) -> int | None:
    match = re.fullmatch(r"v?([1-9][0-9]{0,3})", str(value))
    return int(match[1]) if match else None


def _version_dates(value: Any) -> list[Any]:
    """The dates of `versions: [{"version": "v1", "created": …}]`, as the public metadata snapshots have them."""
    if not isinstance(value, list):
        return []
    return [version.get("created") for version in value if isinstance(version, dict)]


def _links(value: Any) -> Any:
    rows = value if isinstance(value, list) else []
    return read_links(
        (row["kind"], row.get("url")) for row in rows if isinstance(row, dict) and row.get("kind") in _KINDS
    )


def _summary(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {language: text for language in LANGUAGES if (text := read_text(value.get(language)))} or None


class Jsonl:
    """JSON Lines, the form in which papers are exported."""

    id = "jsonl"
    title = Text("JSON Lines", "JSON Lines")

    def recognise(self, name: str, head: bytes) -> bool:
        if is_json_lines(name):
            return head.lstrip()[:1] == b"{"
        return _FIRST_KEY.match(head) is not None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(_records(stream))


FORMAT = Jsonl()
