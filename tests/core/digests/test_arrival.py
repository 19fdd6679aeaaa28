"""Is a paper news on the day on which arXiv announced it, and a late one on the day on which it appeared?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.digests.arrival import Arrivals, Look, covered, list_covered
from core.digests.span import SHOWING
from core.papers.calendar.announcements import batch_of
from core.papers.calendar.emptiness import SETTLING
from core.papers.source import Days

CS = frozenset({"cs.CL", "cs.LG"})


def moment(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def look(started: str, since: str, until: str, days: Days = "submitted", source: str = "arxiv") -> Look:
    began = moment(started)
    return Look(
        source=source,
        days=days,
        since=date.fromisoformat(since),
        until=date.fromisoformat(until),
        categories=CS,
        started=began,
        finished=began + timedelta(minutes=5),
    )


# A submission of Wednesday evening in New York: announced on Thursday evening, listed on Friday.
SUBMITTED = moment("2026-11-18T22:00")
BATCH = batch_of(SUBMITTED)


@dataclass
class Paper:
    seen: datetime
    announced: date | None
    categories: tuple[str, ...]
    submitted: datetime | None = SUBMITTED


def day(looks: list[Look], seen: str, announced: date | None = None, categories: tuple[str, ...] = ("cs.CL",)) -> str:
    knows = Arrivals(looks, since=date(2026, 11, 1), until=date(2026, 11, 30))
    return str(knows.day_of(Paper(moment(seen), announced, categories)))


def test_it_is_the_day_of_the_announcement_whenever_it_was_synced() -> None:
    assert str(BATCH.feed_day) == "2026-11-20"
    assert day([], seen="2026-11-20T06:00") == "2026-11-20"
    # Nobody synced for a week: it was announced when it was announced.
    assert day([], seen="2026-11-28T09:00") == "2026-11-20"


def test_a_sources_own_word_counts_first() -> None:
    assert day([], seen="2026-11-24T09:00", announced=date(2026, 11, 23)) == "2026-11-23"


def test_one_that_a_whole_sync_did_not_show_is_news_when_it_appears() -> None:
    before = look("2026-11-20T09:00", "2026-11-17", "2026-11-20")
    assert day([before], seen="2026-11-24T06:00") == "2026-11-24"
    # Its own sync is under way when it is seen.
    assert day([before], seen="2026-11-20T09:01") == "2026-11-20"


def test_a_sync_that_could_not_show_it_says_nothing() -> None:
    too_early = look("2026-11-20T05:40", "2026-11-17", "2026-11-20")
    other_days = look("2026-11-20T09:00", "2026-11-19", "2026-11-20")
    other_source = look("2026-11-20T09:00", "2026-11-17", "2026-11-20", days="listed")
    assert day([too_early, other_days, other_source], seen="2026-11-24T06:00") == "2026-11-20"
    asked = look("2026-11-20T09:00", "2026-11-17", "2026-11-20")
    assert day([asked], seen="2026-11-24T06:00", categories=("math.AG",)) == "2026-11-20"


def test_an_announcement_is_covered_when_all_its_days_were_asked_for_after_it_was_shown() -> None:
    assert BATCH.announced_at == moment("2026-11-20T01:00")
    assert covered([look("2026-11-20T05:45", "2026-11-18", "2026-11-20")], BATCH)
    assert not covered([look("2026-11-20T05:45", "2026-11-18", "2026-11-20")], BATCH, after=SETTLING)
    assert covered([look("2026-11-20T07:00", "2026-11-18", "2026-11-20")], BATCH, after=SETTLING)
    assert not covered([look("2026-11-20T05:00", "2026-11-18", "2026-11-20")], BATCH, after=SHOWING)
    assert not covered([look("2026-11-20T07:00", "2026-11-19", "2026-11-20")], BATCH)
    parts = [look("2026-11-20T07:00", "2026-11-19", "2026-11-20"), look("2026-11-21T07:00", "2026-11-18", "2026-11-18")]
    assert covered(parts, BATCH)


def test_a_feed_covers_the_last_announcement_and_a_harvest_the_day_of_its_listing() -> None:
    assert covered([look("2026-11-20T08:00", "2026-11-20", "2026-11-20", "announced", "rss")], BATCH)
    assert not covered([look("2026-11-23T08:00", "2026-11-20", "2026-11-23", "announced", "rss")], BATCH)
    assert covered([look("2026-11-23T08:00", "2026-11-20", "2026-11-23", "modified", "oai")], BATCH)
    assert not covered([look("2026-11-23T08:00", "2026-11-21", "2026-11-23", "modified", "oai")], BATCH)


def test_a_list_is_covered_once_its_day_is_over() -> None:
    listed = date(2026, 11, 19)
    assert not list_covered([look("2026-11-19T23:59", "2026-11-10", "2026-11-19", "listed")], listed)
    assert list_covered([look("2026-11-20T00:00", "2026-11-10", "2026-11-20", "listed")], listed)
    assert not list_covered([look("2026-11-20T00:00", "2026-11-20", "2026-11-20", "listed")], listed)
