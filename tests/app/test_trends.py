"""What is told of a period: planted changes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlite_utils import Database

from app import reports, trends
from app.settings import settings
from core.papers.trends import Period
from db.tags import correct
from tests.app.trend_papers import PERIOD, fill


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    opened = open_new(settings().catalog)
    fill(opened)
    yield opened
    opened.close()


def test_the_planted_change_is_called_and_no_other(db: Database) -> None:
    found = {change.value: change for change in trends.changes(db, "topic", PERIOD)}
    assert {value: change.direction for value, change in found.items()} == {
        "retrieval": "rising",
        "prompting": "flat",
        "safety": "flat",
    }
    assert (found["retrieval"].share_before or 0) < 0.12 < 0.2 < (found["retrieval"].share_after or 0)


def test_the_planted_phrase_is_new_and_shows_its_papers(db: Database) -> None:
    (term,) = trends.new_terms(db, PERIOD)
    assert (term.change.term, term.change.before, term.change.after) == ("Memory Palaces", 0, 37)
    assert (term.change.papers_before, term.change.papers_after) == (732, 744)
    assert [one.paper.title for one in term.examples] == [
        f"Paper number {number}: Memory Palaces" for number in (1460, 1440, 1420)
    ]


def test_noticed_papers_are_told_with_what_is_known_of_them(db: Database) -> None:
    found = trends.noticed(db, PERIOD, limit=3)
    assert [one.votes for one in found] == [1400, 1300, 1200]
    assert {(one.stars, one.list_days) for one in found} == {(None, 1)}


def test_joined_stages_show_papers_that_are_about_both(db: Database) -> None:
    (join,) = trends.joined(db, PERIOD)
    assert join.stages == ("align", "ask")
    assert len(join.examples) == 3
    assert all(set(one.stages) == {"align", "ask"} for one in join.examples)
    for one in join.examples:
        correct(db, one.paper.id, "stage", ["ask"])
    (after,) = trends.joined(db, PERIOD)
    assert after.change.after == join.change.after - 3
    assert not {one.paper.id for one in after.examples} & {one.paper.id for one in join.examples}


def test_a_catalog_that_was_hardly_kept_before_is_young() -> None:
    assert trends.is_young(24, 100) and not trends.is_young(25, 100) and not trends.is_young(0, 0)


def test_where_nothing_came_before_no_term_is_new(db: Database) -> None:
    assert trends.new_terms(db, Period(date(2026, 5, 1), date(2026, 5, 31))) == ()


def test_a_summary_tells_all_of_it(db: Database) -> None:
    request = reports.Request(language="en", today=date(2026, 9, 1), since=PERIOD.start, until=PERIOD.end)
    report = reports.build(db, settings(), request)
    assert [term.change.term for term in report.terms] == ["Memory Palaces"]
    assert [one.votes for one in report.noticed][:2] == [1400, 1300]
    assert [join.change.value for join in report.joins] == ["align+ask"]
    assert [change.value for change in report.changes if change.direction == "rising"] == ["ask", "retrieval"]
    assert {figure.name for figure in report.figures} >= {"trend:topic:week:2026-07-01:2026-08-31"}
