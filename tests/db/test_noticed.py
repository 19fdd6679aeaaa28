"""Do the papers that many noticed stand first, whatever the scales of votes and stars are?"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.trends import Period
from db.noticed import most_noticed
from db.papers import upsert

AUGUST = Period(date(2026, 8, 1), date(2026, 8, 31))


def add(
    db: Database,
    number: int,
    *,
    votes: int | None = None,
    stars: int | None = None,
    day: int = 10,
    trending: tuple[int, ...] = (),
) -> None:
    paper = Paper(
        id=f"2608.{number:05d}",
        title=f"Paper {number}",
        submitted=datetime(2026, 8, day, tzinfo=UTC),
        upvotes=votes,
        stars=stars,
        listed=date(2026, 8, day) if votes is not None else None,
    )
    upsert(db, [paper], source="huggingface", day=date(2026, 8, 30), seen_at=datetime(2026, 8, 30, tzinfo=UTC))
    for seen in trending:
        upsert(
            db,
            [Paper(id=paper.id, title=paper.title)],
            source="huggingface-trending",
            day=date(2026, 9, seen),
            seen_at=datetime(2026, 9, seen, tzinfo=UTC),
        )


def ranked(db: Database, period: Period = AUGUST, limit: int = 10) -> list[str]:
    return [item.stored.paper.id[-1] for item in most_noticed(db, period, limit=limit)]


def test_high_in_two_lists_comes_before_first_in_one(db: Database) -> None:
    add(db, 1, votes=500)
    add(db, 2, votes=400, stars=30_000)
    add(db, 3, stars=40_000)
    add(db, 4, votes=3)
    add(db, 5)
    assert ranked(db)[0] == "2"
    assert set(ranked(db)[1:3]) == {"1", "3"}
    assert "5" not in ranked(db)


def test_days_on_lists_decide_between_equals_and_then_the_newer_comes_first(db: Database) -> None:
    add(db, 1, votes=10, day=5)
    add(db, 2, votes=10, day=6, trending=(1, 2, 3))
    add(db, 3, votes=10, day=7)
    first, *_others = most_noticed(db, AUGUST, limit=3)
    assert ranked(db) == ["2", "3", "1"]
    assert (first.votes, first.stars, first.list_days) == (10, None, 4)


def test_only_papers_of_the_period_count_and_only_so_many(db: Database) -> None:
    for number in range(1, 6):
        add(db, number, votes=number, day=number)
    assert ranked(db, Period(date(2026, 8, 2), date(2026, 8, 4))) == ["4", "3", "2"]
    assert ranked(db, limit=2) == ["5", "4"]
    assert ranked(db, Period(date(2025, 1, 1), date(2025, 1, 2))) == []


def test_the_papers_are_found_by_their_index(db: Database) -> None:
    plan = " ".join(
        row[3]
        for row in db.execute(
            "EXPLAIN QUERY PLAN SELECT key, upvotes, stars FROM papers INDEXED BY papers_noticed "
            "WHERE (upvotes > 0 OR stars > 0) AND key BETWEEN 1 AND 2"
        )
    )
    assert "COVERING INDEX papers_noticed (key>? AND key<?)" in plan
