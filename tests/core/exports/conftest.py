"""A small report with everything in it, and the same with hostile titles."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import plotly.graph_objects as go
import pytest

from core.events import Verdict
from core.exports.report import (
    Finding,
    JoinedStages,
    ListedPaper,
    NoticedPaper,
    Report,
    ReportedFigure,
    ReportedNote,
    ReportedRun,
    ReportedTerm,
)
from core.language import Text
from core.papers.paper import Paper
from core.papers.taxonomy import stages
from core.papers.terms import TermChange
from core.papers.trends import Key, Period, compare

HOSTILE = [
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1 @ -2",
    "\t=cmd|' /C calc'!A0",
    "[click](javascript:alert(1)) <script>alert(2)</script>",
    "100% of $5 to $10, a_b_c * d * | e ` f ` ~~g~~ # h & i \\ j {k",
    "![pixel](http://evil.example/p.png) https://evil.example www.evil.example a@evil.example",
    "line\none\r\n# two\x00\x1b[31m",
    "1. not a list",
    "</title></style><img src=x onerror=alert(3)>",
    "깨진 \ud800 글자",
    "\u202egnihtyna si siht\u202c \u2067turned",
    "＝1+1; =2+2\n-3",
    "\ufeff\u200b=1+1",
    "</script><script>alert(4)</script><!-- \u2028 \u2029 \ufffe \x0b\x85",
    "---\ntitle: other\n---\nTY  - JOUR\nER  - \n@article{x, title = {y}}",
    "\x00\ud800",
    "CON",
    "../../etc/passwd " + "길" * 300,
]  # fmt: skip


@pytest.fixture
def hostile() -> list[str]:
    return HOSTILE


def listed(paper_id: str, title: str, **more: object) -> ListedPaper:
    paper = Paper(id=paper_id, title=title, submitted=datetime(2026, 7, 2, 9, tzinfo=UTC), **more)  # type: ignore[arg-type]
    return ListedPaper(paper=paper, stages=("ask",), topics=("agents",), applications=("code",))


@pytest.fixture
def papers() -> tuple[ListedPaper, ...]:
    return (
        listed(
            "2607.00001",
            r"Agents that plan, $O(n^2)$ steps at 50\% cost",
            authors=("Ada One", "Ben Two", "Cho, Jr.", "Dee Four", "et al."),
            categories=("cs.CL", "cs.AI"),
            primary_category="cs.CL",
            abstract="We plan.\nThen we act.",
            version=2,
            upvotes=12,
        ),
        listed("hep-th/9901001", "An old style paper", summary={"en": "It is old.", "ko": "오래된 논문이다."}),
    )


@pytest.fixture
def run() -> ReportedRun:
    verdict = Verdict(
        claim="longer-is-better",
        outcome="supported",
        contrast=0.1234567,
        low=0.05,
        high=0.2,
        margin=0.01,
        n=5,
        reason={"en": "The interval lies above the margin.", "ko": "구간이 기준값보다 위에 있다."},
        device="cpu",
        versions={"torch": "2.13.0"},
        commit="abc1234",
    )
    finding = Finding(
        sentence=Text("More steps give fewer errors.", "단계가 많으면 오류가 준다."),
        paper="2607.00001",
        reported=Text("3.1 points", "3.1점"),
        checked=True,
        unit=Text("nats", "nats"),
        verdict=verdict,
    )
    return ReportedRun(
        id="r1",
        experiment="steps",
        title=Text("Steps", "단계 수"),
        stage="ask",
        preset="quick",
        params={"n": 3},
        findings=(finding,),
    )


def chart(name: str, language: str = "en") -> ReportedFigure:
    """A chart as the app makes them, in the colours of two stages."""
    drawn = go.Figure()
    drawn.add_scatter(x=["2026-06", "2026-07"], y=[0.2, 0.43], name="LoRA", line={"color": stages()["adapt"].light})
    drawn.add_scatter(x=["2026-06", "2026-07"], y=[0.3, 0.295], name="RAG", mode="lines+markers")
    drawn.update_xaxes(title={"en": "Week", "ko": "주"}[language], type="category")
    drawn.update_yaxes(title={"en": "Share", "ko": "비율"}[language])
    title = Text("The share of LoRA doubled", "LoRA의 비율이 두 배가 되었다")
    return ReportedFigure(name=name, title=title, plotly=drawn.to_plotly_json())


def term(words: str, *examples: ListedPaper) -> ReportedTerm:
    change = TermChange(
        term=words, before=1, after=12, papers_before=200, papers_after=210, log_odds=2.31, z=3.4, q=0.0004
    )
    return ReportedTerm(change=change, examples=examples)


def join(papers: tuple[ListedPaper, ...]) -> JoinedStages:
    counted: dict[Key, int] = {("join", "adapt+align"): 3}
    (change,) = compare(counted, {("join", "adapt+align"): 21}, papers_before=200, papers_after=210)
    return JoinedStages(change=change, examples=papers)


@pytest.fixture
def report(papers: tuple[ListedPaper, ...], run: ReportedRun) -> Report:
    figure = ReportedFigure(
        name="shares",
        title=Text("Shares by week", "주별 비율"),
        plotly={"data": [{"name": "a", "x": [1, 2], "y": [3.5, 4]}]},
    )
    noticed = NoticedPaper(listed=papers[0], votes=1234, stars=56, list_days=None)
    note = ReportedNote(
        id="n1",
        created=datetime(2026, 7, 5, 8, tzinfo=UTC),
        title="첫 메모",
        text="**굵은** 글과 `code`.",
        papers=papers,
        runs=(run,),
        figures=(figure,),
        missing=("r0",),
    )
    before: dict[Key, int] = {("stage", "ask"): 40, ("stage", "build"): 60, ("topic", "agents"): 10}
    after: dict[Key, int] = {("stage", "ask"): 90, ("stage", "build"): 62, ("topic", "agents"): 60}
    return Report(
        period=Period(date(2026, 7, 1), date(2026, 7, 31)),
        before=Period(date(2026, 6, 1), date(2026, 6, 30)),
        generated_for=date(2026, 8, 2),
        papers_before=200,
        papers_after=210,
        changes=tuple(compare(before, after, papers_before=200, papers_after=210)),
        terms=(term("test-time scaling", *papers),),
        noticed=(noticed,),
        joins=(join(papers),),
        papers=papers,
        runs=(run,),
        figures=(figure,),
        notes=(note,),
        name="Agents",
        query="agents after:2026-07",
    )


@pytest.fixture
def hostile_report(report: Report, run: ReportedRun, hostile: list[str]) -> Report:
    papers = tuple(listed(f"2607.{at:05}", title, authors=(title,)) for at, title in enumerate(hostile, start=1))
    notes = tuple(
        ReportedNote(
            id=f"n{at}",
            created=datetime(2026, 7, 5, tzinfo=UTC),
            title=title,
            text=title,
            papers=papers,
            missing=(title,),
        )
        for at, title in enumerate(hostile)
    )
    figures = tuple(
        ReportedFigure(
            name=f"f{at}",
            title=Text(title),
            plotly={"data": [{"name": title, "x": [title], "y": [math.nan]}], "layout": {"title": title}},
        )
        for at, title in enumerate(hostile)
    )
    return Report(
        period=report.period,
        before=report.before,
        generated_for=report.generated_for,
        papers_after=1,
        terms=tuple(term(title, *papers) for title in hostile),
        noticed=tuple(NoticedPaper(listed=paper, votes=1) for paper in papers),
        joins=(join(papers),),
        papers=papers,
        runs=(replace(run, title=Text(hostile[3]), params={"x": hostile[13]}),),
        figures=figures,
        notes=notes,
        name=hostile[13],
        query=hostile[4],
    )


@pytest.fixture
def empty_report(report: Report) -> Report:
    return Report(period=report.period, before=report.before, generated_for=date(2026, 7, 9))
