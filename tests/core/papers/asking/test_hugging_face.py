"""Is a list read to its end and no further, can one go on anywhere, and does a failure carry what it cost?"""

from __future__ import annotations

import json
from datetime import date

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.asking.hugging_face import ListsConnection, days_of
from core.papers.source import Broken, Throttled, Unreachable, Window

JSON = "application/json"
WINDOW = Window(since=date(2026, 1, 5), until=date(2026, 1, 6))


def rows(*numbers: int) -> str:
    return json.dumps([{"paper": {"id": f"2601.{number:05d}", "title": f"Paper {number}"}} for number in numbers])


def reader(server, *, size: int = 2, most: int = 5, cut: bool = False, delay: float = 0.0) -> ListsConnection:
    http = Http(gate=Gate(delay=delay))
    return ListsConnection(server.url, http, key="day", listings=days_of, most=most, cut=cut, size=size)


def asked(server) -> list[tuple[str, str]]:
    return [(seen.query["date"], seen.query["p"]) for seen in server.seen]


def test_a_list_is_read_to_its_short_page_and_then_the_next_begins(server):
    for body in (rows(1, 2), rows(3), "[]"):
        server.say(body, kind=JSON)
    pages = list(reader(server).pages(WINDOW))
    assert asked(server) == [("2026-01-05", "0"), ("2026-01-05", "1"), ("2026-01-06", "0")]
    assert [page.checkpoint for page in pages] == [
        {"day": "2026-01-05", "p": 1},
        {"day": "2026-01-06", "p": 0},
        None,
    ]


def test_a_page_with_a_few_rows_less_than_asked_for_is_not_the_end(server):
    for body in (rows(1, 2, 3), rows(4), "[]"):
        server.say(body, kind=JSON)
    pages = list(reader(server, size=4).pages(WINDOW))
    assert [paper.id[-1] for page in pages for paper in page.papers] == ["1", "2", "3", "4"]


def test_a_server_that_gives_its_short_list_for_any_page_has_given_all(server):
    server.say(rows(1, 2, 3), kind=JSON)
    pages = list(reader(server, size=4).pages(Window(since=date(2026, 1, 5), until=date(2026, 1, 5))))
    assert {paper.id for page in pages for paper in page.papers} == {"2601.00001", "2601.00002", "2601.00003"}
    assert pages[-1].checkpoint is None
    assert len(server.seen) == 2


def test_from_every_checkpoint_the_rest_of_the_papers_comes(server):
    bodies = {("2026-01-05", 0): rows(1, 2), ("2026-01-05", 1): rows(3), ("2026-01-06", 0): rows(4)}
    for body in bodies.values():
        server.say(body, kind=JSON)
    whole = list(reader(server).pages(WINDOW))
    for place, page in enumerate(whole[:-1]):
        server.answers.clear()
        server.seen.clear()
        for key in list(bodies)[place + 1 :]:
            server.say(bodies[key], kind=JSON)
        rest = list(reader(server).pages(WINDOW, page.checkpoint))
        assert [one.papers for one in rest] == [one.papers for one in whole[place + 1 :]]


@pytest.mark.parametrize(
    "checkpoint",
    [
        {"day": "2025-01-01", "p": 0},
        {"day": None, "p": 0},
        {"week": "2026-W01"},
        {},
        {"day": "2026-01-05", "p": "x"},
        {"day": "2026-01-05", "p": -1},
        {"day": "2026-01-05"},
    ],
)
def test_a_checkpoint_of_another_make_is_broken_without_asking(server, checkpoint):
    with pytest.raises(Broken, match="sync from the beginning") as caught:
        list(reader(server).pages(WINDOW, checkpoint))
    assert caught.value.requests == 0
    assert server.seen == []


def test_one_full_page_again_and_again_is_broken_not_endless(server):
    server.say(rows(1, 2), kind=JSON)
    with pytest.raises(Broken, match="2026-01-05: .*again and again") as caught:
        list(reader(server).pages(WINDOW))
    assert len(server.seen) == 2
    assert caught.value.requests == 1  # the first one went with its page


def test_a_list_without_end_is_broken(server):
    for number in range(0, 20, 2):
        server.say(rows(number + 1, number + 2), kind=JSON)
    with pytest.raises(Broken, match="does not end"):
        list(reader(server).pages(WINDOW))
    assert len(server.seen) == 5


def test_a_list_of_which_only_the_head_is_wanted_is_cut_there(server):
    for number in range(0, 20, 2):
        server.say(rows(number + 1, number + 2), kind=JSON)
    pages = list(reader(server, most=2, cut=True).pages(Window(since=date(2026, 1, 5), until=date(2026, 1, 5))))
    assert [page.checkpoint for page in pages] == [{"day": "2026-01-05", "p": 1}, None]


def test_a_failure_comes_after_the_pages_before_it_with_its_own_cost(server):
    server.say(rows(1, 2), kind=JSON)
    server.say("", status=503)
    pages = reader(server, delay=0.01).pages(WINDOW)
    first = next(pages)
    assert first.requests == 1
    with pytest.raises(Unreachable) as caught:
        next(pages)
    assert caught.value.requests == len(server.seen) - 1 > 1
    assert caught.value.waited > 0


def test_a_quota_that_is_used_up_ends_the_sync_as_throttled_and_the_rest_can_follow(server):
    server.say(rows(1), kind=JSON, RateLimit='"api";r=0;t=200')
    pages = reader(server).pages(WINDOW)
    first = next(pages)
    with pytest.raises(Throttled) as caught:
        next(pages)
    assert (caught.value.retry_after or 0) > 100
    server.answers.clear()
    server.seen.clear()
    server.say(rows(2), kind=JSON)
    (rest,) = reader(server).pages(WINDOW, first.checkpoint)
    assert [paper.id for paper in rest.papers] == ["2601.00002"]


def test_waiting_for_ones_turn_is_told_of(server):
    server.say("[]", kind=JSON)
    first, second = reader(server, delay=0.2).pages(WINDOW)
    assert first.waited < 0.1
    assert second.waited > 0.1


def test_one_paper_in_two_rows_is_given_as_often_as_it_came(server):
    row = {"paper": {"id": "2601.00001", "title": "Twice", "upvotes": 3}}
    server.say(json.dumps([row, row | {"paper": row["paper"] | {"upvotes": 5}}]), kind=JSON)
    server.say("[]", kind=JSON)
    pages = list(reader(server, size=10).pages(WINDOW))
    assert [paper.upvotes for paper in pages[0].papers] == [3, 5]
    assert pages[0].received == 2
