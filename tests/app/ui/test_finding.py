"""Does one text ask for what box and filters ask for, and are hints told in the visitor's language?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.settings import settings
from app.ui import finding
from core.papers.paper import Paper
from db.connect import open_catalog
from db.listing import listed
from db.papers import upsert
from db.query import parse_text
from db.records import Filters

NOW = datetime(2026, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(stage="align", text="zebras"),
        Filters(topic="rlhf", application="law", text='"of zebras'),
        Filters(since=date(2024, 1, 10), until=date(2024, 1, 20)),
        Filters(source="arxiv", until=date(2024, 1, 10)),
    ],
)
def test_a_text_finds_what_the_filters_find(home: Path, filters: Filters) -> None:
    db = open_catalog(settings().catalog)
    for number in range(1, 29):
        paper = Paper(
            id=f"2401.{number:05d}",
            title="A study of zebras" if number % 2 else "A study of lions",
            submitted=datetime(2024, 1, number, tzinfo=UTC),
            stages=("align",) if number % 3 else (),
            topics=("rlhf",) if number % 4 else (),
            applications=("law",) if number % 5 else (),
        )
        upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    wanted = [item.paper.id for item in listed(db, filters, limit=50).papers]
    said = finding.query_of(filters)
    assert 0 < len(wanted) < 28
    assert [item.paper.id for item in listed(db, Filters(text=said), limit=50).papers] == wanted


def test_no_filter_asks_for_nothing() -> None:
    assert finding.query_of(Filters(text="  ")) == ""


def test_how_papers_stand_with_their_reader_is_not_part_of_the_search() -> None:
    assert finding.query_of(Filters(text="zebras", state="unread")) == "zebras"


@pytest.mark.parametrize(("words", "can"), [("zebras", True), ("stage:ask", False), ("", False), (None, False)])
def test_only_words_can_rank(words: str | None, can: bool) -> None:
    assert finding.can_rank(words) is can


@pytest.mark.parametrize(
    "query",
    [
        " ".join(f"w{number}" for number in range(30)),
        "is:nonsense",
        "after:soon",
        "before:2026-13",
        "wo*",
        "aaaa* bbbb* cccc* dddd* eeee*",
    ],
)
def test_every_hint_is_told_in_korean(home: Path, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    (line,) = parse_text(query).hints
    assert finding.hint(line) == line
    monkeypatch.setenv("TRENDLAB_LANGUAGE", "ko")
    settings.cache_clear()
    told = finding.hint(line)
    assert told != line
    assert any("가" <= letter <= "힣" for letter in told)
