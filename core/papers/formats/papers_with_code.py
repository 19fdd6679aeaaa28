"""Which papers have code? The archive of Papers with Code (closed in July 2025): JSON dumps, one large list a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any

from core.language import Text
from core.papers.ids import ArxivId
from core.papers.paper import Link, Paper
from core.papers.reading.fields import is_withdrawn, read_id, read_links, read_submitted, read_text, read_texts
from core.papers.reading.json_documents import iterate_values, starts_json
from core.papers.source import DAMAGE, Page, Problem, Refused, into_pages

# Keys that only the dumps and the old API use; an API answer has its rows under `results`.
_KEYS = re.compile(
    rb'"(?:paper_url|paper_arxiv_id|nips_id|openreview_id|best_rank|evaluated_on'
    rb"|introduced_(?:year|date)|code_snippet_url|num_papers|dataset_(?:citations|links)|source_link|subtasks)\"\s*:"
    rb"|//paperswithcode\.com/(?:method|dataset|task)/"
)
_FACTS = ("title", "paper_title", "arxiv_id", "paper_arxiv_id")
# The archive's other dumps: a key that each of their entries has and no paper's entry has, and what they hold.
_OTHERS = {
    "code_snippet_url": "methods, which holds methods and no papers",
    "introduced_date": "datasets, which holds data sets and no papers",
    "source_link": "evaluation-tables, which holds results and no papers",
    "subtasks": "evaluation-tables, which holds results and no papers",
}
# The most reimplemented paper of the archive has several hundred; more are no sign of interest.
_MOST_REPOS = 1_000


def _entries(stream: IO[bytes]) -> Iterator[Any]:
    """The entries of a dump, of an API answer, or the one entry a file consists of."""
    for value in iterate_values(stream):
        if isinstance(value, dict):
            _refuse_other_dumps(value)
        results = value.get("results") if isinstance(value, dict) else None
        if not isinstance(results, list):
            yield value
        elif results and not any(isinstance(row, dict) and any(key in row for key in _FACTS) for row in results):
            raise Refused("a Papers with Code API answer of evaluation results, which holds no paper metadata")
        else:
            yield from results


def _refuse_other_dumps(entry: Mapping[str, Any]) -> None:
    if any(key in entry for key in _FACTS):
        return
    for key, what in _OTHERS.items():
        if key in entry:
            raise Refused(
                f"the Papers with Code dump {what}; import papers-with-abstracts or links-between-papers-and-code"
            )


def _records(stream: IO[bytes]) -> Iterator[Paper | Problem]:
    """One record an entry, but the rows of one paper in the list of code links, which stand together, become one."""
    pending: Paper | None = None
    repos: dict[Link, bool] = {}
    try:
        for place, entry in enumerate(_entries(stream), start=1):
            record = _record(entry, place)
            if isinstance(record, Problem):
                yield record
                continue
            if pending is not None and record.id != pending.id:
                yield _with_repos(pending, repos)
                pending, repos = None, {}
            pending = pending or record
            for link in record.links:
                if len(repos) < _MOST_REPOS or link in repos:
                    repos[link] = repos.get(link, False) or entry.get("is_official") is True
    except DAMAGE:
        # What was read before the damage is as good as ever.
        if pending is not None:
            yield _with_repos(pending, repos)
        raise
    if pending is not None:
        yield _with_repos(pending, repos)


def _with_repos(paper: Paper, repos: Mapping[Link, bool]) -> Paper:
    """The paper with its repos, those of its authors first."""
    if not repos:
        return paper
    return replace(paper, links=tuple(sorted(repos, key=lambda link: not repos[link])))


def _record(entry: Any, place: int) -> Paper | Problem:
    if not isinstance(entry, dict):
        return Problem(f"entry {place}", f"not an object but {str(entry)[:40]!r}")
    title = read_text(entry.get("title")) or read_text(entry.get("paper_title"))
    try:
        identifier = _identify(entry)
    except ValueError as error:
        return Problem(title[:80] if title else f"entry {place}", str(error))
    if title is None:
        return Problem(identifier.base, "no title")
    abstract = read_text(entry.get("abstract"))
    return Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=abstract,
        authors=read_texts(entry.get("authors")),
        submitted=read_submitted(identifier.base, entry.get("date") or entry.get("published")),
        withdrawn=is_withdrawn(None, abstract) or None,
        links=read_links([("code", entry.get("repo_url"))]),
        # Not `methods`: those are the parts a model is made of (Adam, dropout), whatever the paper is about.
        keywords=read_texts(entry.get("tasks")),
    )


def _identify(entry: Mapping[str, Any]) -> ArxivId:
    """The id as stated, or else as the address has it, which also knows the version.

    :raises ValueError: neither can be read.
    """
    url = read_text(entry.get("url_abs")) or read_text(entry.get("paper_url_abs")) or ""
    stated = read_text(entry.get("arxiv_id")) or read_text(entry.get("paper_arxiv_id"))
    try:
        in_url = read_id(url) if "arxiv.org/abs/" in url else None
    except ValueError:
        in_url = None
    if in_url is not None and stated is None:
        return in_url
    identifier = read_id(stated)
    if identifier.version is None and in_url is not None and in_url.base == identifier.base:
        return in_url
    return identifier


class PapersWithCode:
    """The dumps papers-with-abstracts and links-between-papers-and-code, single records, and old API answers."""

    id = "papers-with-code"
    title = Text("Papers with Code archive (JSON)", "Papers with Code 아카이브(JSON)")

    def recognise(self, name: str, head: bytes) -> bool:
        return starts_json(name, head) and _KEYS.search(head) is not None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(_records(stream))


FORMAT = PapersWithCode()
