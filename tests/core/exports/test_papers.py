"""Do lists of papers come back whole from the libraries that read them?"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest
from markdown_it import MarkdownIt

from core.exports.escape import one_line
from core.exports.export import exports
from core.exports.papers_bibtex import bibtex
from core.exports.report import ListedPaper, Report
from core.papers.paper import Paper


def text(key: str, report: Report, language: str = "en") -> str:
    return exports()[key].render(report, language).decode("utf-8-sig" if key.endswith("csv") else "utf-8")


def entries(report: Report) -> dict[str, dict[str, str]]:
    library = bibtexparser.parse_string(text("papers-bibtex", report))
    assert not library.failed_blocks
    return {entry.key: {field.key: field.value for field in entry.fields} for entry in library.entries}


def test_csv_comes_back_whole(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(text("papers-csv", report), newline="")))
    assert [row["id"] for row in rows] == [listed.paper.id for listed in report.papers]
    assert rows[0]["title"] == report.papers[0].paper.title
    assert rows[0]["abstract"] == "We plan.\nThen we act."
    assert rows[0]["authors"].split("; ") == list(report.papers[0].paper.authors)
    assert rows[0]["submitted"] == "2026-07-02" and rows[0]["stages"] == "ask" and rows[0]["upvotes"] == "12"
    assert rows[1]["abstract"] == "" and rows[1]["upvotes"] == ""


def test_no_cell_of_a_hostile_csv_is_a_formula(hostile_report: Report) -> None:
    for row in csv.reader(io.StringIO(text("papers-csv", hostile_report), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_json_lines_come_back_whole(report: Report) -> None:
    records = [json.loads(line) for line in text("papers-jsonl", report).splitlines()]
    assert records[0]["id"] == "2607.00001" and records[0]["stages"] == ["ask"]
    assert records[0]["submitted"] == "2026-07-02T09:00:00+00:00"
    assert records[1]["summary"]["ko"] == "오래된 논문이다."
    assert records[1]["abstract"] is None
    known = set(Paper.__dataclass_fields__)
    assert known <= set(records[0])


def test_hostile_json_lines_keep_every_title(hostile_report: Report, hostile: list[str]) -> None:
    lines = text("papers-jsonl", hostile_report).splitlines()
    assert [json.loads(line)["title"] for line in lines] == hostile


def test_bibtex_comes_back_from_its_reader(report: Report) -> None:
    found = entries(report)["arxiv:2607.00001"]
    assert found["title"] == "{" + report.papers[0].paper.title + "}"
    assert found["author"] == "Ada One and Ben Two and {Cho, Jr.} and Dee Four and others"
    assert found["eprint"] == "2607.00001" and found["year"] == "2026" and found["primaryclass"] == "cs.CL"
    assert "arxiv:hep-th/9901001" in entries(report)


def test_hostile_titles_make_no_new_entries(hostile_report: Report, hostile: list[str]) -> None:
    found = entries(hostile_report)
    assert len(found) == len(hostile)
    assert all(
        set(fields) <= {*["title", "author", "year", "month", "eprint", "archiveprefix", "url", "keywords"]}
        for fields in found.values()
    )


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("50% of A&B, C#", r"50\% of A\&B, C\#"),
        (r"already 50\% done", r"already 50\% done"),
        ("a_b and $x_1$", r"a\_b and $x_1$"),
        ("cost $5", r"cost \$5"),
        ("open { brace", "open  brace"),
        ("} , evil = {", " , evil = "),
        ("ends in \\", "ends in \\ "),
        ("{GPT} kept", "{GPT} kept"),
    ],
)
def test_a_bibtex_value_is_safe_for_latex(raw: str, written: str) -> None:
    assert bibtex(raw) == written


def test_a_markdown_list_links_every_paper_under_its_readable_title(report: Report) -> None:
    html = MarkdownIt("commonmark").render(text("papers-markdown", report))
    assert '<a href="https://arxiv.org/abs/2607.00001">Agents that plan, O(n²) steps at 50% cost</a>' in html
    assert "Ada One, Ben Two, Cho, Jr. et al." in html
    assert "We plan. Then we act." in html


def test_a_korean_reader_gets_the_korean_summary(report: Report) -> None:
    korean = text("papers-markdown", report, "ko")
    assert "오래된 논문이다." in korean and "It is old." not in korean
    assert "에이전트와 도구" in korean


def test_hostile_titles_make_no_markup_in_the_markdown_list(hostile_report: Report, hostile: list[str]) -> None:
    html = MarkdownIt("commonmark").render(text("papers-markdown", hostile_report))
    assert html.count("<a ") == len(hostile)
    assert re.findall(r"<(script|img|em|code|h2|del)", html) == []
    assert set(re.findall(r'href="([^"]*)"', html)) == {
        f"https://arxiv.org/abs/2607.{at:05}" for at in range(1, len(hostile) + 1)
    }


def test_ten_thousand_papers_are_written_in_seconds(report: Report) -> None:
    many = tuple(
        ListedPaper(
            paper=Paper(id=f"2607.{at:05}", title=f"Paper {at} of many", authors=("A B",), abstract="Text. " * 60)
        )
        for at in range(10_000)
    )
    big = replace(report, papers=many, generated_for=date(2026, 8, 2))
    for export in exports("papers").values():
        assert one_line("Paper 9999 of many") in export.render(big, "en").decode("utf-8-sig")
