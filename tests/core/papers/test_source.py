"""Do pages and windows keep what the contract says of them?"""

from __future__ import annotations

from datetime import date

import pytest

from core.papers.paper import Paper
from core.papers.source import Broken, Problem, Refused, Window, into_pages


def test_records_come_in_pages_with_papers_and_problems_apart():
    records = [Paper(id="1706.03762", title="A"), Problem("x", "why"), Paper(id="1810.04805", title="B")]
    first, second = into_pages(records, size=2)
    assert (len(first.papers), len(first.problems), first.received) == (1, 1, 2)
    assert (len(second.papers), len(second.problems), second.received) == (1, 0, 1)


def test_no_more_is_read_than_the_page_needs():
    taken = []

    def records():
        for number in range(1, 100):
            taken.append(number)
            yield Problem(str(number), "why")

    next(into_pages(records(), size=5))
    assert len(taken) == 5


@pytest.mark.parametrize("damage", [Broken("bad JSON"), EOFError("cut short"), OSError("disk")])
def test_records_before_damage_come_as_a_last_page_and_then_the_damage(damage):
    def records():
        yield from (Problem(str(number), "why") for number in range(7))
        raise damage

    pages = into_pages(records(), size=5)
    assert [next(pages).received, next(pages).received] == [5, 2]
    with pytest.raises(type(damage)):
        next(pages)


def test_a_file_without_any_record_holds_no_papers():
    with pytest.raises(Refused, match="holds no papers"):
        list(into_pages([]))


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="swap"):
        Window(since=date(2026, 1, 2), until=date(2026, 1, 1))
    assert str(Window(since=date(2026, 1, 1), until=date(2026, 1, 2))) == "2026-01-01..2026-01-02"


@pytest.mark.parametrize("category", ["cs.CL OR all:x", "", "cs.", "CS", "cs.CL)"])
def test_a_category_that_is_none_is_refused_by_name(category):
    with pytest.raises(ValueError, match="not an arXiv category"):
        Window(since=date(2026, 1, 5), until=date(2026, 1, 5), categories=("hep-th", "cs.CL", category))
