"""What was submitted to arXiv in these days? The query API, oldest first, one page of results at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.formats.arxiv_atom import Feed, parse_feed
from core.papers.paper import Paper
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.http import Http


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


class ArxivConnection:
    """Fetches and reads the pages itself: the package's own reader turns several failures into an empty list."""

    PAGE_SIZE = 100
    # arXiv gives out no more of one query; a fuller window has to be asked for in parts.
    MOST_RESULTS = 30_000
    # arXiv now and then answers with no or too few entries and is right the next time.
    TRIES = 3

    def __init__(self, endpoint: str, http: Http) -> None:
        self._endpoint, self._http = endpoint, http

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The pages of `window`, each with the total that arXiv states.

        They end before that total where arXiv goes on giving less than it said; the last page's checkpoint then
        says where to go on.

        :raises SourceError: one of the named errors.
        """
        start = int(checkpoint["start"]) if checkpoint else 0
        before: set[str] = set()
        while True:
            try:
                feed = self._fetch(window, start)
                now = {record.id if isinstance(record, Paper) else record.where for record in feed.records}
                if now and now == before:
                    raise Broken(f"arXiv answered with the same page for result {start} as for the ones before")
            except SourceError as error:
                error.requests = self._http.take_count()
                raise
            before = now
            page = self._page(feed, start)
            yield page
            if page.checkpoint is None or len(feed.records) < self.PAGE_SIZE:
                return
            start += len(feed.records)

    def _page(self, feed: Feed, start: int) -> Page:
        after = start + len(feed.records)
        return Page(
            papers=tuple(record for record in feed.records if isinstance(record, Paper)),
            said=feed.total,
            received=len(feed.records),
            checkpoint={"start": after} if after < (feed.total or 0) else None,
            problems=tuple(record for record in feed.records if isinstance(record, Problem)),
            requests=self._http.take_count(),
        )

    def _fetch(self, window: Window, start: int) -> Feed:
        """The page at `start`, asked for again while it is shorter than its total says; then the longest seen."""
        if start >= self.MOST_RESULTS:
            raise Broken(
                f"arXiv gives out {self.MOST_RESULTS:,} results of one query; ask for fewer days than {window}"
            )
        feed = self._ask(window, start)
        for _ in range(self.TRIES - 1):
            if len(feed.records) >= min(self.PAGE_SIZE, (feed.total or 0) - start):
                break
            feed = max(feed, self._ask(window, start), key=lambda answer: len(answer.records))
        return feed

    def _ask(self, window: Window, start: int) -> Feed:
        url = url_of(self._endpoint, window, start=start, size=self.PAGE_SIZE)
        feed = parse_feed(self._http.get(url, expect="xml", explain=_message_of))
        if feed.error:
            raise Broken(f"arXiv says: {feed.error}")
        if feed.total is None:
            raise Broken("arXiv's answer does not say how many results there are")
        return feed


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
            "version and comments. The base of the catalog.",
            "선택한 분야의 모든 논문을 첫 버전이 제출된 날짜 기준으로 가져온다. 초록, 저자, 버전, 코멘트까지 담겨 있어 "
            "카탈로그의 바탕이 된다.",
        ),
        limits=Text(
            "One request every 3 seconds; 30,000 results a query. Metadata is CC0. Thank you to arXiv for use of its "
            "open access interoperability.",
            "요청은 3초에 한 번, 질의 하나에 최대 30,000건까지다. 메타데이터는 CC0이며, 공개 인터페이스를 제공하는 "
            "arXiv에 감사한다.",
        ),
        setting="arxiv_url",
        default=True,
    )

    def open(self, *, endpoint: str, delay: float) -> ArxivConnection:
        """A connection that waits `delay` seconds between requests."""
        from core.papers.http import Http

        return ArxivConnection(endpoint, Http(delay=delay))


SOURCE = ArxivSource()
