"""Which papers did Hugging Face list on a day? The JSON of /api/daily_papers, whose facts sit under `paper`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import IO, Any

from core.language import Text
from core.papers.paper import Paper
from core.papers.reading.fields import (
    is_withdrawn,
    read_count,
    read_day,
    read_id,
    read_links,
    read_submitted,
    read_text,
    read_texts,
)
from core.papers.reading.json_documents import load_json, starts_json
from core.papers.reading.streams import read_whole
from core.papers.source import Broken, Page, Problem, into_pages

_ROW = re.compile(rb'"paper"\s*:\s*\{')
# The archive of Papers with Code also names the paper of a method or data set so.
_ELSEWHERE = re.compile(
    rb'"(?:introduced_(?:year|date)|code_snippet_url|num_papers)"\s*:|//paperswithcode\.com/(?:method|dataset)/'
)
_WRAPPERS = ("dailyPapers", "papers")
_FIRST_LIST = date(2023, 5, 4)
# Our clock, and the writer's idea of a day, may be a little off.
_GRACE = timedelta(days=1)


def parse_daily(body: bytes, *, day: date | None = None) -> tuple[Paper | Problem, ...]:
    """The rows of a daily list: a bare list, one row, or a list under `dailyPapers` or `papers`.

    :param day: the list day that was asked for; it is that of the rows that do not name theirs.
    :raises Broken: no JSON, or JSON of another shape; the server's own error message where it sent one.
    """
    answer = load_json(body)
    if isinstance(answer, dict):
        if "paper" in answer:
            answer = [answer]
        else:
            answer = next((answer[key] for key in _WRAPPERS if isinstance(answer.get(key), list)), answer)
    if isinstance(answer, dict) and read_text(answer.get("error")):
        raise Broken(f"Hugging Face says: {read_text(answer['error'])}", requests=0)
    if not isinstance(answer, list):
        raise Broken(f"a list of papers was expected and a JSON {type(answer).__name__} came", requests=0)
    return tuple(_record(row, place, day) for place, row in enumerate(answer, start=1))


def _record(row: Any, place: int, day: date | None) -> Paper | Problem:
    where = f"row {place}"
    if not isinstance(row, dict):
        return Problem(where, f"not an object but {str(row)[:40]!r}")
    facts = row.get("paper")
    if not isinstance(facts, dict):
        return Problem(where, "no paper in it")
    try:
        where = read_id(facts.get("id")).base
        return paper_from(facts, row, day=day)
    except ValueError as error:
        return Problem(where, str(error))


def paper_from(facts: Mapping[str, Any], row: Mapping[str, Any], *, day: date | None = None) -> Paper:
    """The paper of an object as it stands under `paper` in a list, and alone under /api/papers/ID.

    A list's row may name another list day than was asked for; the row is believed.

    :param row: what is around it; it has the thumbnail, and the title and abstract where the facts have none.
    :param day: the list day, where the facts do not name it.
    :raises ValueError: no arXiv id or no title.
    """
    identifier = read_id(facts.get("id"))
    title = read_text(facts.get("title")) or read_text(row.get("title"))
    if title is None:
        raise ValueError("no title")
    abstract = read_text(facts.get("summary")) or read_text(row.get("summary"))
    summary = read_text(facts.get("ai_summary"))
    authors = facts.get("authors")
    latest = datetime.now(UTC) + _GRACE
    submitted = read_submitted(identifier.base, facts.get("publishedAt"))
    listed = read_day(facts.get("submittedOnDailyAt"))
    return Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=abstract,
        # An author who is `hidden` has hidden the link to an account, not the authorship.
        authors=read_texts([author.get("name") for author in authors if isinstance(author, dict)])
        if isinstance(authors, list)
        else (),
        submitted=submitted if submitted is not None and submitted <= latest else None,
        listed=listed if listed is not None and _FIRST_LIST <= listed <= latest.date() else day,
        withdrawn=is_withdrawn(None, abstract) or None,
        links=read_links(
            [
                ("code", facts.get("githubRepo")),
                ("project", facts.get("projectPage")),
                ("thumbnail", row.get("thumbnail")),
            ]
        ),
        upvotes=read_count(facts.get("upvotes")),
        stars=read_count(facts.get("githubStars")),
        keywords=read_texts(facts.get("ai_keywords")),
        summary={"en": summary} if summary else None,
    )


class HfDaily:
    """Daily lists of huggingface.co/papers, saved to a file."""

    id = "hf-daily"
    title = Text("Hugging Face daily papers (JSON)", "Hugging Face 데일리 논문(JSON)")

    def recognise(self, name: str, head: bytes) -> bool:
        return starts_json(name, head) and _ROW.search(head) is not None and _ELSEWHERE.search(head) is None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(parse_daily(read_whole(stream)))


FORMAT = HfDaily()
