"""Which papers could be news of some days, and which syncs looked for them?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlite_utils import Database

from core.papers.paper import Paper
from db import arrivals, ledger
from db.papers import upsert

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def told(db: Database, *papers: Paper, source: str = "arxiv") -> None:
    upsert(db, papers, source=source, day=NOON.date(), seen_at=NOON)


def paper(number: int, submitted: datetime | None = NOON, **more: object) -> Paper:
    return Paper(id=f"2611.{number:05d}", title=f"About lichens {number}", submitted=submitted, **more)  # type: ignore[arg-type]


def test_candidates_are_those_of_the_days_and_those_of_which_only_the_month_is_known(db: Database) -> None:
    told(db, paper(1), paper(2, NOON - timedelta(days=40)), paper(3, NOON + timedelta(days=1)), paper(4, None))
    told(db, paper(5), paper(1), source="huggingface")
    found = arrivals.candidates(db, date(2026, 11, 17), date(2026, 11, 18), lists=["huggingface"])
    assert [(one.key // 10 % 100_000, one.by_lists) for one in found] == [(5, True), (1, False), (4, False)]
    assert [one.submitted for one in found] == [NOON, NOON, None]
    assert found[0].seen == NOON and found[0].categories == ()


def test_the_stamp_is_another_once_papers_have_come_or_a_sync_has_ended(db: Database) -> None:
    stamps = [arrivals.stamp(db)]
    told(db, paper(1))
    stamps.append(arrivals.stamp(db))
    told(db, paper(1))
    assert arrivals.stamp(db) == stamps[-1]
    upsert(db, [paper(2, NOON - timedelta(days=40))], source="arxiv", day=NOON.date(), seen_at=NOON + timedelta(days=1))
    stamps.append(arrivals.stamp(db))
    row = ledger.open_row(db, source="arxiv", window="2026-11-17..2026-11-18", owner="me")
    assert arrivals.stamp(db) == stamps[-1]
    ledger.close(db, row, "complete")
    stamps.append(arrivals.stamp(db))
    assert len(set(stamps)) == 4


def test_lists_are_found_by_their_day(db: Database) -> None:
    told(db, paper(1, listed=date(2026, 11, 17)), paper(2, listed=date(2026, 11, 19)), paper(3))
    keys = arrivals.listed(db, date(2026, 11, 16), date(2026, 11, 18))
    assert [key // 10 % 100_000 for key in keys] == [1]


def test_what_is_filed_under_a_stage_is_found_within_its_keys(db: Database) -> None:
    told(db, paper(1, stages=("build", "ask")), paper(2, stages=("build",)), paper(3, stages=()))
    keys = [one.key for one in arrivals.candidates(db, NOON.date(), NOON.date(), lists=[])]
    assert sorted(arrivals.filed_under(db, "build", min(keys), max(keys))) == sorted(keys[1:])
    assert arrivals.filed_under(db, "ask", min(keys), max(keys)) == keys[2:]
    assert arrivals.filed_under(db, "build", max(keys), max(keys)) == []


def test_what_fits_a_search_is_told_of_these_papers_alone(db: Database) -> None:
    told(db, paper(1), paper(2), paper(3))
    keys = [one.key for one in arrivals.candidates(db, NOON.date(), NOON.date(), lists=[])]
    assert arrivals.fitting(db, "lichens", keys) == keys
    assert arrivals.fitting(db, "lichens", keys[1:2]) == keys[1:2]
    assert arrivals.fitting(db, "2611.00003", keys) == keys[:1]
    assert arrivals.fitting(db, "lichens is:unread", []) == arrivals.fitting(db, "nothing", keys) == []


def test_good_syncs_are_those_that_came_to_a_good_end(db: Database) -> None:
    assert arrivals.last_finished(db) is None
    for source, outcome in (("arxiv", "complete"), ("arxiv", "broken"), ("huggingface", "quiet day"), ("oai", None)):
        row = ledger.open_row(db, source=source, owner="1", window="2026-11-17..2026-11-18", categories="cs.CL,cs.LG")
        if outcome is not None:
            ledger.close(db, row, outcome)
    ledger.close(db, ledger.open_row(db, source="file", owner="1", file="x"), "complete")
    found = arrivals.good_syncs(db, datetime.now(UTC).date())
    assert [one["source"] for one in found] == ["arxiv", "huggingface"]
    assert found[0]["categories"] == frozenset({"cs.CL", "cs.LG"})
    assert (found[0]["since"], found[0]["until"]) == (date(2026, 11, 17), date(2026, 11, 18))
    assert arrivals.good_syncs(db, datetime.now(UTC).date() + timedelta(days=1)) == []
    last = arrivals.last_finished(db)
    assert last is not None and last >= found[1]["finished"]
