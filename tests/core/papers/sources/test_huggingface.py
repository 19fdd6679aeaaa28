"""Is every day of the window asked for, to its last page, and nothing after today?"""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import Broken, Window
from core.papers.sources.huggingface import SOURCE

LISTS = Path(__file__).resolve().parent.parent / "lists"
JSON = "application/json"


@pytest.fixture
def connection(server):
    return SOURCE.open(endpoint=server.url + "/", http=Http(gate=Gate(delay=0.0)))


def days(first: str, last: str) -> Window:
    return Window(since=date.fromisoformat(first), until=date.fromisoformat(last))


def asked(server) -> list[tuple[str, str]]:
    return [(seen.query["date"], seen.query["p"]) for seen in server.seen]


def test_a_recorded_day_comes_in_as_its_papers(server, connection):
    server.say(gzip.decompress((LISTS / "hf-day.json.gz").read_bytes()), kind=JSON)
    (page,) = connection.pages(days("2025-03-17", "2025-03-17"))
    assert [paper.id for paper in page.papers] == ["2503.07677"]
    assert (page.said, page.received, page.requests, page.checkpoint) == (None, 1, 1, None)
    assert server.seen[0].path == "/api/daily_papers"
    assert server.seen[0].query == {"date": "2025-03-17", "p": "0", "limit": "100"}


def test_every_day_is_asked_for_and_an_empty_one_is_no_end(server, connection):
    server.say("[]", kind=JSON)
    pages = list(connection.pages(days("2026-01-02", "2026-01-05")))
    assert [day for day, _ in asked(server)] == ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]
    assert [page.checkpoint for page in pages] == [
        {"day": "2026-01-03", "p": 0},
        {"day": "2026-01-04", "p": 0},
        {"day": "2026-01-05", "p": 0},
        None,
    ]
    assert [page.received for page in pages] == [0, 0, 0, 0]


def test_a_row_without_a_list_day_was_on_the_list_it_came_in(server, connection):
    server.say('[{"paper": {"id": "2601.00001", "title": "A paper"}}]', kind=JSON)
    (page,) = connection.pages(days("2026-01-05", "2026-01-05"))
    assert page.papers[0].listed == date(2026, 1, 5)


def test_a_row_that_names_another_list_day_is_believed(server, connection):
    server.say(
        '[{"paper": {"id": "2601.00001", "title": "A paper", "submittedOnDailyAt": "2026-01-08T00:00:00.000Z"}}]',
        kind=JSON,
    )
    (page,) = connection.pages(days("2026-01-05", "2026-01-05"))
    assert page.papers[0].listed == date(2026, 1, 8)


def test_days_after_today_are_not_asked_for(server, connection):
    server.say("[]", kind=JSON)
    today = datetime.now(UTC).date()
    list(connection.pages(Window(since=today, until=today + timedelta(days=9))))
    assert asked(server)[0][0] == today.isoformat()
    assert len(server.seen) <= 2  # midnight may pass


def test_a_window_in_the_future_is_broken_without_asking(server, connection):
    future = datetime.now(UTC).date() + timedelta(days=9)
    with pytest.raises(Broken, match=future.isoformat()) as caught:
        list(connection.pages(Window(since=future, until=future)))
    assert caught.value.requests == 0
    assert server.seen == []


def test_a_400_is_broken_with_the_day_and_the_servers_own_words(server, connection):
    server.say('{"error": "date is in the future"}', status=400, kind=JSON)
    with pytest.raises(Broken, match="2026-01-05: .*400: date is in the future") as caught:
        list(connection.pages(days("2026-01-05", "2026-01-05")))
    assert caught.value.requests == 1


def test_an_error_with_status_200_is_broken_in_the_servers_own_words(server, connection):
    server.say('{"error": "We had to rate limit you"}', kind=JSON)
    with pytest.raises(Broken, match="2026-01-05: Hugging Face says: We had to rate limit you"):
        list(connection.pages(days("2026-01-05", "2026-01-05")))


def test_odd_rows_are_named_and_counted_as_received(server, connection):
    server.say((LISTS / "hf-odd-rows.json").read_bytes(), kind=JSON)
    (page,) = connection.pages(days("2026-01-05", "2026-01-05"))
    assert (len(page.papers), len(page.problems), page.received) == (2, 8, 10)


def test_the_last_two_weeks_are_asked_for_again_while_votes_settle():
    assert (SOURCE.about.provider, SOURCE.about.days, SOURCE.about.again) == ("huggingface", "listed", 14)
