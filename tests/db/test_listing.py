"""Is a list counted as far as it helps, paged through without gaps, and cut off when it takes too long?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import reading
from db.listing import listed
from db.papers import upsert
from db.records import Filters

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def fill(db: Database, first: int, n: int, *, seen: datetime = NOW, title: str = "A paper on zebras") -> list[str]:
    papers = [
        Paper(id=f"2401.{number:05d}", title=title, submitted=datetime(2024, 1, 2, tzinfo=UTC))
        for number in range(first, first + n)
    ]
    upsert(db, papers, source="arxiv", day=seen.date(), seen_at=seen)
    return [paper.id for paper in papers]


@pytest.mark.parametrize("words", [None, "zebras"])
def test_pages_hold_every_paper_once_newest_first(db: Database, words: str | None) -> None:
    ids = fill(db, 1, 25)
    pages = [listed(db, Filters(text=words), limit=10, offset=offset) for offset in (0, 10, 20)]
    assert [item.paper.id for page in pages for item in page.papers] == ids[::-1]
    assert {(page.n, page.more) for page in pages} == {(25, False)}


def test_counting_stops_where_it_is_told_to(db: Database) -> None:
    fill(db, 1, 25)
    found = listed(db, Filters(), limit=5, most=20)
    assert (found.n, found.more, found.cut) == (20, True, False)
    assert listed(db, Filters(), limit=5, most=25).more is False


def test_no_paper_beyond_the_count_is_on_a_page(db: Database) -> None:
    fill(db, 1, 25)
    assert len(listed(db, Filters(), limit=10, offset=15, most=20).papers) == 5


def test_a_list_that_takes_too_long_is_cut_off_and_says_so(db: Database) -> None:
    for start in range(0, 6_000, 2_000):
        fill(db, start, 2_000)
    found = listed(db, Filters(text="votes<3"), limit=10, seconds=0)
    assert found.cut and found.more


def test_hints_of_the_query_come_with_the_list(db: Database) -> None:
    fill(db, 1, 1)
    assert "is:nonsense" in listed(db, Filters(text="zebras is:nonsense"), limit=5).hints[0]


def test_a_search_for_nothing_finds_nothing(db: Database) -> None:
    fill(db, 1, 3)
    assert listed(db, Filters(text="???"), limit=5).n == 0


@pytest.mark.parametrize("words", [None, "zebras", "zeb*"])
def test_new_is_what_came_after_the_visit_and_fits(db: Database, words: str | None) -> None:
    fill(db, 1, 5)
    new = fill(db, 6, 3, seen=NOW + timedelta(hours=2))
    fill(db, 9, 2, seen=NOW + timedelta(hours=2), title="Of lions")
    found = listed(db, Filters(text=words, state="new", visited=NOW + timedelta(hours=1)), limit=10)
    assert [item.paper.id for item in found.papers if "zebras" in item.paper.title] == new[::-1]
    assert found.n == (3 if words else 5)


def test_nothing_is_new_where_nothing_came(db: Database) -> None:
    fill(db, 1, 5)
    assert listed(db, Filters(text="zebras", state="new", visited=NOW + timedelta(hours=1)), limit=10).n == 0


def test_starred_papers_are_found_whatever_their_state(db: Database) -> None:
    one, two, _ = fill(db, 1, 3)
    reading.toggle_star(db, one)
    reading.toggle_star(db, two)
    reading.set_state(db, two, "read")
    assert {item.paper.id for item in listed(db, Filters(state="starred"), limit=10).papers} == {one, two}
