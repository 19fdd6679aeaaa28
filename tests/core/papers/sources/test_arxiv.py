"""Is arXiv asked for the right days, page by page, and believed only as far as its totals hold?"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import Broken, Throttled, Window
from core.papers.sources.arxiv import SOURCE, ArxivConnection, query_of, url_of

LISTS = Path(__file__).resolve().parent.parent / "lists"
WINDOW = Window(since=date(2026, 1, 5), until=date(2026, 1, 6), categories=("cs.CL", "cs.LG"))


class Small(ArxivConnection):
    """Pages of three and queries of six, so that a test needs few papers."""

    PAGE_SIZE = 3
    MOST_RESULTS = 6


def http() -> Http:
    return Http(gate=Gate(delay=0.01))


@pytest.fixture
def small(server):
    return Small(server.url + "/api/query", http())


@pytest.fixture
def paged(server):
    connection = Small(server.url + "/api/query", http())
    connection.MOST_RESULTS = 30_000
    return connection


def asked(seen) -> tuple[str, int]:
    """The days of a request, as in MMDD-MMDD, and where its page starts."""
    first, last = re.findall(r"2026(\d{4})\d{4}", seen.query["search_query"])
    return f"{first}-{last}", int(seen.query["start"])


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
    (page,) = SOURCE.open(endpoint=server.url + "/api/query", http=http()).pages(WINDOW)
    assert [paper.id for paper in page.papers] == ["2305.18290", "hep-th/9901001"]
    assert (page.said, page.received, page.requests, page.checkpoint) == (2, 2, 1, None)
    assert server.seen[0].query["max_results"] == "100"
    assert server.seen[0].query["sortOrder"] == "ascending"


def test_pages_follow_each_other_to_the_total(server, paged):
    server.say(feed(1, 2, 3, total=4))
    server.say(feed(4, total=4))
    first, second = paged.pages(WINDOW)
    assert first.checkpoint["start"] == 3
    assert second.checkpoint is None
    assert [seen.query["start"] for seen in server.seen] == ["0", "3"]


def test_a_checkpoint_goes_on_where_it_stopped(server, paged):
    server.say(feed(4, 5, total=5))
    first = {"since": "2026-01-05", "ends": ["2026-01-06"], "start": 3, "whole": 0, "before": 0}
    (page,) = paged.pages(WINDOW, first)
    assert server.seen[0].query["start"] == "3"
    assert [paper.id for paper in page.papers] == ["2601.00004", "2601.00005"]


def test_a_quiet_day_is_one_empty_page(server, paged):
    server.say(feed(total=0))
    (page,) = paged.pages(WINDOW)
    assert (page.papers, page.said, page.checkpoint, page.requests) == ((), 0, None, 1)


def test_an_empty_page_with_a_total_is_asked_again_and_then_shown_as_it_is(server, paged):
    server.say(feed(total=5000))
    (page,) = paged.pages(WINDOW)
    assert (page.said, page.received, page.checkpoint["start"]) == (5000, 0, 0)
    assert page.requests == len(server.seen) == 3


def test_an_empty_page_that_fills_when_asked_again_is_no_loss(server, paged):
    server.say(feed(total=2))
    server.say(feed(1, 2, total=2))
    (page,) = paged.pages(WINDOW)
    assert (page.received, page.requests, page.checkpoint) == (2, 2, None)


def test_a_short_page_in_the_middle_ends_the_list_with_a_place_to_go_on(server, paged):
    server.say(feed(1, 2, 3, total=9))
    server.say(feed(4, 5, total=9))
    server.say(feed(4, total=9))
    first, second = paged.pages(WINDOW)
    assert [paper.id for paper in second.papers] == ["2601.00004", "2601.00005"]
    assert (second.said, second.checkpoint["start"], second.requests) == (9, 5, 3)


def test_an_error_entry_is_broken_in_arxivs_own_words(server, paged):
    server.say((LISTS / "atom-error.xml").read_bytes())
    with pytest.raises(Broken, match="incorrect id format for abc"):
        list(paged.pages(WINDOW))


def test_a_400_is_broken_in_arxivs_own_words(server, paged):
    server.say((LISTS / "atom-error.xml").read_bytes(), status=400)
    with pytest.raises(Broken, match="400: incorrect id format for abc"):
        list(paged.pages(WINDOW))


def test_a_failure_in_the_middle_comes_after_the_pages_before_it(server, paged):
    server.say(feed(1, 2, 3, total=9))
    server.say("", status=429)
    pages = paged.pages(WINDOW)
    assert next(pages).checkpoint["start"] == 3
    with pytest.raises(Throttled) as caught:
        next(pages)
    assert caught.value.requests == 1


def test_the_same_page_again_and_again_is_broken_not_endless(server, paged):
    server.say(feed(1, 2, 3, total=20_000))
    with pytest.raises(Broken, match="same page"):
        list(paged.pages(WINDOW))
    assert len(server.seen) == 2


def test_a_total_that_grows_meanwhile_is_read_to_its_new_end(server, paged):
    server.say(feed(1, 2, 3, total=5))
    server.say(feed(4, 5, 6, total=7))
    server.say(feed(7, total=7))
    pages = list(paged.pages(WINDOW))
    assert [page.said for page in pages] == [5, 7, 7]
    assert sum(page.received for page in pages) == 7
    assert pages[-1].checkpoint is None


def test_a_total_that_shrinks_meanwhile_is_believed(server, paged):
    server.say(feed(1, 2, 3, total=5))
    server.say(feed(total=3))
    pages = list(paged.pages(WINDOW))
    assert [(page.said, page.received, page.checkpoint and page.checkpoint["start"]) for page in pages] == [
        (5, 3, 3),
        (3, 0, None),
    ]


FOUR_DAYS = Window(since=date(2026, 1, 5), until=date(2026, 1, 8), categories=("cs.CL",))


def fuller_than_a_query(server) -> None:
    """Ten papers in four days where a query gives out six: 4 on the first day, 3 on the second, 3 after them."""
    server.say(feed(1, 2, 3, total=10))  # the whole window
    server.say(feed(1, 2, 3, total=7))  # its first half
    server.say(feed(1, 2, 3, total=4))  # its first day
    server.say(feed(4, total=4))
    server.say(feed(5, 6, 7, total=3))  # its second day
    server.say(feed(8, 9, 10, total=3))  # the second half


def test_a_window_too_full_for_one_query_is_read_in_halves_of_its_days(server, small):
    fuller_than_a_query(server)
    pages = list(small.pages(FOUR_DAYS))
    assert [asked(seen) for seen in server.seen] == [
        ("0105-0108", 0),
        ("0105-0106", 0),
        ("0105-0105", 0),
        ("0105-0105", 3),
        ("0106-0106", 0),
        ("0107-0108", 0),
    ]
    assert sorted(paper.id for page in pages for paper in page.papers) == [f"2601.{i:05d}" for i in range(1, 11)]
    assert [page.said for page in pages] == [10, 10, 10, 10]
    assert [page.requests for page in pages] == [3, 1, 1, 1]
    assert pages[-1].checkpoint is None


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_window_in_parts_goes_on_after_any_page(server, small, stop):
    fuller_than_a_query(server)
    before = small.pages(FOUR_DAYS)
    checkpoint = json.loads(json.dumps([next(before) for _ in range(stop)][-1].checkpoint))
    rest = list(Small(server.url + "/api/query", http()).pages(FOUR_DAYS, checkpoint))
    assert len(rest) == 4 - stop
    assert sum(page.received for page in rest) == {1: 7, 2: 6, 3: 3}[stop]
    assert {page.said for page in rest} == {10}
    assert rest[-1].checkpoint is None


def test_a_window_that_grows_past_the_limit_on_the_way_is_divided_then(server, small):
    server.say(feed(1, 2, 3, total=6))
    server.say(feed(4, 5, 6, total=7))
    server.say(feed(1, 2, 3, total=3))
    server.say(feed(4, 5, 6, total=4))
    server.say(feed(7, total=4))
    pages = list(small.pages(WINDOW))
    assert [asked(seen) for seen in server.seen][2:] == [("0105-0105", 0), ("0106-0106", 0), ("0106-0106", 3)]
    assert {paper.id for page in pages for paper in page.papers} == {f"2601.{i:05d}" for i in range(1, 8)}
    assert pages[-1].checkpoint is None
    assert pages[-1].said == 7


def test_a_day_too_full_for_one_query_says_what_to_do(server, small):
    server.say(feed(1, 2, 3, total=7))
    with pytest.raises(Broken, match="more than 6 papers of 2026-01-05 .* fewer categories") as caught:
        list(small.pages(WINDOW))
    assert caught.value.requests == len(server.seen) == 2


def test_a_checkpoint_of_an_undivided_window_may_have_its_start_alone(server, paged):
    server.say(feed(4, total=4))
    (page,) = paged.pages(WINDOW, {"start": 3})
    assert asked(server.seen[0]) == ("0105-0106", 3)
    assert page.said == 4


def test_seconds_spent_waiting_are_told(server):
    server.say(feed(1, 2, 3, total=4))
    server.say(feed(4, total=4))
    connection = Small(server.url + "/api/query", Http(gate=Gate(delay=0.2)))
    _, second = connection.pages(WINDOW)
    assert 0.15 < second.waited < 2


def test_an_answer_without_a_total_is_broken(server, paged):
    server.say('<feed xmlns="http://www.w3.org/2005/Atom"/>')
    with pytest.raises(Broken, match="how many"):
        list(paged.pages(WINDOW))


def test_an_entity_bomb_is_broken_and_not_unfolded(server, paged):
    bomb = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 20}">' for i in range(8)
    )
    server.say(f"{bomb}]><feed><title>&i;</title></feed>")
    with pytest.raises(Broken, match="bad XML"):
        list(paged.pages(WINDOW))
