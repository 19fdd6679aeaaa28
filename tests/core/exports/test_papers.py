"""Do lists of papers come back whole from the libraries that read them?"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import bibtexparser
import frontmatter
import pytest
import rispy
from markdown_it import MarkdownIt

from core.exports.escape import one_line
from core.exports.export import exports
from core.exports.papers_bibtex import bibtex
from core.exports.report import Report
from core.papers.paper import Paper, Version


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
    for key in ("papers-csv", "summary-csv"):
        for row in csv.reader(io.StringIO(text(key, hostile_report), newline="")):
            for part in (part for cell in row for part in re.split(r"[;\t\r\n]", cell)):
                assert not part.lstrip(" \ufeff\u200b").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_json_lines_come_back_whole(report: Report) -> None:
    records = [json.loads(line) for line in text("papers-jsonl", report).splitlines()]
    assert records[0]["id"] == "2607.00001" and records[0]["stages"] == ["ask"]
    assert records[0]["submitted"] == "2026-07-02T09:00:00+00:00"
    assert records[1]["summary"]["ko"] == "오래된 논문이다."
    assert records[1]["abstract"] is None
    assert set(records[0]) == set(Paper.__dataclass_fields__) - {"history"}


def test_the_versions_of_a_paper_are_told_where_they_are_known(report: Report) -> None:
    listed = report.papers[0]
    versions = (Version(1, listed.paper.submitted), Version(2, None))
    told = replace(listed, paper=replace(listed.paper, history=versions))
    record = json.loads(text("papers-jsonl", replace(report, papers=(told,))))
    assert record["history"] == [[1, "2026-07-02T09:00:00+00:00"], [2, None]]


def test_hostile_json_lines_keep_every_title(hostile_report: Report, hostile: list[str]) -> None:
    lines = text("papers-jsonl", hostile_report).splitlines()  # at U+2028 too
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
    html = MarkdownIt("commonmark").render(frontmatter.loads(text("papers-markdown", report)).content)
    assert '<a href="https://arxiv.org/abs/2607.00001">Agents that plan, O(n²) steps at 50% cost</a>' in html
    assert "Ada One, Ben Two, Cho, Jr. et al." in html
    assert "We plan. Then we act." in html


def test_a_korean_reader_gets_the_korean_summary(report: Report) -> None:
    korean = text("papers-markdown", report, "ko")
    assert "오래된 논문이다." in korean and "It is old." not in korean
    assert "에이전트와 도구" in korean


def test_hostile_titles_make_no_markup_in_the_markdown_list(hostile_report: Report, hostile: list[str]) -> None:
    html = MarkdownIt("commonmark").render(frontmatter.loads(text("papers-markdown", hostile_report)).content)
    assert html.count("<a ") == len(hostile)
    assert re.findall(r"<(script|img|em|code|h2|del)", html) == []
    assert set(re.findall(r'href="([^"]*)"', html)) == {
        f"https://arxiv.org/abs/2607.{at:05}" for at in range(1, len(hostile) + 1)
    }


def test_the_properties_of_the_list_say_what_it_is(report: Report) -> None:
    found = frontmatter.loads(text("papers-markdown", report))
    assert found.metadata == {
        "title": "Agents",
        "query": "agents after:2026-07",
        "date": date(2026, 8, 2),
        "oldest": date(2026, 7, 2),
        "newest": date(2026, 7, 2),
        "count": 2,
        "tags": ["papers", "application/code", "stage/ask", "topic/agents"],
    }
    unnamed = frontmatter.loads(text("papers-markdown", replace(report, name="", query="", papers=()), "ko"))
    assert unnamed["title"] == "모든 논문" and set(unnamed.metadata) == {"title", "date", "count", "tags"}


def test_a_hostile_name_stays_one_property(hostile_report: Report) -> None:
    found = frontmatter.loads(text("papers-markdown", hostile_report))
    assert found["title"].startswith("</script><script>alert(4)")
    assert found["query"] == hostile_report.query
    assert set(found.metadata) <= {"title", "query", "date", "oldest", "newest", "count", "tags"}


def test_ris_comes_back_from_its_reader(report: Report) -> None:
    first, old = rispy.loads(text("papers-ris", report))
    assert first["title"] == report.papers[0].paper.title and first["type_of_reference"] == "UNPB"
    assert first["authors"] == ["Ada One", "Ben Two", "Cho Jr.", "Dee Four", "et al."]
    assert first["urls"] == ["https://arxiv.org/abs/2607.00001"] and first["year"] == "2026"
    assert first["abstract"] == "We plan. Then we act." and first["keywords"] == ["ask", "agents", "code"]
    assert old["accession_number"] == "arXiv:hep-th/9901001" and "abstract" not in old


def test_hostile_titles_end_no_ris_entry(hostile_report: Report, hostile: list[str]) -> None:
    found = rispy.loads(text("papers-ris", hostile_report))
    assert len(found) == len(hostile)
    assert [one.get("title", "") for one in found] == [one_line(title) for title in hostile]
