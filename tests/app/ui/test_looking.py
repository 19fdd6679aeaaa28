"""Does what is new in a followed search stay new while one looks, and no longer?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.settings import settings
from app.ui import looking
from core.papers.paper import Paper
from db import follows
from db.connect import open_catalog
from db.papers import upsert
from db.visits import PAUSE

NOW = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)


def test_a_look_counts_as_a_visit_and_what_is_new_stays_new(home: Path) -> None:
    db = open_catalog(settings().catalog)
    made = follows.add(db, kind="search", name="Zebras", query="zebras", now=NOW)
    later = NOW + timedelta(days=3)
    for minutes in (0, 5, 20, 40):
        found = looking.at(db, "zebras", later + timedelta(minutes=minutes))
        assert found is not None and found.visited == made.visited
    assert follows.get(db, made.id).visited >= later + timedelta(minutes=40)


def test_after_a_pause_only_what_came_since_is_new(home: Path) -> None:
    db = open_catalog(settings().catalog)
    follows.add(db, kind="search", name="Zebras", query="zebras", now=NOW)
    looked = NOW + timedelta(days=3)
    looking.at(db, "zebras", looked)
    again = looking.at(db, "zebras", looked + PAUSE + timedelta(minutes=1))
    assert again is not None and again.visited == looked


def test_what_comes_while_one_looks_has_been_looked_at(home: Path) -> None:
    db = open_catalog(settings().catalog)
    made = follows.add(db, kind="search", name="Zebras", query="zebras", now=NOW)
    looking.at(db, "zebras", NOW + timedelta(seconds=5))
    seen = NOW + timedelta(seconds=10)
    upsert(db, [Paper(id="2401.00001", title="On zebras")], source="arxiv", day=seen.date(), seen_at=seen)
    found = looking.at(db, "zebras", NOW + timedelta(seconds=15))
    assert found is not None and found.visited == NOW
    assert follows.waiting(db, follows.get(db, made.id)).new == 0


def test_what_is_not_followed_is_not_looked_at(home: Path) -> None:
    db = open_catalog(settings().catalog)
    follows.add(db, kind="search", name="Zebras", query="zebras", now=NOW)
    assert looking.at(db, "") is None
    assert looking.at(db, "lions") is None


def test_many_read_as_99_and_more() -> None:
    assert (looking.count_words(3), looking.count_words(100)) == ("3", "99+")
