"""Which papers did Hugging Face's readers pick in these months? The monthly lists."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.asking.hugging_face import Listing, ListsConnection
from core.papers.source import About, Checkpoint, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http


def months_of(window: Window, today: date) -> list[Listing]:
    """The months that the window touches and that have begun."""
    last = min(window.until, today)
    # Months since the year 0.
    first, end = (day.year * 12 + day.month - 1 for day in (window.since, last))
    return [Listing(f"{month // 12}-{month % 12 + 1:02d}", "month") for month in range(first, end + 1)]


class HuggingFaceMonthlySource:
    """Hugging Face by month."""

    id = "huggingface-monthly"
    about = About(
        title=Text("Hugging Face Papers, by month", "Hugging Face 논문(월간)"),
        help=Text(
            "The lists of whole months: the papers of the daily lists and their votes with the fewest requests. For "
            "the first filling of a catalog, back to May 2023.",
            "한 달 전체의 목록을 가져온다. 데일리 목록과 같은 논문과 추천 수를 가장 적은 요청으로 받을 수 있어, "
            "2023년 5월까지 거슬러 올라가 카탈로그를 처음 채울 때 쓰기 좋다.",
        ),
        limits=Text(
            "500 requests in 5 minutes without an account; a month takes about ten.",
            "계정 없이 5분에 500회까지 요청할 수 있다. 한 달에 요청 열 번쯤이 든다.",
        ),
        setting="hf_url",
        default=False,
        provider="huggingface",
        days="listed",
        again=14,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> ListsConnection:
        """A connection to the monthly lists. A month has 300 to 2,000 papers."""
        return ListsConnection(endpoint, http, key="month", listings=months_of, most=100)


SOURCE = HuggingFaceMonthlySource()
