"""Which papers do Hugging Face's readers look at now? The head of the trending list, whatever their day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.asking.hugging_face import Listing, ListsConnection
from core.papers.source import About, Checkpoint, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http


def trending_of(window: Window, today: date) -> list[Listing]:
    """The one list there is: it is of this moment, and no window is asked for."""
    return [Listing("trending", "sort")]


class HuggingFaceTrendingSource:
    """Hugging Face by what is looked at now."""

    id = "huggingface-trending"
    about = About(
        title=Text("Hugging Face Papers, trending", "Hugging Face 논문(인기 급상승)"),
        help=Text(
            "The 300 papers at the head of the trending list, with votes and stars of this moment. It has no window: "
            "older papers come back when they are talked of again.",
            "인기 급상승 목록의 앞쪽 300편을 지금의 추천 수, 별 수와 함께 가져온다. 기간과 무관하므로, 다시 화제가 된 "
            "옛 논문도 들어온다.",
        ),
        limits=Text(
            "500 requests in 5 minutes without an account; three are needed.",
            "계정 없이 5분에 500회까지 요청할 수 있다. 요청 세 번이 든다.",
        ),
        setting="hf_url",
        default=False,
        provider="huggingface",
        days="listed",
        again=0,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> ListsConnection:
        """A connection to the trending list, which goes on for ever."""
        return ListsConnection(endpoint, http, key="list", listings=trending_of, most=3, cut=True)


SOURCE = HuggingFaceTrendingSource()
