"""Which papers did Hugging Face's readers pick in these days? The daily lists, with votes, code and summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.language import Text
from core.papers.asking.hugging_face import ListsConnection, days_of
from core.papers.source import About, Checkpoint

if TYPE_CHECKING:
    from core.papers.asking.http import Http


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
        provider="huggingface",
        days="listed",
        again=14,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> ListsConnection:
        """A connection to the daily lists. A day has 2 to 100 papers."""
        return ListsConnection(endpoint, http, key="day", listings=days_of, most=20)


SOURCE = HuggingFaceSource()
