"""Is arXiv asked for the right days, page by page, and believed only as far as its totals hold?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.papers.http import Http
from core.papers.source import Broken, Throttled, Window
from core.papers.sources.arxiv import SOURCE, ArxivConnection, query_of, url_of

LISTS = Path(__file__).resolve().parent.parent / "lists"
WINDOW = Window(since=date(2026, 1, 5), until=date(2026, 1, 6), categories=("cs.CL", "cs.LG"))


class Small(ArxivConnection):
    """Pages of three, so that a test needs few papers."""

    PAGE_SIZE = 3


@pytest.fixture
def small(server):
    return Small(server.url + "/api/query", Http(delay=0.01))


def feed(*numbers: int, total: int) -> str:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2601.{number:05d}v1</id><title>Paper {number}</title>"
        "<published>2026-01-05T10:00:00Z</published></entry>"
        for number in numbers
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
        f"<o:totalResults>{total}</o:totalResults>{entries}</feed>"
    )


def test_the_query_names_the_categories_and_both_ends_of_the_window():
    assert query_of(WINDOW) == "(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202601050000 TO 202601062359]"


def test_a_query_without_categories_asks_for_all():
    window = Window(since=date(2026, 1, 5), until=date(2026, 1, 5))
    assert query_of(window) == "submittedDate:[202601050000 TO 202601052359]"


def test_the_address_is_the_one_the_arxiv_package_makes():
    assert url_of("http://127.0.0.1:1/api/query", WINDOW, start=200, size=100) == (
        "http://127.0.0.1:1/api/query?search_query=%28cat%3Acs.CL+OR+cat%3Acs.LG%29+AND+"
        "submittedDate%3A%5B202601050000+TO+202601062359%5D&id_list=&sortBy=submittedDate&sortOrder=ascending"
        "&start=200&max_results=100"
    )


def test_a_recorded_answer_comes_in_as_its_papers(server):
    server.say((LISTS / "atom-two-papers.xml").read_bytes())
    (page,) = SOURCE.open(endpoint=server.url + "/api/query", delay=0.01).pages(WINDOW)
    assert [paper.id for paper in page.papers] == ["2305.18290", "hep-th/9901001"]
    assert (page.said, page.received, page.requests, page.checkpoint) == (2, 2, 1, None)
    assert server.seen[0].query["max_results"] == "100"
    assert server.seen[0].query["sortOrder"] == "ascending"


def test_pages_follow_each_other_to_the_total(server, small):
    server.say(feed(1, 2, 3, total=4))
    server.say(feed(4, total=4))
    first, second = small.pages(WINDOW)
    assert first.checkpoint == {"start": 3}
    assert second.checkpoint is None
    assert [seen.query["start"] for seen in server.seen] == ["0", "3"]


def test_a_checkpoint_goes_on_where_it_stopped(server, small):
    server.say(feed(4, 5, total=5))
    (page,) = small.pages(WINDOW, {"start": 3})
    assert server.seen[0].query["start"] == "3"
    assert [paper.id for paper in page.papers] == ["2601.00004", "2601.00005"]


def test_a_quiet_day_is_one_empty_page(server, small):
    server.say(feed(total=0))
    (page,) = small.pages(WINDOW)
    assert (page.papers, page.said, page.checkpoint, page.requests) == ((), 0, None, 1)


def test_an_empty_page_with_a_total_is_asked_again_and_then_shown_as_it_is(server, small):
    server.say(feed(total=5000))
    (page,) = small.pages(WINDOW)
    assert (page.said, page.received, page.checkpoint) == (5000, 0, {"start": 0})
    assert page.requests == len(server.seen) == 3


def test_an_empty_page_that_fills_when_asked_again_is_no_loss(server, small):
    server.say(feed(total=2))
    server.say(feed(1, 2, total=2))
    (page,) = small.pages(WINDOW)
    assert (page.received, page.requests, page.checkpoint) == (2, 2, None)


def test_a_short_page_in_the_middle_ends_the_list_with_a_place_to_go_on(server, small):
    server.say(feed(1, 2, 3, total=9))
    server.say(feed(4, 5, total=9))
    server.say(feed(4, total=9))
    first, second = small.pages(WINDOW)
    assert [paper.id for paper in second.papers] == ["2601.00004", "2601.00005"]
    assert (second.said, second.checkpoint, second.requests) == (9, {"start": 5}, 3)


def test_an_error_entry_is_broken_in_arxivs_own_words(server, small):
    server.say((LISTS / "atom-error.xml").read_bytes())
    with pytest.raises(Broken, match="incorrect id format for abc"):
        list(small.pages(WINDOW))


def test_a_400_is_broken_in_arxivs_own_words(server, small):
    server.say((LISTS / "atom-error.xml").read_bytes(), status=400)
    with pytest.raises(Broken, match="400: incorrect id format for abc"):
        list(small.pages(WINDOW))


def test_a_failure_in_the_middle_comes_after_the_pages_before_it(server, small):
    server.say(feed(1, 2, 3, total=9))
    server.say("", status=429)
    pages = small.pages(WINDOW)
    assert next(pages).checkpoint == {"start": 3}
    with pytest.raises(Throttled) as caught:
        next(pages)
    assert caught.value.requests == 1


def test_the_same_page_again_and_again_is_broken_not_endless(server, small):
    server.say(feed(1, 2, 3, total=20_000))
    with pytest.raises(Broken, match="same page"):
        list(small.pages(WINDOW))
    assert len(server.seen) == 2


def test_a_window_too_full_for_one_query_says_what_to_do(server, small):
    with pytest.raises(Broken, match="fewer days"):
        list(small.pages(WINDOW, {"start": 30_000}))
    assert server.seen == []


def test_an_answer_without_a_total_is_broken(server, small):
    server.say('<feed xmlns="http://www.w3.org/2005/Atom"/>')
    with pytest.raises(Broken, match="how many"):
        list(small.pages(WINDOW))


def test_an_entity_bomb_is_broken_and_not_unfolded(server, small):
    bomb = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 20}">' for i in range(8)
    )
    server.say(f"{bomb}]><feed><title>&i;</title></feed>")
    with pytest.raises(Broken, match="bad XML"):
        list(small.pages(WINDOW))
