"""Is the head of the trending list read, whatever the window?"""

from __future__ import annotations

import json
from datetime import date

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import Window
from core.papers.sources.huggingface_trending import SOURCE

JSON = "application/json"


def rows(first: int) -> str:
    papers = [{"paper": {"id": f"2601.{first + n:05d}", "title": f"Paper {n}"}} for n in range(100)]
    return json.dumps(papers)


def test_three_full_pages_are_read_and_no_window_is_asked_for(server):
    for first in range(1, 1001, 100):
        server.say(rows(first), kind=JSON)
    connection = SOURCE.open(endpoint=server.url, http=Http(gate=Gate(delay=0.0)))
    pages = list(connection.pages(Window(since=date(2019, 1, 1), until=date(2019, 1, 2))))
    assert [seen.query for seen in server.seen] == [
        {"sort": "trending", "p": str(number), "limit": "100"} for number in range(3)
    ]
    assert [page.checkpoint for page in pages] == [{"list": "trending", "p": 1}, {"list": "trending", "p": 2}, None]
    assert len({paper.id for page in pages for paper in page.papers}) == 300


def test_it_goes_on_from_a_checkpoint(server):
    server.say(rows(1), kind=JSON)
    connection = SOURCE.open(endpoint=server.url, http=Http(gate=Gate(delay=0.0)))
    list(connection.pages(Window(since=date(2026, 1, 1), until=date(2026, 1, 1)), {"list": "trending", "p": 2}))
    assert [seen.query["p"] for seen in server.seen] == ["2"]
