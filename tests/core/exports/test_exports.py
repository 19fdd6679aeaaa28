"""Does every format keep the contract: the same bytes, both languages, something useful of nothing, no harm done?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from core.exports import words
from core.exports.export import Export, exports
from core.exports.report import Report
from core.language import Text
from core.papers.taxonomy import applications, stages, topics
from core.papers.trends import Key, compare

ROOT = Path(__file__).parents[3]
ALL = list(exports().values())
each_export = pytest.mark.parametrize("export", ALL, ids=lambda export: export.id)

# Words that are data, not interface: names of formats, fields, people, devices, libraries and papers.
DATA = re.compile(r"https?://\S+|`[^`]*`|\\.|<[^>]*>|2607\.\d+|hep-th/\d+|\A---\n.*?\n---\n", re.DOTALL)
NAMES = """
ada one ben two cho jr dee four agents that plan steps at cost an old style paper nats cpu torch abc we then act
cs cl ai ask build code longer is better adapt align test time scaling trendlab
"""


@pytest.mark.parametrize(
    "key",
    [
        *("summary-markdown", "summary-csv", "papers-csv", "papers-jsonl", "papers-bibtex", "papers-markdown"),
        *("summary-html", "summary-json", "papers-ris", "papers-obsidian", "papers-atom"),
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
    assert export.name.to("ko") and export.name.en in export.title.en
    assert all(said.is_translated("ko") for said in (export.name, export.help, export.title))
    assert export.help.en.endswith(".") and export.help.to("ko").endswith(".")
    assert export.id in exports(export.kind)


@each_export
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_same_report_gives_the_same_bytes(export: Export, language: str, report: Report) -> None:
    assert export.render(report, language) == export.render(report, language)
    assert export.render(report, language)


def test_two_processes_write_the_same_bytes() -> None:
    code = """
import datetime as d, hashlib, math
import plotly.graph_objects as go
from core.exports.export import exports
from core.exports.report import *
from core.language import Text
from core.papers.generator.synthetic import Synthetic
from core.papers.terms import TermChange
from core.papers.trends import Period, compare
p = Period(d.date(2026, 7, 1), d.date(2026, 7, 31))
now = {('topic', 'bias'): 9, ('stage', 'ask'): 9, ('join', 'adapt+align'): 9}
c = compare({('topic', 'rlhf'): 3}, now, papers_before=9, papers_after=9)
j = next(one for one in c if one.kind == 'join')
made = Synthetic(papers=200, seed=1).papers()
l = tuple(ListedPaper(paper=x, stages=('ask', 'build'), topics=('bias',)) for x in made)
t = TermChange(term='x', before=0, after=9, papers_before=9, papers_after=9, log_odds=1.0, z=math.inf, q=0.01)
f = ReportedFigure(name='f', title=Text('F'), plotly=go.Figure(go.Scatter(x=[1, 2], y=[3, 4])).to_plotly_json())
r = Report(period=p, before=p.before(), generated_for=p.end, changes=tuple(c), papers=l,
    papers_after=9, papers_before=9,
    terms=(ReportedTerm(change=t, examples=l[:3]),), noticed=(NoticedPaper(listed=l[0], votes=3),), figures=(f,),
    joins=(JoinedStages(change=j, examples=l[:2]),), query='x', name='X',
    notes=(ReportedNote(id='1', created=d.datetime(2026, 7, 2, tzinfo=d.UTC), title='N', text='T', figures=(f,)),))
print(*(hashlib.sha256(e.render(r, 'ko')).hexdigest() for e in exports().values()))
"""
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
    content = export.render(hostile_report, language)
    if export.suffix != ".zip":
        content.decode("utf-8")
    assert isinstance(export.render(empty_report, language), bytes)


@pytest.mark.parametrize("export", [e for e in ALL if e.suffix in (".md", ".html", ".ipynb")], ids=lambda e: e.id)
def test_an_empty_report_says_that_it_is_empty(export: Export, empty_report: Report) -> None:
    assert len(re.findall(r"[가-힣]{2,}", export.render(empty_report, "ko").decode())) >= 3
    assert re.search(r"\b(No|empty)\b", export.render(empty_report, "en").decode())


def visible(export: Export, report: Report, language: str) -> str:
    """What a person reads of a file: of a page, without its styles and scripts."""
    text = export.render(report, language).decode("utf-8-sig")
    if export.suffix != ".html":
        return text
    page = lxml.html.document_fromstring(text.encode())
    for hidden in page.xpath("//script | //style"):
        hidden.drop_tree()
    labels = page.xpath("//@aria-label | //@title | //@alt | //@placeholder")
    return "\n".join([*page.itertext(), *labels])


def interface_words() -> set[str]:
    """Every English word of the exports that has a Korean one of its own."""
    said = [text for text in vars(words).values() if isinstance(text, Text)]
    for table in (words.PRESETS, words.OUTCOMES, words.DIRECTIONS, words.KINDS, words.GROUPS):
        said += table.values()
    for entries in (stages(), topics(), applications()):
        said += [entry.name for entry in entries.values()]
    return {text.en for text in said if text.en != text.to("ko")}


@pytest.mark.parametrize("key", ["summary-html", "summary-markdown", "summary-csv"])
def test_no_word_of_the_tables_stays_english_in_a_korean_summary(key: str, report: Report) -> None:
    everything: dict[Key, int] = {("stage", value): 9 for value in stages()}
    everything |= {("topic", value): 9 for value in topics()} | {("application", value): 9 for value in applications()}
    changes = tuple(compare({}, everything, papers_before=50, papers_after=60))
    full = replace(report, changes=changes, generated_for=report.period.end, papers=(), noticed=(), notes=(), terms=())
    full = replace(full, joins=tuple(replace(join, examples=()) for join in report.joins))
    korean, english = (visible(exports()[key], full, language) for language in ("ko", "en"))
    said = {word for word in interface_words() if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", english)}
    assert len(said) > 60
    assert [word for word in said if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", korean)] == []


KOREAN = [e for e in ALL if e.suffix in (".md", ".html") or e.id == "summary-csv"]


@pytest.mark.parametrize("export", KOREAN, ids=lambda export: export.id)
def test_the_korean_export_has_no_english_interface_words(export: Export, report: Report) -> None:
    text = visible(export, report, "ko")
    found = {word.lower() for word in re.findall(r"[A-Za-z]{2,}", DATA.sub(" ", text))}
    assert found <= set(NAMES.split())
    assert re.search(r"[가-힣]", text)


@pytest.mark.parametrize("export", KOREAN, ids=lambda export: export.id)
def test_the_english_export_has_no_korean_but_the_readers_own(export: Export, report: Report) -> None:
    text = visible(export, report, "en")
    for own in ("첫 메모", "굵은", "글과"):
        text = text.replace(own, "")
    assert not re.search(r"[가-힣]", text)


def test_a_filename_is_plain(report: Report) -> None:
    names = {export.filename(report.period) for export in ALL}
    assert "trendlab-papers-2026-07-01-2026-07-31.bib" in names
    assert all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names)
