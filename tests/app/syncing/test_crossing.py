"""Is a source that shows less than another one found out, and none that is right accused?"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.syncing.crossing import cross, find_stale
from core.papers.paper import Paper
from db import ledger
from db.crossing import Announced
from db.papers import upsert

# Wednesday's announcement, of submissions from Tuesday 18:00 to Wednesday 18:00 UTC, is the feed's on Thursday.
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
MIDDAY = datetime(2026, 8, 19, 12, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def told(db: Database, source: str, first: int, last: int, **fields: object) -> None:
    papers = [
        Paper(id=f"2608.{number:05d}", title=f"Paper {number}", categories=("cs.AI",), **fields)  # type: ignore[arg-type]
        for number in range(first, last + 1)
    ]
    upsert(db, papers, source=source, day=NOW.date(), seen_at=NOW)


def good(
    db: Database, source: str, window: str = "2026-08-16..2026-08-20", outcome: str = "complete"
) -> ledger.LedgerRow:
    row = ledger.open_row(db, source=source, owner="1-x", window=window, categories="cs.AI")
    return ledger.close(db, row, outcome)


def outcomes(db: Database, *rows: ledger.LedgerRow, now: datetime = NOW) -> dict[str, str | None]:
    return {row.source: row.outcome for row in cross(db, rows, categories=["cs.AI"], now=now)}


def test_a_feed_with_16_of_239_papers_is_stale_and_says_so(db: Database) -> None:
    told(db, "arxiv", 1, 239, submitted=MIDDAY)
    told(db, "rss", 1, 16, announced=date(2026, 8, 20))
    told(db, "rss", 500, 700, announced=date(2026, 8, 20))
    rows = cross(db, [good(db, "arxiv"), good(db, "rss")], categories=["cs.AI"], now=NOW)
    assert [row.outcome for row in rows] == ["complete", "stale"]
    assert rows[1].error is not None
    assert "16 of the 239 papers" in rows[1].error and "2026-08-20" in rows[1].error
    assert ledger.last_good(db).keys() == {"arxiv"}


def test_an_api_that_shows_an_old_day_is_found_out_by_the_feed(db: Database) -> None:
    told(db, "arxiv", 1, 50, submitted=MIDDAY - timedelta(days=1))
    told(db, "rss", 100, 150, announced=date(2026, 8, 20))
    assert outcomes(db, good(db, "arxiv"), good(db, "rss")) == {"arxiv": "stale", "rss": "complete"}


def test_sources_that_agree_are_left_as_they_are(db: Database) -> None:
    told(db, "arxiv", 1, 60, submitted=MIDDAY)
    told(db, "oai", 5, 60, submitted=MIDDAY)
    told(db, "rss", 1, 55, announced=date(2026, 8, 20))
    found = outcomes(db, good(db, "arxiv"), good(db, "oai"), good(db, "rss"))
    assert found == {"arxiv": "complete", "oai": "complete", "rss": "complete"}


def test_a_source_alone_is_crossed_with_what_came_before(db: Database) -> None:
    told(db, "arxiv", 1, 60, submitted=MIDDAY)
    assert outcomes(db, good(db, "rss", outcome="quiet day")) == {"rss": "stale"}
    assert outcomes(db, good(db, "arxiv")) == {"arxiv": "complete"}


def test_a_handful_of_papers_accuses_nobody(db: Database) -> None:
    told(db, "arxiv", 1, 9, submitted=MIDDAY)
    assert outcomes(db, good(db, "rss")) == {"rss": "complete"}


def test_only_a_window_with_the_announcement_is_judged(db: Database) -> None:
    told(db, "oai", 1, 60, submitted=MIDDAY)
    assert outcomes(db, good(db, "arxiv", "2026-08-19..2026-08-20")) == {"arxiv": "complete"}
    assert outcomes(db, good(db, "arxiv", "2026-08-18..2026-08-18")) == {"arxiv": "complete"}
    assert outcomes(db, good(db, "arxiv", "2026-08-18..2026-08-19")) == {"arxiv": "stale"}
    assert outcomes(db, good(db, "oai", "2026-08-18..2026-08-19")) == {"oai": "complete"}


def test_a_feed_is_judged_on_its_own_day_alone(db: Database) -> None:
    told(db, "arxiv", 1, 60, submitted=datetime(2026, 8, 20, 20, tzinfo=UTC))
    saturday = datetime(2026, 8, 22, 12, tzinfo=UTC)
    window = "2026-08-20..2026-08-22"
    assert outcomes(db, good(db, "rss", window, "quiet day"), now=saturday) == {"rss": "quiet day"}


def test_an_announcement_is_given_some_hours_to_reach_all_servers(db: Database) -> None:
    told(db, "oai", 1, 60, submitted=datetime(2026, 8, 20, 12, tzinfo=UTC))
    evening = datetime(2026, 8, 21, 1, tzinfo=UTC)
    window = "2026-08-16..2026-08-21"
    assert outcomes(db, good(db, "arxiv", window), now=evening) == {"arxiv": "complete"}
    assert outcomes(db, good(db, "arxiv", window), now=evening + timedelta(hours=6)) == {"arxiv": "stale"}


@pytest.mark.parametrize("outcome", ["throttled", "partial", "broken"])
def test_a_failure_keeps_its_name_and_its_papers_speak(db: Database, outcome: str) -> None:
    told(db, "arxiv", 1, 60, submitted=MIDDAY)
    found = outcomes(db, good(db, "arxiv", outcome=outcome), good(db, "rss"), good(db, "huggingface"))
    assert found == {"arxiv": outcome, "rss": "stale", "huggingface": "complete"}


def test_other_categories_do_not_count(db: Database) -> None:
    told(db, "arxiv", 1, 60, submitted=MIDDAY)
    row = good(db, "rss")
    assert cross(db, [row], categories=["math.ST"], now=NOW) == [row]


def papers(count: int, *sources: str, dated: bool) -> list[Announced]:
    return [Announced(dated, frozenset(sources))] * count


def test_an_old_feed_under_a_new_date_does_not_speak_against_the_others() -> None:
    known = papers(16, "api", "oai", "feed", dated=True) + papers(223, "api", "oai", dated=True)
    known += papers(200, "feed", dated=False)
    found = find_stale(known, suspects={"api", "oai", "feed"}, witnesses=["api", "oai", "feed"])
    assert found == {"feed": (16, 239, "api")}


@pytest.mark.parametrize(("has", "stale"), [(49, True), (50, False)])
def test_half_is_enough(has: int, stale: bool) -> None:
    known = papers(has, "a", "b", dated=True) + papers(100 - has, "a", dated=True)
    assert bool(find_stale(known, suspects={"a", "b"}, witnesses=["a", "b"])) == stale
