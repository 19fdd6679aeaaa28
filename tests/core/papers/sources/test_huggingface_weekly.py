"""Is every week asked for that the window touches and that has begun?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import Broken, Window
from core.papers.sources.huggingface_weekly import SOURCE, weeks_of

TODAY = date(2026, 8, 20)  # a Thursday of week 34


def weeks(since: date, until: date) -> list[str]:
    return [listing.name for listing in weeks_of(Window(since=since, until=until), TODAY)]


def test_the_weeks_at_both_ends_are_there_though_the_window_only_touches_them():
    assert weeks(date(2026, 8, 9), date(2026, 8, 17)) == ["2026-W32", "2026-W33", "2026-W34"]


def test_a_year_begins_with_the_week_of_its_first_thursday():
    assert weeks(date(2020, 12, 31), date(2021, 1, 4)) == ["2020-W53", "2021-W01"]
    assert weeks(date(2024, 12, 30), date(2024, 12, 30)) == ["2025-W01"]


def test_this_week_has_begun_and_the_next_one_has_not():
    assert weeks(date(2026, 8, 20), date(2026, 9, 20)) == ["2026-W34"]
    assert weeks(date(2026, 8, 24), date(2026, 9, 20)) == []


def test_weeks_are_read_one_after_another(server):
    server.say('[{"paper": {"id": "2608.00001", "title": "A paper"}}]', kind="application/json")
    connection = SOURCE.open(endpoint=server.url, http=Http(gate=Gate(delay=0.0)))
    first, second = connection.pages(Window(since=date(2026, 1, 8), until=date(2026, 1, 12)))
    assert [seen.query for seen in server.seen] == [
        {"week": "2026-W02", "p": "0", "limit": "100"},
        {"week": "2026-W03", "p": "0", "limit": "100"},
    ]
    assert (first.checkpoint, second.checkpoint) == ({"week": "2026-W03", "p": 0}, None)
    assert first.papers[0].listed is None  # a week is not a day


def test_a_window_in_the_future_is_broken_without_asking(server):
    future = datetime.now(UTC).date() + timedelta(days=9)
    with pytest.raises(Broken, match="no list"):
        list(
            SOURCE.open(endpoint=server.url, http=Http(gate=Gate(delay=0.0))).pages(Window(since=future, until=future))
        )
    assert server.seen == []
