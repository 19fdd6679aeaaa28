"""Is every month asked for that the window touches and that has begun?"""

from __future__ import annotations

from datetime import date

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import Window
from core.papers.sources.huggingface_monthly import SOURCE, months_of

TODAY = date(2026, 8, 20)


def months(since: date, until: date) -> list[str]:
    return [listing.name for listing in months_of(Window(since=since, until=until), TODAY)]


def test_the_months_at_both_ends_are_there_though_the_window_only_touches_them():
    assert months(date(2025, 11, 30), date(2026, 2, 1)) == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_this_month_has_begun_and_the_next_one_has_not():
    assert months(date(2026, 8, 20), date(2027, 3, 1)) == ["2026-08"]
    assert months(date(2026, 9, 1), date(2027, 3, 1)) == []


def test_months_are_read_one_after_another(server):
    server.say("[]", kind="application/json")
    connection = SOURCE.open(endpoint=server.url, http=Http(gate=Gate(delay=0.0)))
    first, second = connection.pages(Window(since=date(2026, 1, 31), until=date(2026, 2, 1)))
    assert [seen.query for seen in server.seen] == [
        {"month": "2026-01", "p": "0", "limit": "100"},
        {"month": "2026-02", "p": "0", "limit": "100"},
    ]
    assert (first.checkpoint, second.checkpoint) == ({"month": "2026-02", "p": 0}, None)
