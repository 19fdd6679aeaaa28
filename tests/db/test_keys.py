"""Does the order of keys follow the v1 day and, within it, arXiv's own numbers?"""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.paper import Paper
from db.keys import DAY, keys_between, next_key, wanted_key


def key(paper_id: str, submitted: datetime | None = None) -> int:
    return wanted_key(Paper(id=paper_id, title="T", submitted=submitted))


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_a_later_day_has_the_larger_key() -> None:
    assert key("2401.00009", at(2024, 1, 2)) > key("2401.00010", at(2024, 1, 1)) > key("2401.00001", at(2024, 1, 1))


def test_the_key_begins_with_the_day() -> None:
    assert key("2401.00009", at(2024, 1, 2)) // DAY == 20240102


def test_without_a_day_the_ids_month_stands_before_all_its_days() -> None:
    assert key("2401.00009") // DAY == 20240100
    assert key("hep-th/9901001") // DAY == 19990100


@given(st.integers(0, 99_999_999 * DAY - 1))
def test_a_neighbour_stays_within_its_day(start: int) -> None:
    assert next_key(start) // DAY == start // DAY
    assert next_key(start) != start


def test_a_range_of_days_is_a_range_of_keys() -> None:
    low, high = keys_between(date(2024, 1, 2), date(2024, 1, 3))
    inside = [key("2401.00001", at(2024, 1, day)) for day in (2, 3)]
    outside = [key("2401.99999", at(2024, 1, 1)), key("2401.00001", at(2024, 1, 4)), key("2401.00001")]
    assert all(low <= item <= high for item in inside)
    assert not any(low <= item <= high for item in outside)


def test_a_month_counts_its_papers_without_a_day() -> None:
    low, high = keys_between(date(2024, 1, 1), date(2024, 1, 31))
    assert low <= key("2401.00001") <= high
    assert not low <= key("2312.00001") <= high


def test_no_bounds_take_all() -> None:
    low, high = keys_between(None, None)
    assert low <= key("9107.00001") <= high
    assert low <= key("2401.00001", at(2024, 1, 1)) <= high


def test_an_id_of_no_month_is_an_error() -> None:
    with pytest.raises(ValueError, match="month 13"):
        key("2413.00001")
