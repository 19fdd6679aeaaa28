"""Does our own export come back as it went out, and other people's lines as far as they can be understood?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.papers.formats.jsonl import FORMAT, paper_from
from core.papers.paper import Link, Paper

LISTS = Path(__file__).resolve().parent.parent / "lists"


def page(name: str):
    with (LISTS / name).open("rb") as stream:
        (only,) = FORMAT.read(stream)
    return only


def test_a_full_line_gives_every_field():
    assert page("own-export.jsonl").papers[0] == Paper(
        id="1706.03762",
        version=5,
        title="Attention Is All You Need",
        abstract="Written for a test.",
        authors=("Ashish Vaswani", "et al."),
        categories=("cs.CL",),
        primary_category="cs.CL",
        submitted=datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC),
        updated=datetime(2017, 12, 6, 3, 30, 32, tzinfo=UTC),
        announced=date(2017, 6, 13),
        comment="15 pages",
        withdrawn=False,
        links=(Link("code", "https://github.com/x/y"),),
        upvotes=3,
        stars=4,
        keywords=("attention",),
        summary={"en": "One.", "ko": "하나."},
    )


def test_an_id_and_a_title_are_enough():
    assert page("own-export.jsonl").papers[1] == Paper(id="1810.04805", version=2, title="BERT")


def test_bad_lines_are_named_by_their_number_and_the_rest_kept():
    assert [problem.where for problem in page("own-export.jsonl").problems] == ["line 4", "line 5", "line 6", "line 7"]


def test_a_line_of_the_public_metadata_snapshot_is_understood():
    (paper,) = page("metadata-snapshot.json").papers
    assert (paper.id, paper.version, paper.title) == ("hep-th/9901001", 2, "An old paper")
    assert paper.authors == ("A. One", "B. Two", "C. Three")
    assert paper.categories == ("hep-th", "gr-qc")
    assert paper.submitted == datetime(1999, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert paper.updated == datetime(1999, 1, 5, 10, tzinfo=UTC)
    assert (paper.comment, paper.journal_ref) == ("10 pages", "Phys. 1")


@pytest.mark.parametrize("entry", [None, [], "text", {}, {"id": "1706.03762"}, {"id": 1706.03762, "title": "x"}])
def test_what_is_no_paper_is_refused(entry):
    with pytest.raises(ValueError, match="object|title|id"):
        paper_from(entry)
