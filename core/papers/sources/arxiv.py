"""What was submitted to arXiv in these days? The query API, oldest first, one page of results at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.formats.arxiv_atom import Feed, parse_feed
from core.papers.paper import Paper
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http

_DAY = timedelta(days=1)


def query_of(window: Window) -> str:
    """The window in arXiv's query language; `submittedDate` is v1's, in GMT, and both ends count."""
    days = f"submittedDate:[{window.since:%Y%m%d}0000 TO {window.until:%Y%m%d}2359]"
    if not window.categories:
        return days
    return f"({' OR '.join(f'cat:{category}' for category in window.categories)}) AND {days}"


def url_of(endpoint: str, window: Window, *, start: int, size: int) -> str:
    """The address of one page, made by the `arxiv` package, which knows the API's parameters."""
    import arxiv

    client = arxiv.Client(page_size=size)
    client.query_url_format = endpoint + "?{}"
    search = arxiv.Search(
        query=query_of(window),
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Ascending,
    )
    return client._format_url(search, start, size)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one is in a window that may have to be read in parts.

    :param since: first day of the part.
    :param ends: last day of this part, and of those after it, each of which begins on the day after the one before.
    :param start: results of this part that have come.
    :param whole: how many arXiv said there are in the whole window when it had to be divided; 0 for an undivided one.
    :param before: how many it said there are in the parts that are done.
    """

    since: date
    ends: tuple[date, ...]
    start: int = 0
    whole: int = 0
    before: int = 0

    @classmethod
    def of(cls, window: Window, checkpoint: Checkpoint | None) -> Place:
        """The beginning of a window, or where its checkpoint says."""
        if checkpoint is None or "ends" not in checkpoint:
            return cls(since=window.since, ends=(window.until,), start=int((checkpoint or {}).get("start", 0)))
        return cls(
            since=date.fromisoformat(checkpoint["since"]),
            ends=tuple(date.fromisoformat(end) for end in checkpoint["ends"]),
            start=int(checkpoint["start"]),
            whole=int(checkpoint["whole"]),
            before=int(checkpoint["before"]),
        )

    def checkpoint(self) -> Checkpoint:
        """The place as JSON."""
        counts = {"start": self.start, "whole": self.whole, "before": self.before}
        return {"since": self.since.isoformat(), "ends": [end.isoformat() for end in self.ends], **counts}

    def part(self, window: Window) -> Window:
        """The days of the part in hand."""
        return replace(window, since=self.since, until=self.ends[0])

    def halved(self, total: int) -> Place:
        """The beginning of the first half of a part that has `total` results, which are too many."""
        middle = self.since + (self.ends[0] - self.since) // 2
        return replace(self, ends=(middle, *self.ends), start=0, whole=self.whole or total)

    def after(self, count: int, total: int) -> Place | None:
        """The place after `count` results more of a part that has `total`; None at the end of the window."""
        if self.start + count < total:
            return replace(self, start=self.start + count)
        if len(self.ends) == 1:
            return None
        return replace(self, since=self.ends[0] + _DAY, ends=self.ends[1:], start=0, before=self.before + total)

    def said(self, total: int) -> int:
        """How many there are in the whole window, as far as is known in a part that has `total`."""
        return self.before + total if len(self.ends) == 1 else max(self.whole, self.before + total)


class ArxivConnection:
    """Fetches and reads the pages itself: the package's own reader turns several failures into an empty list."""

    PAGE_SIZE = 100
    # arXiv gives out no more of one query; a fuller window is asked for in parts.
    MOST_RESULTS = 30_000
    # arXiv now and then answers with no or too few entries and is right the next time.
    TRIES = 3

    def __init__(self, endpoint: str, http: Http) -> None:
        self._endpoint, self._http = endpoint, http

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The pages of `window`, each with the total that arXiv states for all of it.

        They end before that total where arXiv goes on giving less than it said; the last page's checkpoint then
        says where to go on. A total that changes on the way, for papers come in meanwhile, counts as it was said last.

        :raises SourceError: one of the named errors.
        """
        place: Place | None = Place.of(window, checkpoint)
        before: set[str] = set()
        while place is not None:
            try:
                place, feed, total = self._fetch(window, place)
                now = {record.id if isinstance(record, Paper) else record.where for record in feed.records}
                if now and now == before:
                    raise Broken(f"arXiv answered with the same page for result {place.start} as for the ones before")
            except SourceError as error:
                error.requests, error.waited = self._http.take_spent()
                raise
            before = now
            short = len(feed.records) < self.PAGE_SIZE and place.start + len(feed.records) < total
            said, place = place.said(total), place.after(len(feed.records), total)
            requests, waited = self._http.take_spent()
            yield Page(
                papers=tuple(record for record in feed.records if isinstance(record, Paper)),
                said=said,
                received=len(feed.records),
                checkpoint=None if place is None else place.checkpoint(),
                problems=tuple(record for record in feed.records if isinstance(record, Problem)),
                requests=requests,
                waited=waited,
            )
            if short:
                return

    def _fetch(self, window: Window, place: Place) -> tuple[Place, Feed, int]:
        """The page at a place and its part's total; the place is another one where the part had to be divided."""
        while True:
            part, total = place.part(window), self.MOST_RESULTS + 1
            if place.start < self.MOST_RESULTS:
                feed, total = self._whole_page(part, place.start)
                if total <= self.MOST_RESULTS or place.start:
                    return place, feed, total
            if part.since == part.until:
                raise Broken(
                    f"arXiv has more than {self.MOST_RESULTS:,} papers of {part.since} and gives out no more of one "
                    "query; ask for fewer categories"
                )
            place = place.halved(total)

    def _whole_page(self, window: Window, start: int) -> tuple[Feed, int]:
        """The page at `start`, asked for again while it is shorter than its total says; then the longest seen."""
        feed, total = self._ask(window, start)
        for _ in range(self.TRIES - 1):
            if len(feed.records) >= min(self.PAGE_SIZE, total - start):
                break
            feed, total = max((feed, total), self._ask(window, start), key=lambda answer: len(answer[0].records))
        return feed, total

    def _ask(self, window: Window, start: int) -> tuple[Feed, int]:
        url = url_of(self._endpoint, window, start=start, size=self.PAGE_SIZE)
        feed = parse_feed(self._http.get(url, expect="xml", explain=_message_of))
        if feed.error:
            raise Broken(f"arXiv says: {feed.error}")
        if feed.total is None:
            raise Broken("arXiv's answer does not say how many results there are")
        return feed, feed.total


def _message_of(body: bytes) -> str | None:
    """arXiv's own words in the body of a 400."""
    try:
        return parse_feed(body).error
    except Broken:
        return None


class ArxivSource:
    """arXiv by submission day."""

    id = "arxiv"
    about = About(
        title=Text("arXiv", "arXiv"),
        help=Text(
            "Every paper of the chosen categories, by the day its first version was submitted, with abstract, authors, "
            "version and comments. The base of the catalog. Three days are asked for again each time, because a paper "
            "that moderation held comes late, under the day on which it was submitted.",
            "선택한 분야의 모든 논문을 첫 버전이 제출된 날짜 기준으로 가져온다. 초록, 저자, 버전, 코멘트까지 담겨 있어 "
            "카탈로그의 바탕이 된다. 심사에 걸린 논문은 원래 제출일로 뒤늦게 올라오므로 매번 지난 사흘을 다시 "
            "확인한다.",
        ),
        limits=Text(
            "One request every 3 seconds; 30,000 results a query (longer lists are asked for in parts). Metadata is "
            "CC0. Thank you to arXiv for use of its open access interoperability.",
            "요청은 3초에 한 번, 질의 하나에 최대 30,000건까지다(더 많으면 기간을 나누어 요청한다). 메타데이터는 "
            "CC0이며, 공개 인터페이스를 제공하는 arXiv에 감사한다.",
        ),
        setting="arxiv_url",
        default=True,
        provider="arxiv",
        days="submitted",
        again=3,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> ArxivConnection:
        """A connection; there is nothing to remember."""
        return ArxivConnection(endpoint, http)


SOURCE = ArxivSource()
