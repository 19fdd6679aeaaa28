"""Are papers counted by the day of their first version, once, in the right period?"""

from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from core.papers.trends import Period
from db.series import Compared, PeriodCount, compare, compare_totals, counts, daily, series, totals, values_of
from db.tags import correct
from tests.db.dated_papers import add, fill


@pytest.fixture(autouse=True)
def _papers(db: Database) -> None:
    fill(db)


def count(start: date, value: str, n: int) -> PeriodCount:
    return PeriodCount(start=start, value=value, n=n)


def test_weeks_begin_on_monday_and_leave_out_papers_without_a_day(db: Database) -> None:
    found = counts(db, "stage", by="week", since=date(2024, 1, 1), until=date(2024, 1, 31))
    assert found == [
        count(date(2024, 1, 1), "ask", 1),
        count(date(2024, 1, 1), "build", 2),
        count(date(2024, 1, 8), "ask", 1),
    ]


def test_months_count_papers_of_which_only_the_month_is_known(db: Database) -> None:
    found = counts(db, "stage", by="month", since=date(2024, 1, 1), until=date(2024, 2, 29))
    assert found == [
        count(date(2024, 1, 1), "ask", 3),
        count(date(2024, 1, 1), "build", 2),
        count(date(2024, 2, 1), "ask", 1),
    ]


def test_days_count_days(db: Database) -> None:
    found = counts(db, "stage", by="day", since=date(2024, 1, 7), until=date(2024, 1, 8))
    assert found == [
        count(date(2024, 1, 7), "ask", 1),
        count(date(2024, 1, 7), "build", 1),
        count(date(2024, 1, 8), "ask", 1),
    ]


def test_totals_count_untagged_papers_too(db: Database) -> None:
    assert totals(db, by="month", since=date(2024, 1, 1), until=date(2024, 1, 31)) == {date(2024, 1, 1): 5}


def test_a_period_stands_against_the_one_before(db: Database) -> None:
    found = compare(db, "stage", Period(date(2024, 2, 1), date(2024, 2, 29)))
    assert found == [Compared(value="ask", now=1, before=3), Compared(value="build", now=0, before=2)]
    assert compare_totals(db, Period(date(2024, 2, 1), date(2024, 2, 29))) == (1, 5)


def test_corrections_are_counted_and_not_what_they_replace(db: Database) -> None:
    correct(db, "2401.00001", "stage", ["adapt"])
    assert values_of(db, "stage") == ["adapt", "ask", "build"]
    found = counts(db, "stage", by="day", since=date(2024, 1, 1), until=date(2024, 1, 1))
    assert found == [count(date(2024, 1, 1), "adapt", 1)]


def test_a_series_has_empty_periods_and_marks_the_unfinished_one(db: Database) -> None:
    found = series(db, "stage", by="month", since=date(2023, 12, 5), until=date(2024, 2, 10), today=date(2024, 2, 10))
    assert found.periods == (date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))
    assert found.counts == {"ask": (0, 3, 1), "build": (0, 2, 0)}
    assert found.totals == (0, 5, 1)
    assert found.unfinished
    later = series(db, "stage", by="week", since=date(2024, 1, 1), until=date(2024, 1, 14), today=date(2024, 1, 15))
    assert later.counts["build"] == (2, 0)
    assert not later.unfinished


def test_an_empty_catalog_has_no_trend(db: Database) -> None:
    db.execute("DELETE FROM papers")
    found = series(db, "stage", by="month", since=date(2024, 1, 1), until=date(2024, 1, 31))
    assert (found.counts, found.totals) == ({}, (0,))


def test_a_period_is_partial_where_days_of_it_are_missing(db: Database) -> None:
    spans = {
        (date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 1)): (False, False),
        (date(2024, 1, 2), date(2024, 2, 29), date(2024, 3, 1)): (True, False),
        (date(2024, 1, 1), date(2024, 2, 28), date(2024, 3, 1)): (False, True),
        (date(2024, 1, 1), date(2024, 2, 29), date(2024, 2, 29)): (False, True),
    }
    for (since, until, today), partial in spans.items():
        assert series(db, "stage", by="month", since=since, until=until, today=today).partial == partial


def test_days_are_counted_one_by_one_for_the_unevenness_of_a_trend(db: Database) -> None:
    found = daily(db, "stage", since=date(2023, 12, 31), until=date(2024, 1, 8))
    assert (found.start, found.papers) == (date(2023, 12, 31), [0, 1, 0, 0, 0, 0, 0, 1, 2])
    assert found.tagged[("stage", "build")] == [0, 1, 0, 0, 0, 0, 0, 1, 0]
    nothing = daily(db, "topic", since=date(2020, 1, 1), until=date(2020, 1, 3))
    assert (nothing.papers, nothing.tagged) == ([0, 0, 0], {})


def test_papers_that_join_two_stages_are_counted_in_the_order_of_the_pipeline(db: Database) -> None:
    add(db, 7, datetime(2024, 1, 8, tzinfo=UTC), "ask", "align", "build")
    january = {"since": date(2024, 1, 1), "until": date(2024, 1, 31)}
    assert values_of(db, "join") == ["align+ask", "build+align", "build+ask"]
    assert {item.value: item.n for item in counts(db, "join", by="month", **january)} == {
        "align+ask": 1,
        "build+align": 1,
        "build+ask": 2,
    }
    correct(db, "2401.00007", "stage", ["ask"])
    assert {item.value: item.n for item in counts(db, "join", by="month", **january)} == {"build+ask": 1}
