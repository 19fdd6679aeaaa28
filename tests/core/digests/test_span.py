"""Which days does a digest tell, over weekends, holidays and changes of the clock, and when can it be told?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from core.digests.span import Span, last_ready, pending
from core.papers.calendar.announcements import batches


def moment(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize("name", ["2026-11-20", "2026-W47", "2026-W53", "2027-W01"])
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert Span.parse(name).name == name


@pytest.mark.parametrize("name", ["", "2026-11-31", "2027-W53", "20261120", "2026-W7", "today", "２０２６-11-20"])
def test_what_names_no_digest_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        Span.parse(name)


def test_each_announcement_of_a_year_stands_in_one_day_and_in_one_week() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    told = [batch.day for day in days for batch in Span.of_day(day).batches]
    weeks = dict.fromkeys(Span.of_week(day).name for day in days)
    weekly = [batch.day for name in weeks for batch in Span.parse(name).batches]
    made = [batch.day for batch in batches(moment("2026-01-02"), moment("2026-12-30"))]
    assert len(made) > 200
    assert set(made) <= set(told) and len(told) == len(set(told))
    assert set(made) <= set(weekly) and len(weekly) == len(set(weekly))


def test_each_list_of_a_year_stands_in_one_day_from_monday_to_friday() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    told = [
        period.start + timedelta(days=number)
        for period in (Span.of_day(day).listed for day in days if day.weekday() < 5)
        for number in range(period.days)
    ]
    assert told == [date(2025, 12, 31) + timedelta(days=number) for number in range(365)]


def test_a_weekend_and_a_holiday_have_a_name_and_a_usual_day_has_none() -> None:
    def quiet(name: str) -> list[tuple[str, str | None]]:
        return [(str(day), why and why.en) for day, why in Span.parse(name).quiet_days]

    assert quiet("2026-11-20") == []
    assert quiet("2026-11-21") == [("2026-11-21", "weekend")]
    # The deadline of Thursday is left out, and so is the announcement that Friday's listing would have.
    assert quiet("2026-11-27") == quiet("2026-W48") == [("2026-11-27", "Thanksgiving")]
    assert quiet("2026-12-28") == [("2026-12-28", "Christmas")]


def test_a_digest_is_ready_when_the_announcement_is_shown_whatever_the_clocks_do() -> None:
    assert Span.parse("2026-11-20").ready_at == moment("2026-11-20T05:30")
    assert Span.parse("2026-07-21").ready_at == moment("2026-07-21T04:30")
    # A week is told when the lists of its Sunday are over.
    assert Span.parse("2026-W47").ready_at == moment("2026-11-23T00:00")


def test_the_last_one_is_the_newest_that_can_be_told() -> None:
    assert last_ready("day", moment("2026-11-20T05:29")).name == "2026-11-19"
    assert last_ready("day", moment("2026-11-20T05:30")).name == "2026-11-20"
    assert last_ready("day", moment("2026-11-22T12:00")).name == "2026-11-20"
    # The day after Thanksgiving is told as such, unless one asks for an announcement.
    assert last_ready("day", moment("2026-11-28T00:00")).name == "2026-11-27"
    assert last_ready("day", moment("2026-11-28T00:00"), announced=True).name == "2026-11-26"
    assert last_ready("week", moment("2026-11-22T23:59")).name == "2026-W46"
    assert last_ready("week", moment("2026-11-23T00:00")).name == "2026-W47"


def test_what_was_missed_is_made_up_for_oldest_first_and_not_without_end() -> None:
    now = moment("2026-11-27T12:00")
    names = [span.name for span in pending("day", Span.parse("2026-11-19"), now, most=5)]
    assert names == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert [span.name for span in pending("day", Span.parse("2026-11-26"), now, most=5)] == ["2026-11-27"]
    assert pending("day", Span.parse("2026-11-27"), now, most=5) == []
    weeks = pending("week", Span.parse("2026-W44"), now, most=5)
    assert [span.name for span in weeks] == ["2026-W45", "2026-W46", "2026-W47"]


def test_those_before_a_day_have_an_announcement() -> None:
    before = [span.name for span in islice(Span.parse("2026-11-30").before(), 3)]
    assert before == ["2026-11-26", "2026-11-25", "2026-11-24"]
    assert next(Span.parse("2027-W01").before()).name == "2026-W53"


def test_a_week_that_begins_in_its_middle_is_refused() -> None:
    with pytest.raises(ValueError, match="a week begins on a Monday"):
        Span(every="week", day=date(2026, 11, 20))
