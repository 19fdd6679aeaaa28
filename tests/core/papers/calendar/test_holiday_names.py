"""Is a day without announcement called by its name?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.papers.calendar.announcements import is_holiday
from core.papers.calendar.holiday_names import OWN_DAY, WEEKEND, name_of, names_of


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-09-07", "Labor Day"),
        ("2026-11-26", "Thanksgiving"),
        ("2026-07-03", "Independence Day"),
        ("2026-06-19", "Juneteenth"),
        ("2026-01-19", "Martin Luther King Jr. Day"),
        ("2025-01-01", "New Year's Day"),
        ("2026-12-25", "Christmas"),
        ("2024-05-22", OWN_DAY.en),
        ("2026-11-21", "weekend"),
    ],
)
def test_a_day_without_deadline_has_a_name(day: str, name: str) -> None:
    found = name_of(date.fromisoformat(day))
    assert found is not None
    assert found.en == name
    assert found.is_translated("ko")


def test_a_working_day_has_none_and_every_holiday_has_one() -> None:
    days = [date(2022, 1, 1) + timedelta(days=number) for number in range(3000)]
    assert all((name_of(day) is not None) == (is_holiday(day) or day.weekday() >= 5) for day in days)


def test_holidays_are_named_before_weekends_and_each_once() -> None:
    assert [name.en for name in names_of(date(2026, 9, 5), date(2026, 9, 7))] == ["Labor Day", WEEKEND.en]
    assert names_of(date(2026, 11, 17), date(2026, 11, 19)) == []
