"""Does every format keep the contract: the same bytes, both languages, something useful of nothing, no harm done?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from core.exports.export import Export, exports
from core.exports.report import Report

ROOT = Path(__file__).parents[3]
ALL = list(exports().values())
each_export = pytest.mark.parametrize("export", ALL, ids=lambda export: export.id)

# Words that are data, not interface: names of formats, fields, people, devices, libraries and papers.
DATA = re.compile(r"https?://\S+|`[^`]*`|\\.|<[^>]*>|2607\.\d+|hep-th/\d+")
NAMES = """
ada one ben two cho jr dee four agents that plan steps at cost an old style paper nats cpu torch abc we then act
cs cl ai ask build code longer is better
"""


@pytest.mark.parametrize(
    "key",
    [
        *("summary-markdown", "summary-csv", "papers-csv", "papers-jsonl", "papers-bibtex", "papers-markdown"),
        *("notebook-markdown", "notebook-html", "notebook-ipynb"),
    ],
)
def test_the_format_is_there(key: str) -> None:
    assert key in exports()


@each_export
def test_a_format_says_what_it_is(export: Export) -> None:
    assert re.fullmatch(r"\.[a-z]+", export.suffix)
    assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", export.mime)
    assert export.id.startswith(export.kind)
    assert export.title.is_translated("ko")
    assert export.id in exports(export.kind)


@each_export
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_same_report_gives_the_same_bytes(export: Export, language: str, report: Report) -> None:
    assert export.render(report, language) == export.render(report, language)
    assert export.render(report, language)


def test_two_processes_write_the_same_bytes() -> None:
    code = (
        "import datetime as d, hashlib\n"
        "from core.exports.export import exports\n"
        "from core.exports.report import ListedPaper, Report\n"
        "from core.papers.paper import Paper\n"
        "from core.papers.trends import Period, compare\n"
        "p = Period(d.date(2026, 7, 1), d.date(2026, 7, 31))\n"
        "c = tuple(compare({('topic', 'rlhf'): 3}, {('topic', 'bias'): 9, ('stage', 'ask'): 9}, papers_before=9,"
        " papers_after=9))\n"
        "l = ListedPaper(paper=Paper(id='2607.00001', title='T'), stages=('ask', 'build'))\n"
        "r = Report(period=p, before=p.before(), generated_for=p.end, changes=c, papers=(l,))\n"
        "print(*(hashlib.sha256(e.render(r, 'ko')).hexdigest() for e in exports().values()))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Seoul"))
    ]
    assert said[0] == said[1] and len(said[0].split()) == len(ALL)


@each_export
@pytest.mark.parametrize("language", ["en", "ko"])
def test_hostile_titles_and_an_empty_report_break_nothing(
    export: Export, language: str, hostile_report: Report, empty_report: Report
) -> None:
    export.render(hostile_report, language).decode("utf-8")
    assert isinstance(export.render(empty_report, language), bytes)


@pytest.mark.parametrize("export", [e for e in ALL if e.suffix in (".md", ".html", ".ipynb")], ids=lambda e: e.id)
def test_an_empty_report_says_that_it_is_empty(export: Export, empty_report: Report) -> None:
    assert len(re.findall(r"[가-힣]{2,}", export.render(empty_report, "ko").decode())) >= 3
    assert re.search(r"\b(No|empty)\b", export.render(empty_report, "en").decode())


KOREAN = [e for e in ALL if e.suffix in (".md", ".html") or e.id == "summary-csv"]


@pytest.mark.parametrize("export", KOREAN, ids=lambda export: export.id)
def test_the_korean_export_has_no_english_interface_words(export: Export, report: Report) -> None:
    text = export.render(report, "ko").decode("utf-8-sig")
    if export.suffix == ".html":
        text = unescape(re.sub(r"<[^>]*>", " ", text.partition("<body>")[2]))
    found = {word.lower() for word in re.findall(r"[A-Za-z]{2,}", DATA.sub(" ", text))}
    assert found <= set(NAMES.split())
    assert re.search(r"[가-힣]", text)


@pytest.mark.parametrize("export", KOREAN, ids=lambda export: export.id)
def test_the_english_export_has_no_korean_but_the_readers_own(export: Export, report: Report) -> None:
    text = (
        export.render(report, "en").decode("utf-8-sig").replace("첫 메모", "").replace("굵은", "").replace("글과", "")
    )
    assert not re.search(r"[가-힣]", text)


def test_a_filename_is_plain(report: Report) -> None:
    names = {export.filename(report.period) for export in ALL}
    assert "trendlab-papers-2026-07-01-2026-07-31.bib" in names
    assert all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names)
