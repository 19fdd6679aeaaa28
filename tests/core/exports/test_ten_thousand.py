"""Do ten thousand papers open, whole and in order, in the programs that each format is for?"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import bibtexparser
import feedparser
import frontmatter
import lxml.etree
import pytest
import rispy

from core.exports.export import exports
from core.exports.report import ListedPaper, Report
from core.papers.formats import bibtex, jsonl, ris
from core.papers.formats.bibtex import Bibtex
from core.papers.formats.ris import Ris
from core.papers.generator.synthetic import Synthetic
from core.papers.paper import Paper
from core.papers.source import Page
from core.papers.trends import Period

SIZE = 10_000
TAGS = ((("ask",), ("agents",), ()), (("adapt", "align"), (), ("code",)), ((), (), ()))
READ_BY = {
    *("papers-csv", "papers-jsonl", "papers-bibtex", "papers-ris", "papers-markdown", "papers-obsidian", "papers-atom"),
}


@pytest.fixture(scope="module")
def many() -> Report:
    """Made-up papers, old ids among them; short, for the readers take long enough over so many."""
    papers = tuple(
        ListedPaper(
            paper=replace(
                paper,
                abstract=(paper.abstract or "")[:60].strip(),
                authors=paper.authors[:2],
                categories=paper.categories[:1],
            ),
            stages=stages,
            topics=topics,
            applications=applications,
        )
        for paper, (stages, topics, applications) in zip(
            Synthetic(papers=SIZE, seed=7).papers(), itertools.cycle(TAGS), strict=False
        )
    )
    period = Period(date(2016, 9, 1), date(2026, 8, 31))
    return Report(period=period, before=period.before(), generated_for=date(2026, 9, 1), papers=papers, query="q")


def written(key: str, report: Report) -> bytes:
    return exports()[key].render(report, "ko")


def ids(report: Report) -> list[str]:
    return [listed.paper.id for listed in report.papers]


def papers_of(pages: Iterator[Page]) -> list[Paper]:
    found = list(pages)
    assert not [problem for page in found for problem in page.problems]
    return [paper for page in found for paper in page.papers]


def test_every_format_of_papers_is_read_back_here() -> None:
    assert set(exports("papers")) == READ_BY


def test_csv(many: Report) -> None:
    text = written("papers-csv", many).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert [row["id"] for row in rows] == ids(many)
    assert [row["title"] for row in rows] == [listed.paper.title for listed in many.papers]
    assert rows[1]["stages"] == "adapt; align"


def test_json_lines_come_back_as_the_same_papers(many: Report) -> None:
    content = written("papers-jsonl", many)
    assert jsonl.FORMAT.recognise("papers", content[:4096])
    assert papers_of(jsonl.FORMAT.read(io.BytesIO(content))) == [listed.paper for listed in many.papers]


def test_bibtex_with_a_key_for_each(many: Report) -> None:
    library = bibtexparser.parse_string(written("papers-bibtex", many).decode())
    assert not library.failed_blocks
    assert len({entry.key.lower() for entry in library.entries}) == SIZE
    assert [entry["eprint"] for entry in library.entries] == ids(many)
    assert [entry["title"] for entry in library.entries] == [f"{{{listed.paper.title}}}" for listed in many.papers]


@pytest.mark.parametrize(("key", "form"), [("papers-bibtex", bibtex.FORMAT), ("papers-ris", ris.FORMAT)])
def test_what_was_exported_for_others_can_be_imported_again(many: Report, key: str, form: Bibtex | Ris) -> None:
    some = replace(many, papers=many.papers[::20])
    back = papers_of(form.read(io.BytesIO(written(key, some))))
    assert [(paper.id, paper.title, paper.authors) for paper in back] == [
        (listed.paper.id, listed.paper.title, listed.paper.authors) for listed in some.papers
    ]


def test_ris(many: Report) -> None:
    found = rispy.loads(written("papers-ris", many).decode())
    assert [entry["title"] for entry in found] == [listed.paper.title for listed in many.papers]
    assert [tuple(entry["authors"]) for entry in found] == [listed.paper.authors for listed in many.papers]


def test_markdown_with_properties(many: Report) -> None:
    found = frontmatter.loads(written("papers-markdown", many).decode())
    assert found["count"] == SIZE and found["newest"] == max(
        listed.paper.submitted.date() for listed in many.papers if listed.paper.submitted
    )
    assert found.content.count("](https://arxiv.org/abs/") == SIZE


def test_obsidian_notes(many: Report) -> None:
    with zipfile.ZipFile(io.BytesIO(written("papers-obsidian", many))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len({name.casefold() for name in names}) == SIZE
        assert max(len(name.encode()) for name in names) <= 120
        for name, paper_id in list(zip(names, ids(many), strict=True))[::97]:
            assert frontmatter.loads(archive.read(name).decode())["arxiv"] == paper_id


def test_atom(many: Report) -> None:
    content = written("papers-atom", many)
    entries = lxml.etree.fromstring(content).findall("{*}entry")
    assert [entry.findtext("{*}id") for entry in entries] == [f"https://arxiv.org/abs/{one}" for one in ids(many)]
    # A feed reader takes a millisecond for each entry, and reads the first ones as the last.
    some = replace(many, papers=many.papers[::5])
    found = feedparser.parse(written("papers-atom", some), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo and [entry.link for entry in found.entries] == [entry.id for entry in found.entries]
    assert len(found.entries) == SIZE / 5
