"""Does the calendar know arXiv's evenings: weekends, holidays, summer time, and who is announced when?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.calendar.announcements import EASTERN, batch_of, batches, is_announced, is_holiday, latest

# Weekdays without a deadline as arXiv itself lists them (info.arxiv.org/help/availability, status.arxiv.org).
LISTED = {
    2020: "01-01 01-20 06-09 11-26 12-25 12-29 12-30",
    2021: "01-01 10-20 11-25 12-24 12-28 12-30",
    2022: "01-17 06-20 09-05 11-24 12-27 12-29",
    2023: "01-16 06-14 06-19 07-04 08-17 09-04 11-23 12-25 12-27",
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-04 09-01 11-27 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}
moments = st.datetimes(datetime(2019, 1, 1), datetime(2031, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize("year", LISTED)
def test_the_holidays_of_a_year_are_those_that_arxiv_listed(year):
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    found = [day for day in days if day.year == year and day.weekday() < 5 and is_holiday(day)]
    assert found == [date.fromisoformat(f"{year}-{day}") for day in LISTED[year].split()]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2027-01-18", "the third Monday of January"),
        ("2027-06-18", "Juneteenth on a Saturday is kept on Friday"),
        ("2027-07-05", "Independence Day on a Sunday is kept on Monday"),
        ("2027-12-24", "Christmas on a Saturday is kept on Friday"),
        ("2028-11-23", "the fourth Thursday of November, not the last"),
        ("2030-01-01", "New Year's Day on a Tuesday"),
    ],
)
def test_holidays_of_years_to_come_follow_rules(day, why):
    assert is_holiday(date.fromisoformat(day)), why


@pytest.mark.parametrize(
    ("day", "announced"),
    [
        ("2026-08-17", True),  # Monday
        ("2026-08-20", True),  # Thursday
        ("2026-08-21", False),  # Friday
        ("2026-08-22", False),  # Saturday
        ("2026-08-23", True),  # Sunday
        ("2026-02-16", True),  # Presidents' Day
        ("2026-05-25", True),  # Memorial Day
        ("2026-11-26", False),  # Thanksgiving
        ("2026-11-29", True),  # the Sunday after it: there was a deadline on Friday
        ("2026-06-21", False),  # the Sunday after a Friday holiday
        ("2026-01-18", True),  # the Sunday before a Monday holiday
        ("2026-01-19", False),  # that Monday
    ],
)
def test_arxiv_announces_from_sunday_to_thursday_but_for_holidays(day, announced):
    assert is_announced(date.fromisoformat(day)) is announced


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2026-08-17 13:59:59", "2026-08-17 20:00"),
        ("2026-08-17 14:00:00", "2026-08-18 20:00"),
        ("2026-08-20 15:00", "2026-08-23 20:00"),  # Thursday after the deadline: Sunday
        ("2026-08-21 13:00", "2026-08-23 20:00"),
        ("2026-08-21 14:00", "2026-08-24 20:00"),  # Friday after it: Monday
        ("2026-08-22 09:00", "2026-08-24 20:00"),
        ("2026-07-02 14:30", "2026-07-06 20:00"),  # no deadline on Friday the 3rd, so no announcement on Sunday
        ("2026-01-16 14:30", "2026-01-20 20:00"),  # Martin Luther King's day
        ("2026-11-25 14:30", "2026-11-29 20:00"),  # Thanksgiving
        ("2016-12-15 15:59", "2016-12-15 20:00"),  # the deadline was at 16:00 then
    ],
)
def test_a_submission_is_announced_with_its_batch(submitted, announced):
    assert batch_of(eastern(submitted)).announced_at == eastern(announced)


def test_a_batch_says_in_utc_which_submissions_it_has():
    batch = batch_of(eastern("2026-08-22 09:00"))
    assert batch.day == date(2026, 8, 24)
    assert batch.feed_day == date(2026, 8, 25)
    assert batch.announced_at == datetime(2026, 8, 25, 0, tzinfo=UTC)
    assert batch.first == datetime(2026, 8, 21, 18, tzinfo=UTC)
    assert batch.last == datetime(2026, 8, 24, 18, tzinfo=UTC)
    assert batch.first.tzinfo is UTC


def test_winter_time_moves_the_hours_in_utc():
    assert batch_of(eastern("2026-11-03 09:00")).announced_at == datetime(2026, 11, 4, 1, tzinfo=UTC)
    over_the_change = batch_of(eastern("2026-11-01 12:00"))
    assert over_the_change.last - over_the_change.first == timedelta(days=3, hours=1)


def test_the_latest_batch_changes_at_the_minute_of_the_announcement():
    assert latest(eastern("2026-08-18 19:59:59")).day == date(2026, 8, 17)
    assert latest(eastern("2026-08-18 20:00")).day == date(2026, 8, 18)
    assert latest(eastern("2026-08-22 12:00")).day == date(2026, 8, 20)
    assert latest(eastern("2026-12-30 12:00")).day == date(2026, 12, 28)


def test_the_batches_of_a_span_are_those_announced_in_it():
    week = batches(eastern("2026-08-16 20:00"), eastern("2026-08-23 19:59"))
    assert [batch.day.day for batch in week] == [16, 17, 18, 19, 20]
    assert batches(eastern("2026-08-21 00:00"), eastern("2026-08-22 23:00")) == []


@given(moments)
def test_every_submission_is_in_one_batch_and_batches_leave_no_gap(submitted):
    batch = batch_of(submitted)
    assert batch.first <= submitted < batch.last < batch.announced_at
    assert is_announced(batch.day)
    assert batch_of(batch.last).first == batch.last
    assert latest(batch.announced_at) == batch
    assert batch.announced_at.date() == batch.feed_day


def test_a_moment_without_a_zone_is_refused():
    for ask in (latest, batch_of):
        with pytest.raises(ValueError, match="time zone"):
            ask(datetime(2026, 8, 18))
