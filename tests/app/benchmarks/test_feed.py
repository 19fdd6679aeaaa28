"""Made-up answers: are they read back as the papers that they were made of, through the formats' own readers?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.benchmarks.feed import Feed, Frame, frames
from core.papers.formats.arxiv_atom import parse_feed
from core.papers.formats.hf_daily import parse_daily
from core.papers.generator.synthetic import Synthetic
from core.papers.paper import Paper

PAPERS = 1_500


@pytest.fixture(scope="module")
def made() -> dict[str, Paper]:
    return {paper.id: paper for paper in Synthetic(papers=PAPERS, seed=2).papers()}


@pytest.fixture(scope="module")
def answers() -> list[Frame]:
    return list(frames(papers=PAPERS, seed=2, page=200))


def test_atom_pages_hold_every_paper_as_it_is(made: dict[str, Paper], answers: list[Frame]) -> None:
    read = [record for frame in answers if frame.source == "arxiv" for record in parse_feed(frame.body).records]
    assert len(read) == PAPERS
    hidden = {"listed": None, "upvotes": None, "stars": None, "links": ()}
    for record in read:
        assert isinstance(record, Paper)
        assert record == replace(made[record.id], **hidden)


def test_daily_lists_hold_the_votes(made: dict[str, Paper], answers: list[Frame]) -> None:
    read = [record for frame in answers if frame.source == "huggingface" for record in parse_daily(frame.body)]
    assert {record.id for record in read if isinstance(record, Paper)} == {
        paper.id for paper in made.values() if paper.listed
    }
    for record in read:
        assert isinstance(record, Paper)
        told = made[record.id]
        assert (record.upvotes, record.stars, record.listed) == (told.upvotes, told.stars, told.listed)


def test_a_window_says_its_total_and_where_it_ends(answers: list[Frame]) -> None:
    arxiv = [frame for frame in answers if frame.source == "arxiv"]
    assert sum(frame.total for frame in arxiv if frame.last) == PAPERS
    assert all(parse_feed(frame.body).total == frame.total for frame in arxiv)
    assert arxiv[-1].until == date(2026, 8, 31)


def test_another_process_writes_the_same_answers(answers: list[Frame]) -> None:
    with Feed(papers=PAPERS, seed=2, page=200) as feed:
        assert list(feed) == answers
    assert feed.waited > 0


def test_a_process_that_fails_is_an_error() -> None:
    with Feed(papers=10**8, seed=2, page=200) as feed, pytest.raises(OSError, match="ended with code"):
        list(feed)
