"""What was built from the papers that Hugging Face listed in these days? Their pages, one by one, with linked repos."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.language import Text
from core.papers.asking.hugging_face import (
    Listing,
    days_of,
    find_listings,
    message_of,
    place_of,
    read_list,
)
from core.papers.formats.hf_daily import paper_from
from core.papers.paper import Link, LinkKind, Paper
from core.papers.reading.fields import read_count, read_links, read_text
from core.papers.reading.json_documents import load_json
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http, Spent

# Whatever address the API is asked at (a mirror, say), this is where the repos are.
_HUB = "https://huggingface.co"
# Key in the answer, kind of link, path before the repo's name, and how many of them are taken.
_LINKED: tuple[tuple[str, LinkKind, str, int], ...] = (
    ("linkedModels", "model", "", 20),
    ("linkedDatasets", "dataset", "datasets/", 20),
    ("linkedSpaces", "space", "spaces/", 10),
)
_REPO = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_GONE = (404, 410)


def parse_page(body: bytes, base: str, *, listing: Listing | None = None) -> Paper:
    """The paper of an answer to /api/papers/ID.

    :param base: the id that was asked for.
    :raises ValueError: the answer is about no paper, or about another one.
    :raises Broken: no JSON.
    """
    facts = load_json(body)
    if not isinstance(facts, dict):
        raise ValueError(f"a paper was expected and a JSON {type(facts).__name__} came")
    if (said := read_text(facts.get("error"))) is not None:
        raise ValueError(f"Hugging Face says: {said}")
    paper = paper_from(facts, {}, day=listing.day if listing else None)
    if paper.id != base:
        raise ValueError(f"the answer is about {paper.id}")
    return replace(paper, links=(*paper.links, *linked(facts)))


def linked(facts: Mapping[str, Any]) -> tuple[Link, ...]:
    """The repos that name the paper: of each kind the most downloaded, then the most liked, then as they stand."""
    links: list[tuple[LinkKind, str]] = []
    for key, kind, path, most in _LINKED:
        rows = facts.get(key)
        repos = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        repos.sort(
            key=lambda row: (read_count(row.get("downloads")) or 0, read_count(row.get("likes")) or 0), reverse=True
        )
        names = [name for row in repos if _REPO.fullmatch(name := read_text(row.get("id")) or "")]
        links += [(kind, f"{_HUB}/{path}{name}") for name in dict.fromkeys(names)][:most]
    return read_links(links)


@dataclass
class _Batch:
    """The papers since the last page, and what they cost."""

    papers: list[Paper] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    requests: int = 0
    waited: float = 0.0

    def take(self, record: Paper | Problem) -> None:
        if isinstance(record, Paper):
            self.papers.append(record)
        else:
            self.problems.append(record)

    def spend(self, spent: Spent) -> None:
        self.requests += spent.requests
        self.waited += spent.waited

    def page(self, checkpoint: Checkpoint | None) -> Page:
        return Page(
            papers=tuple(self.papers),
            received=len(self.papers) + len(self.problems),
            checkpoint=checkpoint,
            problems=tuple(self.problems),
            requests=self.requests,
            waited=self.waited,
        )


class LinksConnection:
    """Asks for the page of every paper on the daily lists.

    A day's papers are taken in the order of their ids, so that the place in a checkpoint (`after`) holds although votes
    change the order of the list.

    :param size: rows of a list that are asked for at once.
    """

    BATCH = 20
    MOST_LIST_PAGES = 20
    # Papers on a list have a page. Where so many in a row have none, it is not the papers that are wrong.
    MOST_FAILURES = 10

    def __init__(self, endpoint: str, http: Http, *, size: int = 100) -> None:
        self._endpoint, self._http, self._size = endpoint.rstrip("/"), http, size
        self._failures = 0

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The papers of the window's days, a few at a time.

        A paper whose page is missing or unreadable is a problem of its own; the others are kept.

        :raises SourceError: one of the named errors, after the papers before it.
        """
        days = find_listings(days_of, window)
        first = 0 if checkpoint is None else place_of(checkpoint, "day", days)
        after = "" if checkpoint is None else str(checkpoint.get("after", ""))
        for place in range(first, len(days)):
            following = {"day": days[place + 1].name, "after": ""} if place + 1 < len(days) else None
            yield from self._day(days[place], after if place == first else "", following)

    def _day(self, listing: Listing, after: str, following: Checkpoint | None) -> Iterator[Page]:
        """The papers of one day's list behind `after`; its last page leads on to `following`."""
        batch = _Batch()
        waiting: set[str] = set()
        for records, _ in read_list(self._http, self._endpoint, listing, size=self._size, most=self.MOST_LIST_PAGES):
            waiting |= {record.id for record in records if isinstance(record, Paper) and record.id > after}
            # Rows without a paper are told of once, not again on going on.
            if not after:
                batch.problems += [record for record in records if isinstance(record, Problem)]
        batch.spend(self._http.take_spent())
        done = after
        ids = sorted(waiting)
        for base in ids:
            try:
                batch.take(self._fetch(base, listing))
            except SourceError as error:
                spent = self._http.take_spent()
                error.requests, error.waited = spent.requests, spent.waited
                if done == after:
                    error.requests, error.waited = error.requests + batch.requests, error.waited + batch.waited
                else:
                    yield batch.page({"day": listing.name, "after": done})
                raise
            batch.spend(self._http.take_spent())
            done = base
            if len(batch.papers) >= self.BATCH and base != ids[-1]:
                yield batch.page({"day": listing.name, "after": done})
                batch, after = _Batch(), done
        yield batch.page(following)

    def _fetch(self, base: str, listing: Listing) -> Paper | Problem:
        try:
            body = self._http.get(f"{self._endpoint}/api/papers/{base}", expect="json", explain=message_of)
        except Broken as error:
            if error.status not in _GONE:
                raise Broken(f"{base}: {error}", status=error.status) from error
            return self._failed(base, str(error))
        try:
            paper = parse_page(body, base, listing=listing)
        except (Broken, ValueError) as error:
            return self._failed(base, str(error))
        self._failures = 0
        return paper

    def _failed(self, base: str, why: str) -> Problem:
        self._failures += 1
        if self._failures >= self.MOST_FAILURES:
            raise Broken(f"the pages of {self._failures} papers in a row cannot be read; the last one, {base}: {why}")
        return Problem(base, why)


class HuggingFaceLinksSource:
    """Hugging Face's pages of listed papers."""

    id = "huggingface-links"
    about = About(
        title=Text("Hugging Face Papers, linked repos", "Hugging Face 논문(연결된 저장소)"),
        help=Text(
            "For each paper on the daily lists the models, data sets and Spaces that name it (the 20, 20 and 10 most "
            "used), and its votes, stars and summary of this moment. The lists themselves do not carry these links.",
            "데일리 목록에 오른 논문마다 그 논문을 언급한 모델, 데이터셋, Space(많이 쓰이는 순으로 20, 20, 10개)와 "
            "지금의 추천 수, 별 수, 요약을 가져온다. 이 링크는 목록 자체에는 들어 있지 않다.",
        ),
        limits=Text(
            "One request a paper: about 30 a day of the window, with 500 in 5 minutes without an account. A window of "
            "more than two weeks is taken in several goes.",
            "논문 한 편에 요청 한 번, 하루치에 30번쯤이 든다. 계정 없이는 5분에 500회까지여서, 두 주가 넘는 기간은 "
            "여러 번에 나누어 받는다.",
        ),
        setting="hf_url",
        default=False,
        provider="huggingface",
        days="listed",
        again=7,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> LinksConnection:
        """A connection to the pages of listed papers."""
        return LinksConnection(endpoint, http)


SOURCE = HuggingFaceLinksSource()
