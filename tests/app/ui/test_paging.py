"""Is every paper of a list met once by who goes through its pages, whatever leaves the list meanwhile?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.ui.paging import Pages, Sheet
from db.arranging import Place


def show(pages: Pages, page: int, keys: list[int], size: int) -> list[int]:
    """What stands on a page: as it was, or made from the list as it is."""
    if page not in pages.shown:
        start = pages.begin(page, keys, size)
        found = keys[start : start + size]
        if not found:
            return []
        pages.shown[page] = Sheet(places=tuple(Place(f"{key}") for key in found), last=found[-1])
    return [int(place.id) for place in pages.shown[page].places]


@given(st.integers(0, 30), st.integers(1, 5), st.data())
def test_who_goes_from_page_to_page_meets_every_paper_once(n: int, size: int, data: st.DataObject) -> None:
    keys = list(range(n, 0, -1))
    pages, met, page = Pages(None), [], 1
    while page <= pages.count(keys, size):
        shown = show(pages, page, keys, size)
        met += shown
        gone = data.draw(st.sets(st.sampled_from(shown))) if shown else set()
        keys = [key for key in keys if key not in gone]
        assert pages.count(keys, size) >= page, "the page that is open is one of them"
        page += 1
    assert met == list(range(n, 0, -1))


@given(st.integers(1, 40), st.integers(1, 5), st.lists(st.integers(1, 9), max_size=9))
def test_pages_of_a_list_that_stays_are_its_pieces_in_whatever_order_they_are_opened(
    n: int, size: int, order: list[int]
) -> None:
    keys = list(range(n, 0, -1))
    pages = Pages(None)
    for page in order:
        assert show(pages, page, keys, size) == keys[(page - 1) * size : page * size]
        assert pages.count(keys, size) == -(-n // size)


def test_pages_are_made_anew_from_one_on() -> None:
    keys = [9, 8, 7, 6, 5, 4]
    pages = Pages(None)
    for page in (1, 2, 3):
        show(pages, page, keys, 2)
    pages.forget_from(2)
    assert show(pages, 2, [5, 4], 2) == [5, 4] and show(pages, 1, [5, 4], 2) == [9, 8]
