"""Which papers have code? The archive of Papers with Code (closed in July 2025): JSON dumps, one large list a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any

from core.language import Text
from core.papers.fields import is_withdrawn, read_id, read_links, read_submitted, read_text, read_texts
from core.papers.json_documents import iterate_values, starts_json
from core.papers.paper import Paper
from core.papers.source import Page, Problem, Refused, into_pages

# Keys that only the dumps and the old API use; an API answer has its rows under `results`.
_KEYS = re.compile(rb'"(?:paper_url|paper_arxiv_id|nips_id|openreview_id|best_rank|evaluated_on)"\s*:')
_FACTS = ("title", "paper_title", "arxiv_id", "paper_arxiv_id")


def _entries(stream: IO[bytes]) -> Iterator[Any]:
    """The entries of a dump, of an API answer, or the one entry a file consists of."""
    for value in iterate_values(stream):
        results = value.get("results") if isinstance(value, dict) else None
        if not isinstance(results, list):
            yield value
        elif results and not any(isinstance(row, dict) and any(key in row for key in _FACTS) for row in results):
            raise Refused("a Papers with Code API answer of evaluation results, which holds no paper metadata")
        else:
            yield from results


def _records(stream: IO[bytes]) -> Iterator[Paper | Problem]:
    """One record an entry, but the rows of one paper in the list of code links, which stand together, become one."""
    pending: Paper | None = None
    for place, entry in enumerate(_entries(stream), start=1):
        record = _record(entry, place)
        if pending is not None and isinstance(record, Paper) and record.id == pending.id:
            pending = replace(pending, links=tuple(dict.fromkeys(pending.links + record.links)))
            continue
        if pending is not None:
            yield pending
        pending = record if isinstance(record, Paper) else None
        if isinstance(record, Problem):
            yield record
    if pending is not None:
        yield pending


def _record(entry: Any, place: int) -> Paper | Problem:
    if not isinstance(entry, dict):
        return Problem(f"entry {place}", f"not an object but {str(entry)[:40]!r}")
    title = read_text(entry.get("title")) or read_text(entry.get("paper_title"))
    url = read_text(entry.get("url_abs")) or read_text(entry.get("paper_url_abs")) or ""
    in_url = url if "arxiv.org/abs/" in url else None
    try:
        identifier = read_id(entry.get("arxiv_id") or entry.get("paper_arxiv_id") or in_url)
    except ValueError as error:
        return Problem(title[:80] if title else f"entry {place}", str(error))
    if title is None:
        return Problem(identifier.base, "no title")
    try:
        version = identifier.version or read_id(in_url).version
    except ValueError:
        version = None
    abstract = read_text(entry.get("abstract"))
    return Paper(
        id=identifier.base,
        version=version,
        title=title,
        abstract=abstract,
        authors=read_texts(entry.get("authors")),
        submitted=read_submitted(identifier.base, entry.get("date") or entry.get("published")),
        withdrawn=is_withdrawn(None, abstract) or None,
        links=read_links([("code", entry.get("repo_url"))]),
        keywords=read_texts(entry.get("tasks")),
    )


class PapersWithCode:
    """The dumps papers-with-abstracts and links-between-papers-and-code, single records, and old API answers."""

    id = "papers-with-code"
    title = Text("Papers with Code archive (JSON)", "Papers with Code 아카이브(JSON)")

    def recognise(self, name: str, head: bytes) -> bool:
        return starts_json(name, head) and _KEYS.search(head) is not None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(_records(stream))


FORMAT = PapersWithCode()
