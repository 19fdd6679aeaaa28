"""Which papers did Hugging Face's readers pick in these days? The daily lists, with votes, code and summaries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.fields import read_text
from core.papers.formats.hf_daily import parse_daily
from core.papers.json_documents import load_json
from core.papers.paper import Paper
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.http import Http

_DAY = timedelta(days=1)


class HuggingFaceConnection:
    """Reads the JSON itself: the hub's client drops votes, stars and summaries of daily rows."""

    PAGE_SIZE = 100
    # A day has 2 to 60 papers; a list that fills this many pages is not a day's.
    MOST_PAGES = 20

    def __init__(self, endpoint: str, http: Http) -> None:
        self._endpoint, self._http = endpoint, http

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The lists of the window's days up to today (UTC), one or more pages a day; weekends are often empty.

        Votes settle over one to two weeks: a window that reaches back gives papers again, with newer counts.

        :raises SourceError: one of the named errors; Broken for a window that begins in the future.
        """
        today = datetime.now(UTC).date()
        if window.since > today:
            raise Broken(f"Hugging Face has no list for {window.since} yet; today is {today} (UTC)", requests=0)
        until = min(window.until, today)
        day = date.fromisoformat(checkpoint["day"]) if checkpoint else window.since
        number = int(checkpoint["p"]) if checkpoint else 0
        before: set[str] = set()
        while day <= until:
            try:
                records = self._fetch(day, number)
                now = {record.id if isinstance(record, Paper) else record.where for record in records}
                if number and now and now == before:
                    raise Broken(f"Hugging Face answered with one page again and again for {day}")
            except SourceError as error:
                error.requests = self._http.take_count()
                raise
            before = now
            day, number = (day, number + 1) if len(records) >= self.PAGE_SIZE else (day + _DAY, 0)
            yield Page(
                papers=tuple(record for record in records if isinstance(record, Paper)),
                received=len(records),
                checkpoint={"day": day.isoformat(), "p": number} if day <= until else None,
                problems=tuple(record for record in records if isinstance(record, Problem)),
                requests=self._http.take_count(),
            )

    def _fetch(self, day: date, number: int) -> tuple[Paper | Problem, ...]:
        if number >= self.MOST_PAGES:
            raise Broken(f"Hugging Face's list for {day} does not end")
        try:
            body = self._http.get(
                f"{self._endpoint}/api/daily_papers",
                expect="json",
                params={"date": day.isoformat(), "p": str(number), "limit": str(self.PAGE_SIZE)},
                explain=_message_of,
            )
            return parse_daily(body)
        except Broken as error:
            raise Broken(f"{day}: {error}") from error


def _message_of(body: bytes) -> str | None:
    """The server's own words in the body of a 400: `{"error": …}`."""
    try:
        answer = load_json(body)
    except Broken:
        return None
    return read_text(answer.get("error")) if isinstance(answer, dict) else None


class HuggingFaceSource:
    """Hugging Face by list day."""

    id = "huggingface"
    about = About(
        title=Text("Hugging Face Papers", "Hugging Face 논문"),
        help=Text(
            "The papers that readers put on the daily list, with votes, code, project pages, keywords and a one-line "
            "summary. It adds to what arXiv gives; look back two weeks to see votes settle.",
            "독자들이 데일리 목록에 올린 논문을 추천 수, 코드, 프로젝트 페이지, 키워드, 한 줄 요약과 함께 가져온다. "
            "arXiv 정보를 보완하며, 추천 수는 두 주쯤 지나야 안정된다.",
        ),
        limits=Text(
            "500 requests in 5 minutes without an account; one or two are needed a day of the window.",
            "계정 없이 5분에 500회까지 요청할 수 있다. 하루치 목록에는 요청 한두 번이 든다.",
        ),
        setting="hf_url",
        default=True,
    )

    def open(self, *, endpoint: str, delay: float) -> HuggingFaceConnection:
        """A connection that waits `delay` seconds between requests."""
        from core.papers.http import Http

        return HuggingFaceConnection(endpoint.rstrip("/"), Http(delay=delay))


SOURCE = HuggingFaceSource()
