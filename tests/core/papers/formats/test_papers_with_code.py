"""Are the dumps read as a stream, with one paper for all rows of its code?"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.papers.formats.papers_with_code import FORMAT
from core.papers.paper import Link
from core.papers.source import Broken

LISTS = Path(__file__).resolve().parent.parent / "lists"


def page(name: str):
    with (LISTS / name).open("rb") as stream:
        (only,) = FORMAT.read(stream)
    return only


def test_an_entry_with_abstract_gives_its_fields():
    paper = page("pwc-abstracts.json").papers[0]
    assert (paper.id, paper.version) == ("1805.10616", 4)
    assert paper.title == "Dynamic Network Model from Partial Observations"
    assert paper.submitted == datetime(2018, 5, 27, tzinfo=UTC)
    assert (paper.authors, paper.keywords) == (("Elahe Ghalebi", "Baharan Mirzasoleiman"), ("Link Prediction",))


def test_an_arxiv_address_serves_where_the_id_is_missing():
    assert (page("pwc-abstracts.json").papers[1].id, page("pwc-abstracts.json").papers[1].version) == ("1706.03762", 5)


def test_a_paper_that_is_not_on_arxiv_is_named():
    first, second = page("pwc-abstracts.json").problems
    assert (first.where, first.why) == ("Only in the proceedings", "no arXiv id")
    assert second.where == "entry 4"


def test_the_code_links_of_one_paper_come_together():
    first, second = page("pwc-code-links.json").papers
    assert first.links == (Link("code", "https://github.com/x/one"), Link("code", "https://github.com/x/two"))
    assert second.links == (Link("code", "https://github.com/x/bert"),)


class Slow(io.RawIOBase):
    """A dump without end, of which a reader should take no more than it needs."""

    def __init__(self) -> None:
        self.given = 0
        self._rest = b"["

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size:
            number = self.given + len(self._rest)
            entry = {
                "paper_url": "x",
                "arxiv_id": f"1805.{number % 99999 + 1:05d}",
                "title": "T",
                "abstract": "a" * 500,
            }
            self._rest += json.dumps(entry).encode() + b","
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.given += len(piece)
        return piece


def test_a_page_comes_before_the_dump_is_read_to_its_end():
    dump = Slow()
    first = next(iter(FORMAT.read(dump)))
    assert len(first.papers) == 500
    assert dump.given < 2_000_000


def test_papers_before_the_damage_are_kept():
    good = json.dumps([{"paper_url": "x", "arxiv_id": f"1805.{n:05d}", "title": "T"} for n in range(1, 1201)]).encode()
    pages = FORMAT.read(io.BytesIO(good[:-200]))
    assert len(next(pages).papers) == 500
    with pytest.raises(Broken, match="bad JSON"):
        list(pages)
