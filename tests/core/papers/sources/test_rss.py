"""Is a feed asked for only where it changed, is a quiet day told from a stale feed, and is nothing lost?"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.calendar.announcements import EASTERN
from core.papers.source import Broken, Stale, Throttled, Window
from core.papers.sources.rss import RssConnection, expected_day

FRIDAY = date(2026, 8, 21)  # the feeds' day of what was announced on Thursday evening
MORNING = datetime(2026, 8, 21, 9, tzinfo=EASTERN)
SATURDAY = datetime(2026, 8, 22, 9, tzinfo=EASTERN)


def window(*categories: str, day: date = FRIDAY) -> Window:
    return Window(since=day, until=day, categories=categories)


ENTRY = """<entry><id>oai:arXiv.org:{id}</id><title>Paper {id}</title><summary>arXiv:{id} Announce Type: {kind}
Abstract: Written for a test.</summary><published>{day}T00:00:00-04:00</published>
<arxiv:announce_type>{kind}</arxiv:announce_type></entry>"""


def feed(*ids: str, day: date = FRIDAY, kind: str = "new") -> str:
    entries = "".join(ENTRY.format(id=id_, kind=kind, day=day) for id_ in ids)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"<title>cs.CL updates on arXiv.org</title><updated>2026-08-21T04:00:19+00:00</updated>{entries}</feed>"
    )


def asking(server, memory=None, now: datetime = MORNING) -> RssConnection:
    return RssConnection(server.url, Http(gate=Gate(delay=0.01)), memory, clock=lambda: now)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-08-20 23:59", "2026-08-20"),  # announced at 20:00, but feeds are made at midnight
        ("2026-08-21 00:59", "2026-08-20"),  # and may be an hour late
        ("2026-08-21 01:00", "2026-08-21"),
        ("2026-08-22 12:00", "2026-08-21"),  # Saturday
        ("2026-08-24 00:30", "2026-08-21"),
        ("2026-08-24 01:00", "2026-08-24"),  # Sunday's announcement
        ("2026-11-27 12:00", "2026-11-26"),  # nothing was announced on Thanksgiving
        ("2026-07-06 12:00", "2026-07-03"),  # nor on the Sunday after the 3rd of July, a Friday
    ],
)
def test_feeds_carry_the_day_after_the_evening_of_the_announcement(now, day):
    assert expected_day(datetime.fromisoformat(now).replace(tzinfo=EASTERN)) == date.fromisoformat(day)


def test_each_category_is_one_request_and_one_page(server):
    server.say(feed("2608.10001v1", "2608.10002v1"))
    server.say(feed("2608.10003v1"))
    first, second = asking(server).pages(window("cs.CL", "hep-th"))
    assert [seen.path for seen in server.seen] == ["/atom/cs.CL", "/atom/hep-th"]
    assert [paper.id for paper in first.papers] == ["2608.10001", "2608.10002"]
    assert (first.said, first.received, second.said, second.received) == (2, 2, 3, 1)
    assert first.checkpoint == {"day": "2026-08-21", "next": 1, "received": 2, "stale": []}
    assert second.checkpoint is None


def test_only_new_papers_carry_the_day_of_their_announcement(server):
    server.say(feed("2608.10001v1"))
    server.say(feed("2601.00001v2", kind="replace"))
    server.say(feed("2608.10004v1", kind="cross"))
    new, replaced, cross = asking(server).pages(window("cs.CL", "cs.LG", "cs.AI"))
    assert new.papers[0].announced == FRIDAY
    assert (replaced.papers[0].announced, replaced.papers[0].version) == (None, 2)
    assert cross.papers[0].announced is None


def test_a_feed_that_has_not_changed_is_not_sent_again_and_no_failure(server):
    server.say(feed("2608.10001v1"), ETag='"one"')
    (page,) = asking(server).pages(window("cs.CL"))
    memory = json.loads(json.dumps(page.remember))
    server.say("", status=304)
    (again,) = asking(server, memory, now=SATURDAY).pages(window("cs.CL", day=date(2026, 8, 22)))
    assert server.seen[1].headers["If-None-Match"] == '"one"'
    assert (again.said, again.received, again.papers, again.requests) == (0, 0, (), 1)
    assert again.remember == memory


def test_an_unchanged_feed_after_an_announcement_is_stale(server):
    server.say("", status=304)
    memory = {"cs.CL": {"etag": '"one"', "day": "2026-08-20", "new": []}}
    with pytest.raises(Stale, match="cs.CL has not changed since 2026-08-20"):
        list(asking(server, memory).pages(window("cs.CL")))


def test_a_feed_of_an_older_day_is_stale_but_its_papers_and_the_other_feeds_are_kept(server):
    server.say(feed("2608.10001v1", day=date(2026, 8, 20)), ETag='"old"')
    server.say(feed("2608.10003v1"), ETag='"fresh"')
    pages = asking(server).pages(window("cs.CL", "cs.LG"))
    old, fresh = next(pages), next(pages)
    assert old.papers[0].announced == date(2026, 8, 20)
    assert fresh.papers[0].id == "2608.10003"
    assert set(fresh.remember) == {"cs.LG"}
    with pytest.raises(Stale, match="of 2026-08-21 by now, but the feed of cs.CL is of 2026-08-20"):
        next(pages)


def test_an_old_list_under_a_new_day_is_stale_and_its_day_not_believed(server):
    server.say(feed("2608.10001v1", "2608.10002v1"))
    memory = {"cs.CL": {"etag": None, "day": "2026-08-20", "new": ["2608.10001", "2608.10002"]}}
    pages = asking(server, memory).pages(window("cs.CL"))
    assert [paper.announced for paper in next(pages).papers] == [None, None]
    with pytest.raises(Stale, match="repeats that of 2026-08-20"):
        next(pages)


def test_new_papers_of_two_days_share_none(server):
    server.say(feed("2608.10003v1", "2608.10004v1"))
    memory = {"cs.CL": {"etag": None, "day": "2026-08-20", "new": ["2608.10001", "2608.10002"]}}
    (page,) = asking(server, memory).pages(window("cs.CL"))
    assert page.remember["cs.CL"] == {"etag": None, "day": "2026-08-21", "new": ["2608.10003", "2608.10004"]}


def test_an_empty_feed_is_quiet_on_a_day_without_announcement(server):
    server.say(feed())
    (page,) = asking(server, now=SATURDAY).pages(window("cs.CL", day=date(2026, 8, 22)))
    assert (page.said, page.received, page.checkpoint) == (0, 0, None)


@pytest.mark.parametrize("now", ["2026-11-27 12:00", "2026-12-28 12:00"])
def test_an_empty_feed_on_the_day_after_a_holiday_evening_is_quiet(server, now):
    moment = datetime.fromisoformat(now).replace(tzinfo=EASTERN)
    server.say(feed())
    (page,) = asking(server, now=moment).pages(window("cs.CL", day=moment.date()))
    assert page.received == 0


def test_an_empty_feed_after_an_announcement_is_stale(server):
    server.say(feed())
    with pytest.raises(Stale, match="the feed of cs.CL is empty"):
        list(asking(server).pages(window("cs.CL")))


def test_what_was_stale_is_not_forgotten_when_the_sync_goes_on(server):
    server.say(feed())
    server.say("", status=429)
    pages = asking(server).pages(window("cs.CL", "cs.LG"))
    checkpoint = json.loads(json.dumps(next(pages).checkpoint))
    with pytest.raises(Throttled):
        next(pages)
    server.answers[:] = []
    server.say(feed("2608.10003v1"))
    pages = asking(server).pages(window("cs.CL", "cs.LG"), checkpoint)
    assert next(pages).received == 1
    assert server.seen[-1].path == "/atom/cs.LG"
    with pytest.raises(Stale, match="cs.CL is empty"):
        next(pages)


def test_a_checkpoint_of_another_announcement_begins_again(server):
    server.say(feed("2608.10003v1"))
    checkpoint = {"day": "2026-08-20", "next": 1, "received": 9, "stale": ["the feed of cs.CL is empty"]}
    pages = list(asking(server).pages(window("cs.CL", "cs.LG"), checkpoint))
    assert [seen.path for seen in server.seen] == ["/atom/cs.CL", "/atom/cs.LG"]
    assert len(pages) == 2


def test_the_error_feed_is_broken_in_arxivs_words(server):
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed error for query: cs.XX</title>'
        "<subtitle>Bad archive</subtitle></feed>"
    )
    for status in (200, 400):
        server.say(body, status=status)
        with pytest.raises(Broken, match=r"Feed error for query: cs\.XX \(Bad archive\)"):
            list(asking(server).pages(window("cs.XX")))


def test_a_feed_that_is_full_says_that_it_may_be_cut(server):
    class Full(RssConnection):
        MOST_ENTRIES = 3

    server.say(feed("2608.10001v1", "2608.10002v1", "2608.10003v1"))
    (page,) = Full(server.url, Http(gate=Gate(delay=0.01)), None, clock=lambda: MORNING).pages(window("cs.CL"))
    assert (len(page.papers), page.received) == (3, 3)
    assert [(item.where, "may be missing" in item.why) for item in page.problems] == [("the feed of cs.CL", True)]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Window(since=date(2026, 8, 1), until=date(2026, 8, 5), categories=("cs.CL",)), "older days"),
        (Window(since=date(2026, 9, 1), until=date(2026, 9, 5), categories=("cs.CL",)), "nothing for"),
        (Window(since=FRIDAY, until=FRIDAY), "name some"),
    ],
)
def test_a_window_that_no_feed_can_answer_is_refused_without_a_request(server, asked, why):
    with pytest.raises(Broken, match=why) as caught:
        list(asking(server).pages(asked))
    assert caught.value.requests == len(server.seen) == 0


def test_a_window_that_begins_tomorrow_somewhere_is_answered(server):
    server.say(feed("2608.10001v1"))
    (page,) = asking(server).pages(window("cs.CL", day=FRIDAY + timedelta(days=1)))
    assert page.received == 1
