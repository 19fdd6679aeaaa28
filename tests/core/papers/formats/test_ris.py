"""Are arXiv ids found wherever reference managers keep them, and one odd entry kept from spoiling the rest?"""

from __future__ import annotations

from pathlib import Path

from core.papers.formats.ris import FORMAT

LISTS = Path(__file__).resolve().parent.parent / "lists"


def page():
    with (LISTS / "library.ris").open("rb") as stream:
        (only,) = FORMAT.read(stream)
    return only


def test_ids_are_found_in_address_and_doi():
    assert [paper.id for paper in page().papers] == ["1706.03762", "1810.04805"]


def test_an_entry_gives_its_fields():
    paper = page().papers[0]
    assert paper.title == "Attention Is All You Need"
    assert paper.authors == ("Ashish Vaswani", "Noam Shazeer")
    assert paper.keywords == ("attention",)


def test_a_paper_cited_in_an_abstract_is_not_the_entry_itself():
    assert page().problems[0].where == "A book"
    assert page().problems[0].why == "no arXiv id"


def test_an_entry_that_cannot_be_parsed_is_named():
    assert page().problems[1].where == "entry 4"
    assert "bad RIS" in page().problems[1].why
