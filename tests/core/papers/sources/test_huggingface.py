"""Is every day of the window asked for, to its last page, and nothing after today?"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.papers.http import Http
from core.papers.source import Broken, Window
from core.papers.sources.huggingface import SOURCE, HuggingFaceConnection

LISTS = Path(__file__).resolve().parent.parent / "lists"
JSON = "application/json"


class Small(HuggingFaceConnection):
    """Pages of two, so that a test needs few papers."""

    PAGE_SIZE = 2


@pytest.fixture
def small(server):
    return Small(server.url, Http(delay=0.01))


def days(first: str, last: str) -> Window:
    return Window(since=date.fromisoformat(first), until=date.fromisoformat(last))


def rows(*numbers: int) -> str:
    return json.dumps([{"paper": {"id": f"2601.{number:05d}", "title": f"Paper {number}"}} for number in numbers])


def asked(server) -> list[tuple[str, str]]:
    return [(seen.query["date"], seen.query["p"]) for seen in server.seen]


def test_a_recorded_day_comes_in_as_its_papers(server):
    server.say(gzip.decompress((LISTS / "hf-day.json.gz").read_bytes()), kind=JSON)
    (page,) = SOURCE.open(endpoint=server.url + "/", delay=0.01).pages(days("2025-03-17", "2025-03-17"))
    assert [paper.id for paper in page.papers] == ["2503.07677"]
    assert (page.said, page.received, page.requests, page.checkpoint) == (None, 1, 1, None)
    assert server.seen[0].path == "/api/daily_papers"
    assert server.seen[0].query == {"date": "2025-03-17", "p": "0", "limit": "100"}


def test_a_day_is_read_to_its_short_page_and_then_the_next_begins(server, small):
    for body in (rows(1, 2), rows(3), "[]"):
        server.say(body, kind=JSON)
    pages = list(small.pages(days("2026-01-05", "2026-01-06")))
    assert asked(server) == [("2026-01-05", "0"), ("2026-01-05", "1"), ("2026-01-06", "0")]
    assert [page.checkpoint for page in pages] == [
        {"day": "2026-01-05", "p": 1},
        {"day": "2026-01-06", "p": 0},
        None,
    ]


def test_a_checkpoint_goes_on_where_it_stopped(server, small):
    server.say(rows(3), kind=JSON)
    list(small.pages(days("2026-01-01", "2026-01-05"), {"day": "2026-01-05", "p": 1}))
    assert asked(server) == [("2026-01-05", "1")]


def test_days_after_today_are_not_asked_for(server, small):
    server.say("[]", kind=JSON)
    today = datetime.now(UTC).date()
    list(small.pages(Window(since=today, until=today + timedelta(days=9))))
    assert asked(server)[0][0] == today.isoformat()
    assert len(server.seen) <= 2  # midnight may pass


def test_a_window_in_the_future_is_broken_without_asking(server, small):
    future = datetime.now(UTC).date() + timedelta(days=9)
    with pytest.raises(Broken, match=future.isoformat()) as caught:
        list(small.pages(Window(since=future, until=future)))
    assert caught.value.requests == 0
    assert server.seen == []


def test_a_400_is_broken_with_the_day_and_the_servers_own_words(server, small):
    server.say('{"error": "date is in the future"}', status=400, kind=JSON)
    with pytest.raises(Broken, match="2026-01-05: .*400: date is in the future") as caught:
        list(small.pages(days("2026-01-05", "2026-01-05")))
    assert caught.value.requests == 1


def test_odd_rows_are_named_and_counted_as_received(server):
    server.say((LISTS / "hf-odd-rows.json").read_bytes(), kind=JSON)
    (page,) = SOURCE.open(endpoint=server.url, delay=0.01).pages(days("2026-01-05", "2026-01-05"))
    assert (len(page.papers), len(page.problems), page.received) == (2, 8, 10)


def test_one_full_page_again_and_again_is_broken_not_endless(server, small):
    server.say(rows(1, 2), kind=JSON)
    with pytest.raises(Broken, match="again and again"):
        list(small.pages(days("2026-01-05", "2026-01-05")))
    assert len(server.seen) == 2


def test_a_list_without_end_is_broken(server, small):
    for number in range(0, 60, 2):
        server.say(rows(number + 1, number + 2), kind=JSON)
    with pytest.raises(Broken, match="does not end"):
        list(small.pages(days("2026-01-05", "2026-01-05")))
