"""Does the default window leave no day out, whatever went wrong before, and ask for none too many?"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlite_utils import Database

from app.syncing.windows import asked_window, next_window
from core.papers.source import Source

TODAY = date(2026, 8, 20)


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def ran(db: Database, window: str, on: str, outcome: str | None = "complete", **fields: Any) -> None:
    """A row of an earlier day."""
    values = {"source": "arxiv", "categories": "cs.CL", "resume": None} | fields
    db.conn.execute(
        "INSERT INTO ledger (source, window, categories, outcome, resume, started) VALUES (?, ?, ?, ?, ?, ?)",
        (values["source"], window, values["categories"], outcome, values["resume"], f"{on}T09:00:00+00:00"),
    )


def asks(
    db: Database, *, again: int = 0, today: date = TODAY, categories: tuple[str, ...] = ("cs.CL",), days: str = "listed"
) -> str:
    source = cast(Source, SimpleNamespace(id="arxiv", about=SimpleNamespace(again=again, days=days)))
    window = next_window(db, source, categories, today=today)
    assert window.categories == categories
    return str(window)


def test_the_first_window_goes_two_days_back_and_as_far_as_the_source_wants(db: Database) -> None:
    assert asks(db) == "2026-08-18..2026-08-20"
    assert asks(db, again=14) == "2026-08-04..2026-08-20"


def test_the_next_window_begins_on_the_day_of_the_last_good_one_for_that_day_was_not_over(db: Database) -> None:
    ran(db, "2026-08-10..2026-08-13", "2026-08-13")
    assert asks(db) == "2026-08-13..2026-08-20"
    assert asks(db, again=3) == "2026-08-10..2026-08-20"


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2026-11-19", "2026-11-17"),  # an ordinary Thursday: Wednesday's announcement is made at 01:00 UTC
        ("2026-11-29", "2026-11-25"),  # Thanksgiving: what came from Wednesday afternoon on is announced on Sunday
        ("2026-12-27", "2026-12-24"),  # Christmas on a Friday: on Monday
        ("2026-09-07", "2026-09-03"),  # Labor Day: Sunday's announcement, at 00:00 UTC on Monday
    ],
)
def test_what_was_submitted_before_a_holiday_and_announced_after_it_is_asked_for(
    db: Database, last: str, first: str
) -> None:
    ran(db, f"{date.fromisoformat(last) - timedelta(days=9)}..{last}", last)
    today = date.fromisoformat(last) + timedelta(days=1)
    assert asks(db, today=today, days="submitted") == f"{first}..{today}"
    assert asks(db, today=today, days="modified") == f"{last}..{today}"


@pytest.mark.parametrize("outcome", ["throttled", "stale", "partial", "broken", "unreachable"])
def test_a_bad_row_moves_nothing(db: Database, outcome: str) -> None:
    ran(db, "2026-08-10..2026-08-13", "2026-08-13")
    ran(db, "2026-08-13..2026-08-19", "2026-08-19", outcome)
    assert asks(db) == "2026-08-13..2026-08-20"


def test_a_quiet_row_counts(db: Database) -> None:
    ran(db, "2026-08-15..2026-08-18", "2026-08-18", "quiet day")
    assert asks(db) == "2026-08-18..2026-08-20"


def test_a_window_that_a_person_asked_for_further_on_leaves_no_gap(db: Database) -> None:
    ran(db, "2026-08-01..2026-08-05", "2026-08-05")
    ran(db, "2026-08-18..2026-08-19", "2026-08-19")
    assert asks(db) == "2026-08-05..2026-08-20"
    ran(db, "2026-08-06..2026-08-17", "2026-08-20")
    assert asks(db) == "2026-08-19..2026-08-20"


def test_a_window_of_long_ago_does_not_make_the_next_one_longer(db: Database) -> None:
    ran(db, "2020-01-01..2020-01-31", "2026-08-19")
    assert asks(db) == "2026-08-18..2026-08-20"
    ran(db, "2026-08-17..2026-08-19", "2026-08-19")
    assert asks(db) == "2026-08-19..2026-08-20"


def test_days_that_were_not_yet_there_do_not_count_as_asked_for(db: Database) -> None:
    ran(db, "2026-08-10..2026-12-31", "2026-08-12")
    assert asks(db) == "2026-08-12..2026-08-20"


def test_no_window_is_longer_than_sixty_days(db: Database) -> None:
    ran(db, "2026-01-01..2026-01-03", "2026-01-03")
    assert asks(db, again=14) == "2026-06-21..2026-08-20"
    ran(db, "2026-06-21..2026-08-20", "2026-08-20")
    assert asks(db, again=1) == "2026-08-19..2026-08-20"


def test_other_sources_and_other_categories_have_their_own_days(db: Database) -> None:
    ran(db, "2026-08-10..2026-08-12", "2026-08-12", source="oai")
    ran(db, "2026-08-10..2026-08-13", "2026-08-13", categories="cs.LG")
    assert asks(db) == "2026-08-18..2026-08-20"


def test_an_unfinished_window_is_gone_on_with_while_it_is_fresh(db: Database) -> None:
    ran(db, "2026-08-10..2026-08-15", "2026-08-15")
    ran(db, "2026-08-15..2026-08-19", "2026-08-19", "unreachable", resume='{"start": 100}')
    assert asks(db) == "2026-08-15..2026-08-19"
    assert asks(db, today=TODAY + timedelta(days=1)) == "2026-08-15..2026-08-21"


def test_a_window_that_is_under_way_is_foreseen(db: Database) -> None:
    ran(db, "2026-08-15..2026-08-20", "2026-08-20", None)
    assert asks(db) == "2026-08-15..2026-08-20"


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        (None, None, None),
        (date(2026, 8, 1), None, "2026-08-01..2026-08-20"),
        (None, date(2026, 8, 10), "2026-08-08..2026-08-10"),
        (date(2026, 8, 1), date(2026, 8, 2), "2026-08-01..2026-08-02"),
    ],
)
def test_a_person_gets_exactly_the_days_asked_for(since: date | None, until: date | None, window: str | None) -> None:
    found = asked_window(since, until, ["cs.CL"], today=TODAY)
    assert (None if found is None else str(found)) == window


@pytest.mark.parametrize("categories", [["cs.CL", "; DROP"], [""]])
def test_what_cannot_be_a_category_is_refused_with_or_without_days(categories: list[str]) -> None:
    with pytest.raises(ValueError, match="category"):
        asked_window(None, None, categories, today=TODAY)
    with pytest.raises(ValueError, match="swap"):
        asked_window(TODAY, date(2026, 8, 1), [], today=TODAY)
