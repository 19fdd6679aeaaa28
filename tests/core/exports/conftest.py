"""A small report with everything in it, and the same with hostile titles."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.events import Verdict
from core.exports.report import Finding, ListedPaper, Report, ReportedFigure, ReportedNote, ReportedRun
from core.language import Text
from core.papers.paper import Paper
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


@pytest.fixture
def report(papers: tuple[ListedPaper, ...], run: ReportedRun) -> Report:
    figure = ReportedFigure(
        name="shares",
        title=Text("Shares by week", "주별 비율"),
        plotly={"data": [{"name": "a", "x": [1, 2], "y": [3.5, 4]}]},
    )
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
        papers=papers,
        runs=(run,),
        figures=(figure,),
        notes=(note,),
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
    return Report(
        period=report.period, before=report.before, generated_for=report.generated_for, papers=papers, notes=notes,
        runs=(run,),
    )  # fmt: skip


@pytest.fixture
def empty_report(report: Report) -> Report:
    return Report(period=report.period, before=report.before, generated_for=date(2026, 7, 9))
