"""A topic and a phrase that were planted are told at their stage and at no other; too few papers tell nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging, TagKind
from db.papers import upsert
from db.tags import set_tags
from tests.pages.opening import opened, words

EVIL = "Bold Stars <b>"
TODAY = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
DAYS, A_DAY = 60, 12


@pytest.fixture
def empty(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    opened_db = open_new(settings().catalog)
    yield opened_db
    opened_db.close()


def fill(db: Database, *, days: int = DAYS) -> None:
    """Twelve papers a day: quantization goes from one in twelve to four, and a phrase appears in half of those."""
    papers, taggings = [], {}
    for number in range(days * A_DAY):
        ago, place = divmod(number, A_DAY)
        new = ago < 30
        topic = "quantization" if place < (4 if new else 1) else "safety"
        stage = "build" if topic == "quantization" else "align"
        phrase = f": {EVIL}" if new and place < 2 else ""
        paper = Paper(
            id=f"2608.{number:05d}", title=f"On the matter {number}{phrase}", submitted=TODAY - timedelta(days=ago)
        )
        kinds: dict[TagKind, str] = {"stage": stage, "topic": topic}
        tags = tuple(Tag(kind=kind, value=value, confidence=0.9) for kind, value in kinds.items())
        papers.append(paper)
        taggings[paper.id] = Tagging(tags=tags, confidence={})
    upsert(db, papers, source="arxiv", day=TODAY.date(), seen_at=TODAY)
    set_tags(db, taggings)


def links(app: AppTest) -> list[str]:
    return [element.proto.label.replace("\\", "") for element in app.get("page_link")]


def test_a_topic_and_a_phrase_rise_at_their_stage_and_at_no_other(empty: Database) -> None:
    fill(empty)
    at_build, at_align = opened("build"), opened("align")
    assert not at_build.exception and not at_align.exception
    assert "**Quantization** 8.3% → 33%" in links(at_build)
    assert "**“Bold Stars”** 0 → 60 titles" in links(at_build)
    assert "by more than chance" in words(at_build)
    assert not any("→" in label for label in links(at_align))
    assert "No topic or phrase of this stage grew by more than chance" in words(at_align)


def test_a_link_leads_to_the_papers_of_these_days(empty: Database) -> None:
    fill(empty)
    (found,) = [one.proto for one in opened("build").get("page_link") if "Quantization" in one.proto.label]
    since, until = TODAY.date() - timedelta(days=29), TODAY.date()
    assert found.page == "" or found.page.endswith("inbox")
    assert found.query_string == f"topic=quantization&since={since}&until={until}"


def test_a_catalog_without_the_days_before_does_not_say_that_anything_rises(empty: Database) -> None:
    fill(empty, days=30)
    app = opened("build")
    assert "Too few papers of these two months" in words(app)
    assert not any("→" in label for label in links(app))


def test_an_empty_catalog_says_what_to_do(empty: Database) -> None:
    assert "sync, and it will stand here" in words(opened("ask"))
