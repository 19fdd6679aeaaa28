"""Is a feed that shows an old day found out, and a day without papers told from one whose papers are held back?"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.faults.catalog_contents import Contents, facts_of, ids_of, lost_from
from tests.faults.conftest import Room, the_days
from tests.faults.hostile import API, FEED, Answer, Hostile, Told, feed, some_papers

THURSDAY, FRIDAY = date(2024, 8, 22), date(2024, 8, 23)
# Nine in the morning in New York.
ON_THURSDAY, ON_FRIDAY = "2024-08-22T13:00:00+00:00", "2024-08-23T13:00:00+00:00"
DAYS = (date(2024, 8, 21), FRIDAY)
# The deadline of Wednesday lies between them: the feeds have the first on Thursday and the second on Friday.
OLD = some_papers(30, day=datetime(2024, 8, 21, 10, tzinfo=UTC), first=1, announced=THURSDAY)
NEW = some_papers(40, day=datetime(2024, 8, 22, 10, tzinfo=UTC), first=101, announced=FRIDAY)


@dataclass(frozen=True)
class Feeds:
    """A catalog that read Thursday's feed on Thursday, and what it is to become on Friday."""

    home: Path
    before: Contents
    after: Contents


def morning(open_room: Callable[..., Room], home: Path | None = None) -> Room:
    """Friday morning; the feeds hold Friday's announcement."""
    room = open_room([*OLD, *NEW], home=home, clock=ON_FRIDAY, days=DAYS)
    room.server.feed_day = FRIDAY
    return room


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory, outside: dict[str, str]) -> Iterator[Feeds]:
    folder = tmp_path_factory.mktemp("feeds")
    server = Hostile([*OLD, *NEW])
    server.feed_day = THURSDAY
    read = Room(folder / "thursday", server, outside, clock=ON_THURSDAY, days=(THURSDAY, THURSDAY))
    assert read.sync("--source", "rss").outcomes == {"rss": "complete"}
    before = read.contents()
    shutil.copytree(read.home, folder / "friday")
    server.feed_day = FRIDAY
    later = Room(folder / "friday", server, outside, clock=ON_FRIDAY, days=DAYS)
    assert later.sync("--source", "rss").outcomes == {"rss": "complete"}
    server.close()
    yield Feeds(read.home, before, later.contents())


# --- quiet or stale ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2024-08-24", "2024-09-02"], ids=["Saturday", "Labor Day"])
def test_no_papers_are_a_quiet_day_where_arxiv_announced_none(open_room: Callable[..., Room], day: str) -> None:
    room = open_room(days=(date.fromisoformat(day),) * 2)
    quiet = room.sync()
    assert (quiet.code, quiet.errors) == (0, [])
    assert quiet.outcomes == {"arxiv": "quiet day", "huggingface": "quiet day"}


def test_working_days_without_papers_are_stale_and_the_next_sync_completes(open_room: Callable[..., Room]) -> None:
    days = (date(2024, 8, 20), date(2024, 8, 22))
    room = open_room(days=days)
    held_back = room.sync()
    assert (held_back.code, held_back.outcomes) == (1, {"arxiv": "stale", "huggingface": "stale"})
    assert len(held_back.errors) == 2
    assert "announcement of 2024-08-23" in held_back.errors[0]
    assert "3 working days" in held_back.errors[1]
    room.server.papers, room.server.lists = the_days()
    well = room.sync()
    assert (well.code, well.outcomes) == (0, {"arxiv": "complete", "huggingface": "complete"})
    undisturbed = open_room(*the_days(), days=days)
    assert undisturbed.sync().code == 0
    assert room.contents() == undisturbed.contents()


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [("2024-11-29T17:00:00+00:00", "quiet day"), ("2024-11-28T17:00:00+00:00", "stale")],
    ids=["after a holiday's evening", "on a holiday after a working evening"],
)
def test_an_empty_feed_is_a_quiet_day_only_where_nothing_was_announced(
    open_room: Callable[..., Room], clock: str, outcome: str
) -> None:
    day = date.fromisoformat(clock[:10])
    room = open_room(clock=clock, days=(day, day))
    found = room.sync("--source", "rss")
    assert (found.outcomes, found.code) == ({"rss": outcome}, int(outcome == "stale"))
    assert len(found.errors) == found.code


# --- old feeds --------------------------------------------------------------------------------------------------------


def test_a_feed_that_did_not_change_overnight_is_stale_and_the_next_sync_completes(
    open_room: Callable[..., Room], feeds: Feeds
) -> None:
    room = morning(open_room, feeds.home)
    room.server.feed_day = THURSDAY
    late = room.sync("--source", "rss")
    assert (late.code, late.outcomes) == (1, {"rss": "stale"})
    assert late.errors == [
        "trendlab: rss: stale: arXiv's feeds must be of 2024-08-23 by now, but the feed of cs.CL has not changed since "
        "2024-08-22; sync again later"
    ]
    assert room.contents() == feeds.before
    room.server.feed_day = FRIDAY
    well = room.sync("--source", "rss")
    assert (well.code, well.outcomes, well.of("rss")["new"]) == (0, {"rss": "complete"}, len(NEW))
    assert room.contents() == feeds.after


def test_an_old_feed_under_a_new_date_is_stale_and_its_date_is_not_believed(
    open_room: Callable[..., Room], feeds: Feeds
) -> None:
    room = morning(open_room, feeds.home)
    room.server.fault = dated_anew
    late = room.sync("--source", "rss")
    assert (late.code, late.outcomes) == (1, {"rss": "stale"})
    assert "the feed of cs.CL repeats that of 2024-08-22" in late.errors[0]
    assert facts_of(room.contents()) == facts_of(feeds.before)
    room.server.fault = None
    well = room.sync("--source", "rss")
    assert (well.code, well.outcomes, well.of("rss")["new"]) == (0, {"rss": "complete"}, len(NEW))
    assert facts_of(room.contents()) == facts_of(feeds.after)


def dated_anew(request: object, honest: Answer) -> Answer | None:
    """Thursday's papers in a feed that says Friday."""
    wrong = getattr(request, "path", "").startswith(FEED)
    return replace(honest, body=feed("cs.CL", OLD, day=FRIDAY), headers={"ETag": '"anew"'}) if wrong else None


def test_an_old_feed_that_looks_current_is_found_out_by_the_api(open_room: Callable[..., Room]) -> None:
    room = morning(open_room)
    room.server.fault = dated_anew
    late = room.sync("--source", "rss", "--source", "arxiv")
    assert (late.code, late.outcomes) == (1, {"rss": "stale", "arxiv": "complete"})
    assert len(late.errors) == 1
    assert "has 0 of the 40 papers that arXiv has for the announcement of 2024-08-23" in late.errors[0]
    assert ids_of(room.contents()) == {paper.id for paper in (*OLD, *NEW)}
    room.server.fault = None
    well = room.sync("--source", "rss", "--source", "arxiv")
    assert (well.code, well.outcomes) == (0, {"rss": "complete", "arxiv": "complete"})
    assert room.one("SELECT count(*) FROM papers WHERE announced = '2024-08-23' AND id > '2408.00100'") == (len(NEW),)


def test_an_api_that_shows_an_old_day_is_found_out_by_the_feed(open_room: Callable[..., Room]) -> None:
    room = morning(open_room)
    room.server.papers = OLD
    held_back: list[Told] = [*OLD, *NEW]
    room.server.fault = lambda request, honest: (
        Answer(200, feed("cs.CL", NEW, day=FRIDAY)) if request.path.startswith(FEED) else None
    )
    late = room.sync("--source", "arxiv", "--source", "rss")
    assert (late.code, late.outcomes) == (1, {"arxiv": "stale", "rss": "complete"})
    assert len(late.errors) == 1
    assert "trendlab: arxiv: stale: has 0 of the 40 papers" in late.errors[0]
    before = room.contents()
    room.server.papers, room.server.fault = held_back, None
    well = room.sync("--source", "arxiv", "--source", "rss")
    assert (well.code, well.outcomes) == (0, {"arxiv": "complete", "rss": "complete"})
    undisturbed = morning(open_room)
    assert undisturbed.sync("--source", "arxiv", "--source", "rss").code == 0
    assert room.contents() == undisturbed.contents()
    assert ids_of(before) == ids_of(room.contents()), "the feed had told of them"


def test_an_error_feed_is_broken_in_arxivs_words_and_the_next_sync_completes(
    open_room: Callable[..., Room], feeds: Feeds
) -> None:
    error = (
        b'<rss xmlns:arxiv="http://arxiv.org/schemas/atom" version="2.0"><channel>'
        b"<title>Feed error for query: cs.CL</title></channel></rss>"
    )
    room = morning(open_room, feeds.home)
    room.server.fault = lambda request, honest: Answer(200, error) if request.path.startswith(FEED) else None
    failed = room.sync("--source", "rss", "--source", "huggingface")
    assert (failed.code, failed.outcomes["rss"]) == (1, "broken")
    assert "Feed error for query: cs.CL" in failed.errors[0]
    assert lost_from(feeds.before, room.contents()) == {}
    room.server.fault = None
    well = room.sync("--source", "rss")
    assert (well.code, well.outcomes) == (0, {"rss": "complete"})
    assert room.contents() == feeds.after


def test_sources_that_agree_accuse_nobody(open_room: Callable[..., Room]) -> None:
    room = morning(open_room)
    found = room.sync("--source", "arxiv", "--source", "rss", "--source", "oai")
    assert (found.code, found.errors) == (0, [])
    assert found.outcomes == {"arxiv": "complete", "rss": "complete", "oai": "complete"}
    assert room.server.asked(API)
