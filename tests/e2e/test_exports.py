"""Do exports reach the visitor, and does the summary draw its charts without a network, in light and dark?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import bibtexparser
import plotly.graph_objects as go
import pytest
from playwright.sync_api import Browser, Page, expect

from core.events import Verdict
from core.exports.export import exports
from core.exports.report import Finding, ListedPaper, Report, ReportedFigure, ReportedRun
from core.language import Text
from core.papers.paper import Paper
from core.papers.taxonomy import stages, topics
from core.papers.trends import Key, Period, compare
from tests.e2e.visiting import settled
from tests.e2e.visiting import visit as open_page

pytestmark = pytest.mark.e2e
EVIL = "</script><script>window.evil = 1</script><img src=http://evil.example/x onerror='window.evil = 1'>"


def figure(name: str, language: str) -> ReportedFigure:
    """A line for each stage, in the light theme's colours, with intervals; a stranger's title in its legend."""
    drawn = go.Figure()
    for place, stage in enumerate(stages().values()):
        drawn.add_scatter(
            x=["2026-04", "2026-05", "2026-06", "2026-07"],
            y=[0.2 + place / 10, 0.25, 0.3, 0.2],
            error_y={"type": "data", "array": [0.03] * 4},
            name=stage.name.to(language),
            line={"color": stage.light},
        )
    drawn.add_scatter(x=["2026-04", "2026-07"], y=[0.1, 0.2], name=EVIL)
    drawn.update_yaxes(title={"en": "share of papers", "ko": "논문 비율"}[language], tickformat=".0%")
    drawn.update_layout(height=340)
    return ReportedFigure(
        name=name, title=Text("Ask grew most", "질의 단계가 가장 늘었다"), plotly=drawn.to_plotly_json()
    )


def report(language: str) -> Report:
    paper = Paper(id="2607.00001", title=f"A title {EVIL}", submitted=datetime(2026, 7, 2, tzinfo=UTC))
    verdict = Verdict(
        claim="c", outcome="supported", contrast=0.2, low=0.1, high=0.3, margin=0.05, n=5, reason={"en": "It is so."}
    )
    finding = Finding(
        sentence=Text(
            "A claim of some length that must wrap on a narrow page.", "좁은 화면에서 줄이 바뀌어야 하는 긴 주장."
        ),
        paper="2607.00001",
        reported=Text("3.1", "3.1"),
        checked=True,
        unit=Text("nats", "nats"),
        verdict=verdict,
    )
    run = ReportedRun(
        id="r1", experiment="e", title=Text("Run", "실행"), stage="ask", preset="quick", findings=(finding,)
    )
    counted: dict[Key, int] = {("topic", value): 9 for value in topics()}
    period = Period(date(2026, 7, 1), date(2026, 7, 31))
    return Report(
        period=period,
        before=period.before(),
        generated_for=date(2026, 8, 2),
        papers_before=100,
        papers_after=100,
        changes=tuple(compare(counted, counted, papers_before=100, papers_after=100)),
        papers=(ListedPaper(paper=paper, stages=("ask",)),),
        runs=(run,),
        figures=(figure("shares", language), figure("run:r1#loss", language)),
    )


class Visit:
    """A page opened from the disk by a browser without a network, and what it asked for and complained about."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.asked: list[str] = []
        self.refused: dict[str, str | None] = {}
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.refused.update({request.url: request.failure}))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.chart .main-svg .trace').length > 0")

    def colours(self) -> tuple[str, str, str]:
        """Of the page's ground, of the words on a chart's axis, and of its first line."""
        return tuple(
            self.page.evaluate(
                """() => [
                    getComputedStyle(document.body).backgroundColor,
                    document.querySelector('.chart .xtick text').style.fill,
                    document.querySelector('.chart .trace path.js-line').style.stroke,
                ]"""
            )
        )


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Parameters: language, colour scheme, width in pixels."""
    language, scheme, width = request.param
    file = tmp_path / "summary.html"
    file.write_bytes(exports()["summary-html"].render(report(language), language))
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    context.set_offline(True)
    context.set_default_timeout(30_000)
    yield Visit(context.new_page(), file)
    context.close()


LOOKS = [(language, scheme, width) for language, scheme in (("en", "light"), ("ko", "dark")) for width in (390, 1440)]


@pytest.mark.parametrize("visit", LOOKS, indirect=True, ids=lambda look: "-".join(map(str, look)))
def test_the_charts_are_drawn_without_a_network_and_nothing_runs_over(visit: Visit) -> None:
    page = visit.page
    assert len(visit.asked) == 1 and visit.asked[0].startswith("file://")
    assert visit.complaints == []
    assert page.locator(".chart .main-svg .trace").count() == 10
    assert page.locator(".chart .main-svg").first.is_visible()
    assert page.evaluate("window.evil") is None
    assert page.locator(".chart a, .chart image").count() == 0
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # No chart is cut off at the edge of its place.
    for box in page.locator(".chart .main-svg").all():
        found = box.bounding_box()
        assert found is None or found["x"] + found["width"] <= width


@pytest.mark.parametrize("visit", [("ko", "light", 800)], indirect=True)
def test_the_charts_follow_the_readers_theme_and_print_in_the_light(visit: Visit) -> None:
    page = visit.page
    light = visit.colours()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("fill => document.querySelector('.chart .xtick text').style.fill !== fill", arg=light[1])
    dark = visit.colours()
    assert all(one != other for one, other in zip(light, dark, strict=True))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("fill => document.querySelector('.chart .xtick text').style.fill === fill", arg=light[1])
    assert visit.complaints == []


@pytest.mark.parametrize("visit", [("en", "light", 1440)], indirect=True)
def test_the_page_runs_no_script_that_it_did_not_bring(visit: Visit) -> None:
    visit.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.evil = 1';
            document.body.append(script);
            new Image().src = 'https://evil.example/x';
        }"""
    )
    assert visit.page.evaluate("window.evil") is None
    assert [complaint for complaint in visit.complaints if "Content Security Policy" in complaint]
    # The browser tells of what it would have asked for; the policy stopped it before any network did.
    assert visit.refused == {"https://evil.example/x": "csp"}


@pytest.mark.parametrize("visit", [("ko", "light", 390)], indirect=True)
def test_the_numbers_of_a_chart_open_under_it(visit: Visit) -> None:
    details = visit.page.locator("figure details").first
    details.locator("summary").click()
    assert details.locator("td").first.is_visible()
    assert "2026-04" in details.inner_text()


def exported(app, page: Page, folder: Path, *, kind: str, form: str, query: str = "") -> Path:
    """The file that the button of a format gives, of the days that the page begins with."""
    open_page(page, app.url)
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("radio", name=kind, exact=True).click()
    settled(page)
    if query:
        page.get_by_placeholder("all papers").fill(query)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"--query '{query}'")).to_be_visible()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=form, exact=True).click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target


def test_a_search_is_downloaded_as_a_bibliography(app, page: Page, tmp_path: Path) -> None:
    file = exported(app, page, tmp_path, kind="Papers", form="BibTeX", query="title:qwen3 report")
    assert file.suffix == ".bib"
    (entry,) = bibtexparser.parse_string(file.read_text(encoding="utf-8")).entries
    assert entry["title"] == "{Qwen3 Technical Report}"


def test_the_apps_own_charts_are_drawn_in_the_downloaded_summary(
    app, browser: Browser, page: Page, tmp_path: Path
) -> None:
    file = exported(app, page, tmp_path, kind="Trend summary", form="Web page")
    context = browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 900})
    context.set_offline(True)
    try:
        opened = Visit(context.new_page(), file)
        assert opened.complaints == [] and len(opened.asked) == 1
        assert opened.page.locator("#figures figure").count() >= 1
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        context.close()
