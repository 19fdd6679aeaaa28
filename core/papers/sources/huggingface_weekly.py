"""Which papers did Hugging Face's readers pick in these weeks? The weekly lists, Monday to Sunday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.asking.hugging_face import Listing, ListsConnection
from core.papers.source import About, Checkpoint, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http

_WEEK = timedelta(weeks=1)


def weeks_of(window: Window, today: date) -> list[Listing]:
    """The ISO weeks that the window touches and that have begun."""
    weeks: list[Listing] = []
    monday = window.since - timedelta(days=window.since.weekday())
    while monday <= min(window.until, today):
        year, week, _ = monday.isocalendar()
        weeks.append(Listing(f"{year}-W{week:02d}", "week"))
        monday += _WEEK
    return weeks


class HuggingFaceWeeklySource:
    """Hugging Face by week."""

    id = "huggingface-weekly"
    about = About(
        title=Text("Hugging Face Papers, by week", "Hugging Face 논문(주간)"),
        help=Text(
            "The lists of whole weeks: the papers of the daily lists and their votes for a fifth of the requests. For "
            "filling in months that were missed.",
            "한 주 전체의 목록을 가져온다. 데일리 목록과 같은 논문과 추천 수를 5분의 1쯤의 요청으로 받을 수 있어, "
            "놓친 몇 달치를 채울 때 쓰기 좋다.",
        ),
        limits=Text(
            "500 requests in 5 minutes without an account; a week takes about three.",
            "계정 없이 5분에 500회까지 요청할 수 있다. 한 주에 요청 세 번쯤이 든다.",
        ),
        setting="hf_url",
        default=False,
        provider="huggingface",
        days="listed",
        again=14,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> ListsConnection:
        """A connection to the weekly lists. A week has 100 to 500 papers."""
        return ListsConnection(endpoint, http, key="week", listings=weeks_of, most=40)


SOURCE = HuggingFaceWeeklySource()
