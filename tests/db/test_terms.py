"""Are phrases counted as often as titles have them, in which, and both ways the same?"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from core.papers import title_words as core_words
from core.papers.paper import Paper
from core.papers.trends import Period
from db import terms
from db.connect import open_catalog, transaction
from db.papers import upsert
from db.terms import count_phrases, examples, look_closely
from db.title_words import spelled

NOW = datetime(2026, 8, 3, tzinfo=UTC)
WORDS = ["sparse", "deep", "graph", "agents", "of", "the", "models", "memory", "chess", "4"]
JUNE_JULY = Period(date(2024, 6, 1), date(2024, 7, 31))


@pytest.fixture
def titles(db: Database) -> dict[date, list[str]]:
    """Eight titles a day for half a year, oldest first."""
    chance = np.random.default_rng(4)
    found: dict[date, list[str]] = {}
    papers = []
    for number in range(200 * 8):
        day = date(2024, 2, 1) + timedelta(days=number // 8)
        title = " ".join(chance.choice(WORDS, size=6)).title()
        found.setdefault(day, []).append(title)
        submitted = datetime(day.year, day.month, day.day, tzinfo=UTC)
        papers.append(Paper(id=f"{day:%y%m}.{number:05d}", title=title, submitted=submitted))
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return found


def one_by_one(titles: dict[date, list[str]], period: Period) -> Counter[str]:
    inside = [title for day, some in titles.items() if period.start <= day <= period.end for title in some]
    return Counter(words for title in inside for words in {phrase.words for phrase in core_words.phrases(title)})


@pytest.mark.parametrize(
    "period", [Period(date(2024, 7, 1), date(2024, 7, 31)), Period(date(2024, 5, 9), date(2024, 6, 7)), JUNE_JULY]
)
def test_the_first_look_counts_every_title(db: Database, titles: dict[date, list[str]], period: Period) -> None:
    found = count_phrases(db, period)
    before, after = one_by_one(titles, period.before()), one_by_one(titles, period)
    names = spelled(db, found.keys.tolist())
    assert dict(zip(names, found.before.tolist(), strict=True)) == {name: before[name] for name in names}
    assert dict(zip(names, found.after.tolist(), strict=True)) == {name: after[name] for name in names}
    assert set(names) == {name for name in before | after if before[name] + after[name] >= 5}
    assert found.tested == len(names)


def test_the_second_look_counts_every_title(db: Database, titles: dict[date, list[str]]) -> None:
    keys = count_phrases(db, JUNE_JULY).keys.tolist()
    before, after = one_by_one(titles, JUNE_JULY.before()), one_by_one(titles, JUNE_JULY)
    days = Counter(words for day in titles for words in one_by_one({day: titles[day]}, JUNE_JULY))
    looked_at = look_closely(db, keys, JUNE_JULY)
    assert len(looked_at) == len(keys) > 100
    for phrase in looked_at:
        words = phrase.words
        assert (phrase.before, phrase.after, phrase.days) == (before[words], after[words], days[words])


def test_the_newest_papers_show_a_phrase_and_how_it_is_written(db: Database, titles: dict[date, list[str]]) -> None:
    found = count_phrases(db, JUNE_JULY)
    (phrase,) = look_closely(db, [found.keys[np.argmax(found.after)].item()], JUNE_JULY)
    written, papers = examples(db, phrase, most=3)
    assert written == phrase.words.title()
    inside = [title for day, some in titles.items() if day <= JUNE_JULY.end for title in some]
    expected = [title for title in inside if written in title.split()]
    assert [paper.paper.title for paper in papers] == expected[::-1][:3]


def test_months_miss_only_what_is_rare(
    db: Database, titles: dict[date, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = count_phrases(db, JUNE_JULY)
    monkeypatch.setattr(terms, "READ_WHOLE", 0)
    rough = count_phrases(db, JUNE_JULY)
    right = dict(zip(exact.keys.tolist(), zip(exact.before.tolist(), exact.after.tolist(), strict=True), strict=True))
    near = dict(zip(rough.keys.tolist(), zip(rough.before.tolist(), rough.after.tolist(), strict=True), strict=True))
    assert {key for key, n in right.items() if max(n) >= 8} <= near.keys()
    for key, (before, after) in right.items():
        if max(before, after) >= 8:
            assert near[key] == pytest.approx((before, after), abs=3)
    assert rough.tested >= 0.8 * exact.tested


def test_a_period_that_cuts_months_is_counted_by_days_there(
    db: Database, titles: dict[date, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    period = Period(date(2024, 5, 20), date(2024, 7, 10))
    monkeypatch.setattr(terms, "READ_WHOLE", 0)
    found = count_phrases(db, period)
    after = one_by_one(titles, period)
    for name, n in zip(spelled(db, found.keys.tolist()), found.after.tolist(), strict=True):
        assert n == pytest.approx(after[name], abs=3)


def test_an_empty_catalog_has_no_phrase(db: Database) -> None:
    found = count_phrases(db, JUNE_JULY)
    assert (len(found.keys), found.tested) == (0, 0)
    assert look_closely(db, [], JUNE_JULY) == []


def test_while_another_process_writes_the_last_counts_are_told(db: Database, titles: dict[date, list[str]]) -> None:
    before = count_phrases(db, JUNE_JULY)
    (file,) = [row[2] for row in db.execute("PRAGMA database_list") if row[1] == "main"]
    writer = open_catalog(Path(file))
    with transaction(writer):
        writer.execute("DELETE FROM papers WHERE key / 1000000 = 20240701")
        assert count_phrases(db, JUNE_JULY).after.tolist() == before.after.tolist()
        (phrase,) = look_closely(db, [before.keys[0].item()], JUNE_JULY)
    # A paper that went is not shown for another that took its place.
    _, papers = examples(db, phrase, most=5)
    assert all(phrase.words in {one.words for one in core_words.phrases(stored.paper.title)} for stored in papers)
    assert count_phrases(db, JUNE_JULY).after.sum() < before.after.sum()
