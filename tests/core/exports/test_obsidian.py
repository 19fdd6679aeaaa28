"""Does the archive unpack into a vault on any file system, with properties and tags that Obsidian understands?"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import replace
from datetime import date

import frontmatter
from markdown_it import MarkdownIt

from core.exports.export import exports
from core.exports.papers_obsidian import NAME_BYTES
from core.exports.report import Report


def notes(report: Report, language: str = "en") -> dict[str, str]:
    content = exports()["papers-obsidian"].render(report, language)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {entry.filename: archive.read(entry).decode() for entry in archive.infolist()}


def test_a_note_has_the_paper_as_properties_and_text(report: Report) -> None:
    found = notes(report)
    assert set(found) == {
        "2607.00001 Agents that plan, O(n²) steps at 50% cost.md",
        "hep-th-9901001 An old style paper.md",
    }
    note = frontmatter.loads(found["2607.00001 Agents that plan, O(n²) steps at 50% cost.md"])
    assert note.metadata == {
        "title": "Agents that plan, O(n²) steps at 50% cost",
        "aliases": ["Agents that plan, O(n²) steps at 50% cost"],
        "authors": ["Ada One", "Ben Two", "Cho, Jr.", "Dee Four", "et al."],
        "arxiv": "2607.00001",
        "url": "https://arxiv.org/abs/2607.00001",
        "submitted": date(2026, 7, 2),
        "categories": ["cs.CL", "cs.AI"],
        "tags": ["paper", "stage/ask", "topic/agents", "application/code"],
    }
    html = MarkdownIt("commonmark").render(note.content)
    assert "<h1>Agents that plan, O(n²) steps at 50% cost</h1>" in html
    assert "<h2>Abstract</h2>" in html and "We plan. Then we act." in html


def test_a_korean_note_has_the_korean_summary(report: Report) -> None:
    old = notes(report, "ko")["hep-th-9901001 An old style paper.md"]
    assert "오래된 논문이다." in old and "It is old." not in old and "## 요약" in old


def test_hostile_titles_make_names_that_every_file_system_takes(hostile_report: Report, hostile: list[str]) -> None:
    found = notes(hostile_report)
    assert len(found) == len(hostile)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(hostile)
    for name in found:
        assert len(name.encode()) <= NAME_BYTES
        assert not re.search(r'[<>:"/\\|?*#^\[\]\x00-\x1f\x7f\u202e]', name)
        assert not name.startswith((".", " ")) and not name.removesuffix(".md").endswith((".", " "))
        assert re.match(r"2607\.\d{5}", name)


def test_hostile_titles_stay_in_their_properties(hostile_report: Report) -> None:
    for text in notes(hostile_report).values():
        note = frontmatter.loads(text)
        assert re.fullmatch(r"2607\.\d{5}", note["arxiv"])
        assert set(note.metadata) <= {"title", "aliases", "authors", "arxiv", "url", "submitted", "tags"}
        assert set(note["tags"]) == {"paper", "stage/ask", "topic/agents", "application/code"}


def test_two_papers_of_one_name_are_two_notes(report: Report) -> None:
    (first, _old) = report.papers
    again = replace(first, paper=replace(first.paper, title=first.paper.title.upper()))
    found = notes(replace(report, papers=(first, again, first)))
    assert len({name.casefold() for name in found}) == 3
    assert sum(name.endswith((" (2).md", " (3).md")) for name in found) == 2


def test_an_empty_list_says_so(empty_report: Report) -> None:
    assert notes(empty_report) == {"trendlab.md": "The list is empty.\n"}
