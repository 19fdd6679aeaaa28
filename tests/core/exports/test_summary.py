"""Does a summary tell the counts, the changes with their test, and the evidence?"""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from datetime import date

import numpy as np
from markdown_it import MarkdownIt

from core.exports import words
from core.exports.export import exports
from core.exports.points import points
from core.exports.report import Report, ReportedRun


def markdown(report: Report, language: str = "en") -> str:
    return exports()["summary-markdown"].render(report, language).decode()


def rows(report: Report, language: str = "en") -> list[dict[str, str]]:
    text = exports()["summary-csv"].render(report, language).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_summary_names_what_rose_with_its_counts(report: Report) -> None:
    text = markdown(report)
    assert "Agents and tools (10 → 60" in text
    assert "rising: " in text and "falling: " not in text
    assert "| Build | 60 | 62 | 30.0% | 29.5% |" in text


def test_the_evidence_has_claim_number_interval_verdict_and_where_it_ran(report: Report) -> None:
    text = markdown(report)
    for part in ("More steps give fewer errors.", "3.1 points", "0.1235", "0.05, 0.2", "n = 5", "| supported |", "cpu"):
        assert part in text.replace("\\", ""), part
    assert "torch 2.13.0" in text and "abc1234" in text
    assert "https://arxiv.org/abs/2607.00001" in text


def test_a_null_world_is_never_shown_as_a_plain_verdict(report: Report, run: ReportedRun) -> None:
    finding = run.findings[0]
    null = replace(finding, verdict=replace(finding.verdict, null=True))
    text = markdown(replace(report, runs=(replace(run, findings=(null,)),)))
    assert "supported (null world)" in text


def test_an_unfinished_period_is_flagged(report: Report) -> None:
    assert words.UNFINISHED.en not in markdown(report)
    assert words.UNFINISHED.en in markdown(replace(report, generated_for=date(2026, 7, 31)))
    assert words.UNFINISHED.to("ko") in markdown(replace(report, generated_for=date(2026, 7, 31)), "ko")


def test_the_tables_are_tables_to_a_reader(report: Report) -> None:
    html = MarkdownIt("commonmark").enable("table").render(markdown(report))
    assert html.count("<table>") == 7  # stages, topics, terms, noticed, joins, one run, one figure
    assert "<td>3.5</td>" in html


def test_the_long_table_has_one_number_a_row(report: Report) -> None:
    found = {(row["period"], row["id"], row["measure"]): row["value"] for row in rows(report)}
    assert found["2026-07-01..2026-07-31", "agents", "Papers"] == "60"
    assert found["2026-06-01..2026-06-30", "agents", "Papers"] == "10"
    assert float(found["2026-07-01..2026-07-31", "agents", "q"]) < 0.05
    assert found["2026-07-01..2026-07-31", "agents", "Change"] == "rising"
    assert float(found["2026-07-01..2026-07-31", "r1/longer-is-better", "Ours"]) == 0.1234567
    assert found["2026-07-01..2026-07-31", "r1/longer-is-better", "Commit"] == "abc1234"


def test_the_long_table_of_nothing_still_has_the_totals(empty_report: Report) -> None:
    assert [row["value"] for row in rows(empty_report)] == ["0", "0"]


def test_points_are_read_from_lists_and_from_plotlys_packed_arrays() -> None:
    packed = {"dtype": "f8", "bdata": base64.b64encode(np.array([0.5, 1.5]).tobytes()).decode()}
    figure = {"data": [{"name": "a", "x": ["m", "n"], "y": packed}, {"labels": ["pie"]}]}
    assert list(points(figure)) == [("a", "m", "0.5"), ("a", "n", "1.5")]


def test_a_long_series_is_thinned_evenly() -> None:
    xs = list(range(1000))
    found = list(points({"data": [{"x": xs, "y": xs}]}))
    assert 50 <= len(found) <= 60 and found[0][1] == "0"


def test_a_number_that_was_not_checked_at_its_source_says_so(report: Report) -> None:
    (run, *_rest) = report.runs
    unchecked = replace(run, findings=tuple(replace(finding, checked=False) for finding in run.findings))
    for language, said in (("en", "not checked at the source"), ("ko", "원문 미확인")):
        export = exports()["summary-markdown"]
        assert said not in export.render(report, language).decode()
        assert said in export.render(replace(report, runs=(unchecked,)), language).decode()


def test_new_terms_noticed_papers_and_joined_stages_have_tables_of_their_own(report: Report) -> None:
    text = markdown(report).replace("\\", "")
    link = "[Agents that plan, O(n²) steps at 50% cost](https://arxiv.org/abs/2607.00001)"
    assert f"| test-time scaling | 1 | 12 | 2.31 | 3.4 | <0.001 | {link}; [An old style paper]" in text
    assert f"| {link} | 1,234 | 56 | – |" in text
    assert "| Adapt + Align | 3 | 21 | 1.5% | 10.0% | 6.6–14.8% | <0.001 | <0.001 | rising |" in text
    assert "| 적응 + 정렬 | 3 | 21 |" in markdown(report, "ko")


def test_the_long_table_has_terms_noticed_papers_and_joins(report: Report) -> None:
    found = {(row["section"], row["id"], row["period"], row["measure"]): row["value"] for row in rows(report)}
    now = "2026-07-01..2026-07-31"
    assert found["New terms", "test-time scaling", now, "Papers"] == "12"
    assert float(found["New terms", "test-time scaling", now, "Log-odds"]) == 2.31
    assert found["New terms", "test-time scaling", now, "Examples"] == "2607.00001; hep-th/9901001"
    assert found["Most noticed papers", "2607.00001", now, "Votes"] == "1234"
    assert found["Most noticed papers", "2607.00001", now, "List days"] == ""
    assert found["Papers that join two stages", "adapt+align", "2026-06-01..2026-06-30", "Papers"] == "3"
    assert found["Papers that join two stages", "adapt+align", now, "Change"] == "rising"


def test_what_rose_names_joined_stages_too(report: Report) -> None:
    assert "Adapt + Align (3 → 21" in markdown(report).replace("\\", "").partition("## Stages")[0]


def test_one_paper_is_no_papers(report: Report) -> None:
    text = markdown(replace(report, papers_before=1))
    assert "(1 paper)" in text and "(210 papers)" in text


def test_a_tag_that_the_taxonomy_does_not_know_keeps_its_id() -> None:
    assert words.tag_name("join", "adapt+align", "ko") == "적응 + 정렬"
    assert words.tag_name("join", "adapt+other", "en") == "Adapt + other"
