"""Is an answer of the query API read field by field as arXiv meant it?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.papers.formats.arxiv_atom import parse_feed
from core.papers.paper import Paper
from core.papers.source import Broken, Problem

LISTS = Path(__file__).resolve().parent.parent / "lists"


def feed(name: str):
    return parse_feed((LISTS / name).read_bytes())


def test_a_full_entry_gives_every_field():
    paper = feed("atom-two-papers.xml").records[0]
    assert paper == Paper(
        id="2305.18290",
        version=3,
        title="Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
        abstract=r"Written for a test: a loss with $\beta < 1$ and an \emph{implicit} reward. A second paragraph.",
        authors=("Rafael Rafailov", "Archit Sharma"),
        categories=("cs.LG", "cs.CL", "68T50"),
        primary_category="cs.LG",
        submitted=datetime(2023, 5, 29, 21, 57, 46, tzinfo=UTC),
        updated=datetime(2024, 7, 29, 22, 26, 36, tzinfo=UTC),
        comment="A comment, wrapped",
        doi="10.1234/abc.5",
        journal_ref="A Journal 1 (2023)",
        withdrawn=False,
    )


def test_an_old_withdrawn_paper_keeps_its_id_and_is_marked():
    paper = feed("atom-two-papers.xml").records[1]
    assert (paper.id, paper.version, paper.withdrawn) == ("hep-th/9901001", 1, True)


def test_the_total_is_read_and_a_strange_one_is_unknown():
    assert feed("atom-two-papers.xml").total == 2
    assert feed("atom-bad-entries.xml").total is None


def test_bad_entries_are_named_and_the_others_kept():
    records = feed("atom-bad-entries.xml").records
    assert [record.where for record in records if isinstance(record, Problem)] == ["entry 2", "2408.00717", "entry 4"]
    assert [record.id for record in records if isinstance(record, Paper)] == ["2408.00716", "2408.00718"]


def test_what_is_missing_stays_unknown():
    paper = feed("atom-bad-entries.xml").records[0]
    assert (paper.submitted, paper.updated, paper.abstract, paper.authors) == (None, None, None, ())


def test_a_submission_after_the_ids_own_month_is_not_believed():
    paper = feed("atom-bad-entries.xml").records[4]
    assert paper.id == "2408.00718"
    assert paper.submitted is None


def test_a_date_that_lies_ahead_is_not_believed():
    body = (LISTS / "atom-two-papers.xml").read_text()
    assert "<updated>2024-07-29" in body
    paper = parse_feed(body.replace("<updated>2024-07-29", "<updated>2924-07-29").encode()).records[0]
    assert (paper.updated, paper.version) == (None, 3)
    assert paper.submitted == datetime(2023, 5, 29, 21, 57, 46, tzinfo=UTC)


def test_an_error_entry_is_an_error_not_a_paper():
    answer = feed("atom-error.xml")
    assert answer.error == "incorrect id format for abc"
    assert answer.records == ()


def test_a_paper_that_is_called_error_is_a_paper():
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2305.18290v1</id>'
        b"<title>Error</title><published>2023-05-29T00:00:00Z</published></entry></feed>"
    )
    answer = parse_feed(body)
    assert answer.error is None
    assert answer.records[0].title == "Error"


@pytest.mark.parametrize("body", [b"<rss/>", b"<feed>", b"", b"Rate exceeded.", b"<!DOCTYPE feed><feed/>"])
def test_anything_but_a_feed_is_broken(body):
    with pytest.raises(Broken):
        parse_feed(body)
