"""A paper's record: nothing is lost on the way, and nothing made up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.papers.paper import Link, Paper, Version
from core.papers.record import paper_from_record, paper_to_record

FULL = Paper(
    id="2305.18290",
    title="A title with \N{GREEK SMALL LETTER BETA}",
    version=2,
    abstract="What it says.",
    authors=("Ada L.", "Bob K."),
    categories=("cs.LG",),
    primary_category="cs.LG",
    submitted=datetime(2023, 5, 29, 17, tzinfo=UTC),
    updated=datetime(2023, 12, 13, 8, 48, tzinfo=UTC),
    announced=date(2023, 5, 30),
    listed=date(2023, 5, 31),
    withdrawn=False,
    links=(Link("code", "https://example.org/code"),),
    upvotes=0,
    summary={"en": "Short.", "ko": "짧다."},
    topics=("rlhf",),
)


@pytest.mark.parametrize("paper", [FULL, Paper(id="hep-th/9901001", title="T")], ids=["full", "bare"])
def test_a_paper_survives_json(paper: Paper) -> None:
    assert paper_from_record(json.loads(json.dumps(paper_to_record(paper)))) == paper


def test_what_is_unknown_is_left_out() -> None:
    assert paper_to_record(Paper(id="2305.18290", title="T")) == {"id": "2305.18290", "title": "T"}


def test_a_history_of_versions_stays_behind() -> None:
    paper = replace(FULL, history=(Version(1, FULL.submitted), Version(2, None)))
    assert paper_from_record(json.loads(json.dumps(paper_to_record(paper)))) == FULL
    assert paper_from_record(paper_to_record(FULL) | {"history": [[1, None]]}) == FULL
