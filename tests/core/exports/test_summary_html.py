"""Is the page whole, closed to the world, and unmoved by what titles hold?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import lxml.html
import pytest

from core.exports import words
from core.exports.export import exports
from core.exports.report import Report, ReportedRun
from core.language import LANGUAGES


def page(report: Report, language: str = "en") -> Any:
    return lxml.html.document_fromstring(exports()["summary-html"].render(report, language))


def said(root: Any) -> str:
    """The visible text, blanks evened out."""
    for hidden in root.xpath("//script | //style"):
        hidden.drop_tree()
    return " ".join(root.text_content().split())


def charts(root: Any) -> Any:
    return json.loads(root.get_element_by_id("chart-data").text)


def test_the_page_tells_the_whole_report(report: Report) -> None:
    text = said(page(report))
    for part in (
        *("Period 2026-07-01..2026-07-31 (210 papers)", "Compared with 2026-06-01..2026-06-30 (200 papers)"),
        *("Agents and tools (10 → 60", "29.5%", "test-time scaling", "2.31", "1,234", "Adapt + Align", "rising"),
        *("More steps give fewer errors.", "supported", "3.1 points", "0.1235 [0.05, 0.2] nats (n = 5)", "cpu"),
        *("torch 2.13.0", "abc1234", "Shares by week", "첫 메모", "No longer there: r0"),
    ):
        assert part in text, part
    assert words.UNFINISHED.en not in text
    assert words.UNFINISHED.en in said(page(replace(report, generated_for=report.period.end)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_its_language_and_leads_to_its_parts(report: Report, language: str) -> None:
    root = page(report, language)
    assert root.get("lang") == language and len(root.findall(".//h1")) == 1
    targets = [link.get("href").removeprefix("#") for link in root.findall(".//nav/a")]
    assert len(targets) == 9 and all(root.get_element_by_id(target) is not None for target in targets)
    assert len(set(root.xpath("//@id"))) == len(root.xpath("//@id"))


def test_the_page_asks_nothing_of_any_network(report: Report, hostile_report: Report) -> None:
    for given in (report, hostile_report):
        root = page(given)
        assert not root.xpath("//link | //img | //iframe | //object | //embed | //script[@src] | //base | //form")
        assert not root.xpath("//@src | //@srcset | //@style[contains(., 'url')]")
        links = [link for link in root.iter("a") if not link.get("href").startswith("#")]
        assert links
        for link in links:
            assert link.get("href").startswith("https://arxiv.org/abs/") or link.xpath("ancestor::*[@class='note']")
            assert link.get("rel") == "noopener noreferrer"
            assert re.match(r"https?://|mailto:", link.get("href"))
        assert "@import" not in root.find(".//style").text and "url(" not in root.find(".//style").text


def test_the_policy_lets_run_what_the_page_carries_and_nothing_else(report: Report) -> None:
    root = page(report)
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:"
    scripts = [script.text for script in root.iter("script") if script.get("type") is None]
    assert len(scripts) == 2
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert rules["script-src"] == " ".join(f"'sha256-{one}'" for one in hashes)
    assert sum("plotly.js v" in script for script in scripts) == 1


def test_every_chart_has_its_place_its_data_and_its_numbers(report: Report) -> None:
    root = page(report)
    drawn = charts(root)["figures"]
    places = root.find_class("chart")
    assert [place.get("data-figure") for place in places] == [str(at) for at in range(len(drawn))]
    assert len(drawn) == 2 and drawn[0]["data"][0]["y"] == [3.5, 4]  # once in the summary, once in a note
    cells = [cell.text_content() for cell in root.xpath("//section[@id='figures']//details//td")]
    assert cells == ["1", "3.5", "2", "4"]


def test_a_runs_chart_stands_with_the_run(report: Report) -> None:
    figure = replace(report.figures[0], name="run:r1#loss")
    root = page(replace(report, figures=(figure,)))
    assert "figures" not in root.xpath("//section/@id")
    assert len(root.get_element_by_id("evidence").find_class("chart")) == 1


def test_a_null_world_is_marked_and_has_not_the_colour_of_a_verdict(report: Report, run: ReportedRun) -> None:
    finding = run.findings[0]
    null = replace(finding, verdict=replace(finding.verdict, null=True))
    for findings, mark in ((run.findings, "verdict supported"), ((null,), "verdict open")):
        root = page(replace(report, runs=(replace(run, findings=findings),), notes=()))
        (verdict,) = root.find_class("verdict")
        assert verdict.get("class") == mark
        assert ("null world" in verdict.text) == (findings == (null,))


def test_hostile_texts_are_text(hostile_report: Report, hostile: list[str]) -> None:
    root = page(hostile_report)
    assert len(root.xpath("//script")) == 3
    assert not [
        link for link in root.xpath("//@href") if re.match(r"\s*(javascript|data|vbscript):", link, re.IGNORECASE)
    ]
    assert not any(key.startswith("on") for element in root.iter() for key in element.attrib)
    text = said(root)
    assert hostile[3] in text and "</script><script>alert(4)</script><!--" in text
    assert not set(text) & {"\u202e", "\u2067", "\x00", "\x0b", "\ufffe"}


def test_markup_in_a_chart_is_shown_and_not_obeyed(report: Report) -> None:
    evil = '<a href="http://evil.example">x</a><b>bold</b><br>\u202e'
    figure = replace(
        report.figures[0], plotly={"data": [{"name": evil, "x": [1], "y": [2]}], "layout": {"title": evil}}
    )
    drawn = charts(page(replace(report, figures=(figure,))))["figures"][0]
    shown = '&lt;a href="http://evil.example">x&lt;/a><b>bold</b><br>'
    assert drawn["data"][0]["name"] == shown and drawn["layout"]["title"] == shown


def test_an_empty_report_is_a_light_page_that_says_so(empty_report: Report) -> None:
    content = exports()["summary-html"].render(empty_report, "ko")
    assert len(content) < 20_000 and not lxml.html.document_fromstring(content).xpath("//script")
    assert words.NO_PAPERS.to("ko") in content.decode() and words.NO_RUNS.to("ko") in content.decode()


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_in_the_light_in_the_dark_and_on_paper(report: Report) -> None:
    style = page(report).find(".//style").text
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        for ground in ("paper", "tint"):
            for ink in ("ink", "soft", "link", "good", "bad", "open"):
                assert _contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground, theme)
