"""Is an empty answer called by its right name? Quiet where the calendar says so, stale where papers must be."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.papers.calendar.emptiness import judge_emptiness
from core.papers.source import Days, Window

AUTUMN = "2026-11-20T12:00"  # long after


def judge(days: Days, since: str, until: str, now: str, *categories: str) -> str:
    window = Window(since=date.fromisoformat(since), until=date.fromisoformat(until), categories=categories)
    found = judge_emptiness(days, window, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found.why is None) == (found.outcome != "stale")
    return found.outcome


# 2026-08-20 is a Thursday: its deadline is at 18:00 UTC, its announcement on Friday at 00:00 UTC.
@pytest.mark.parametrize(
    ("since", "until", "now", "outcome"),
    [
        ("2026-08-20", "2026-08-20", AUTUMN, "stale"),
        ("2026-08-20", "2026-08-20", "2026-08-20T12:00", "quiet day"),
        ("2026-08-20", "2026-08-20", "2026-08-21T01:00", "quiet day"),
        ("2026-08-20", "2026-08-20", "2026-08-21T07:00", "stale"),
        ("2026-08-22", "2026-08-22", AUTUMN, "quiet day"),
        ("2026-08-22", "2026-08-23", AUTUMN, "quiet day"),
        ("2026-08-21", "2026-08-23", AUTUMN, "stale"),
        ("2026-08-21", "2026-08-22", "2026-08-22T12:00", "quiet day"),
        ("2026-08-17", "2026-08-20", "2026-08-20T12:00", "stale"),
        # Labor Day, and Independence Day as it was kept.
        ("2026-09-07", "2026-09-07", AUTUMN, "quiet day"),
        ("2026-07-03", "2026-07-05", AUTUMN, "quiet day"),
        ("2025-12-25", "2025-12-25", AUTUMN, "quiet day"),
        ("2027-01-04", "2027-01-04", AUTUMN, "quiet day"),
    ],
)
def test_of_submission_days(since: str, until: str, now: str, outcome: str) -> None:
    assert judge("submitted", since, until, now, "cs.CL", "cs.LG") == outcome
    assert judge("submitted", since, until, now) == outcome


def test_a_small_category_may_have_no_paper_for_days() -> None:
    assert judge("submitted", "2026-08-17", "2026-08-20", AUTUMN, "math.GM") == "complete"
    assert judge("submitted", "2026-08-17", "2026-08-20", AUTUMN, "math.GM", "cs.LG") == "stale"
    assert judge("submitted", "2026-08-22", "2026-08-22", AUTUMN, "math.GM") == "quiet day"


@pytest.mark.parametrize(
    ("since", "until", "outcome"),
    [
        ("2026-08-21", "2026-08-21", "stale"),
        ("2026-08-22", "2026-08-23", "quiet day"),
        ("2026-08-23", "2026-08-24", "stale"),
        # After Labor Day's evening without announcement; Monday's papers of Friday are listed on the holiday itself.
        ("2026-09-07", "2026-09-08", "quiet day"),
        ("2026-09-07", "2026-09-09", "stale"),
        ("2026-11-27", "2026-11-27", "quiet day"),
    ],
)
def test_of_modification_days(since: str, until: str, outcome: str) -> None:
    assert judge("modified", since, until, "2026-12-20T12:00", "cs.CL") == outcome


@pytest.mark.parametrize(
    ("since", "until", "now", "outcome"),
    [
        # On a working day the feed's source sees itself whether it is old; nothing new in it is no failure.
        ("2026-08-20", "2026-08-20", "2026-08-20T12:00", "complete"),
        ("2026-08-18", "2026-08-22", "2026-08-22T12:00", "quiet day"),
        ("2026-09-07", "2026-09-08", "2026-09-08T12:00", "quiet day"),
    ],
)
def test_of_announcement_days(since: str, until: str, now: str, outcome: str) -> None:
    assert judge("announced", since, until, now, "cs.CL") == outcome


@pytest.mark.parametrize(
    ("since", "until", "now", "outcome"),
    [
        ("2026-08-22", "2026-08-23", AUTUMN, "quiet day"),
        ("2026-08-20", "2026-08-20", "2026-08-20T23:00", "quiet day"),
        ("2026-08-20", "2026-08-23", "2026-08-20T23:00", "quiet day"),
        ("2026-08-20", "2026-08-20", AUTUMN, "complete"),
        ("2026-08-20", "2026-08-23", AUTUMN, "complete"),
        ("2026-08-19", "2026-08-23", AUTUMN, "stale"),
        ("2025-12-25", "2025-12-25", AUTUMN, "quiet day"),
        ("2026-12-25", "2026-12-28", AUTUMN, "quiet day"),
    ],
)
def test_of_list_days(since: str, until: str, now: str, outcome: str) -> None:
    assert judge("listed", since, until, now) == outcome
