"""The stage lens in the browser: three papers are filed at once, the tagger learns from them, and all is taken back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import WORK_TAKES
from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
THINGS = ("rivers", "harbours", "zebras", "clouds", "bridges", "violins")
TITLE = "Students learn about {} from language models in the classroom"  # no tagger takes that for adaptation


def rows(page: Page) -> Locator:
    """Papers as they stand while several are chosen."""
    return page.locator("[class*='st-key-paper-inbox-']")


def stages(app) -> dict[str, list[str]]:
    """What the papers of this test are filed under, by their thing."""
    found = json.loads(app.command("search", 'title:"in the classroom"', "--json").stdout)
    return {paper["title"].split()[3]: paper["stages"] for paper in found}


def test_three_papers_are_filed_the_tagger_learns_and_all_is_taken_back(app, page: Page, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": f"2607.{number:05d}", "title": TITLE.format(thing)})
        for number, thing in enumerate(THINGS, start=1)
    ]
    (tmp_path / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert app.command("import", str(tmp_path / "papers.jsonl")).returncode == 0
    shipped = stages(app)
    assert set(shipped) == set(THINGS)
    assert all("adapt" not in found for found in shipped.values())
    filed = shipped | dict.fromkeys(THINGS[3:], ["adapt"])

    # Three at once.
    visit(page, f'{app.url}/?q=title:"in+the+classroom"')
    page.get_by_role("button", name="Select").click()
    expect(rows(page)).to_have_count(6)
    expect(page.get_by_text("0 chosen")).to_be_visible()
    page.evaluate("window.loaded = 'once'")
    for number in range(3):
        rows(page).nth(number).locator("[data-testid='stCheckbox'] label").click()
        expect(page.get_by_text(f"{number + 1} chosen")).to_be_visible()
        settled(page)
    page.mouse.wheel(0, 300)
    bar = page.locator(".st-key-file-inbox")
    bar.get_by_role("button", name="Adapt").click()
    keep = bar.get_by_role("button", name="Keep", exact=True)
    expect(keep).to_be_enabled()
    settled(page)
    below = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTop")
    assert below > 0
    keep.click()
    expect(page.get_by_text("3 filed under: Adapt")).to_be_visible()
    for number in range(3):
        expect(rows(page).nth(number).get_by_text("Adapt", exact=True)).to_be_visible()
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTop") == below
    assert page.evaluate("window.loaded") == "once"
    assert stages(app) == filed

    # What it learns is seen on a paper that nobody corrected.
    visit(page, f"{app.url}/lens")
    expect(page.get_by_text("It has not learned yet: 3 of 3.")).to_be_visible()
    page.get_by_role("button", name="Retrain", exact=True).click()
    expect(page.get_by_text(re.compile("The tagger has learned from 3 of your corrections"))).to_be_visible(
        timeout=WORK_TAKES
    )
    expect(page.get_by_text("Your corrections, each judged by what was learned from the others")).to_be_visible()
    expect(page.get_by_text("With fewer than 20 papers that says little.")).to_be_visible()
    expect(page.get_by_text(re.compile("[1-9] of 6 papers changed stage by that"))).to_be_visible()
    assert stages(app) == dict.fromkeys(THINGS, ["adapt"])
    (tmp_path / "later.jsonl").write_text(json.dumps({"id": "2607.00009", "title": TITLE.format("spoons")}))
    assert app.command("import", str(tmp_path / "later.jsonl")).returncode == 0
    assert stages(app)["spoons"] == ["adapt"], "what comes in later is filed so too"

    # And back.
    page.get_by_role("button", name="Back to the tagger as shipped").click()
    expect(page.get_by_text("The tagger is as shipped.")).to_be_visible(timeout=WORK_TAKES)
    assert stages(app).items() >= filed.items(), "a person's word stays"
    for left in (2, 1, 0):
        settled(page)
        page.get_by_role("button", name="Take back").first.click()
        expect(page.get_by_role("button", name="Take back")).to_have_count(left)
    assert stages(app).items() >= shipped.items()
    settled(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(1)


def test_what_was_filed_together_comes_back_together(app, page: Page) -> None:
    visit(page, f"{app.url}/?q=quantization")
    page.get_by_role("button", name="Select").click()
    first = [rows(page).nth(number).get_by_role("link").inner_text() for number in range(3)]
    for number in range(3):
        rows(page).nth(number).locator("[data-testid='stCheckbox'] label").click()
        expect(page.get_by_text(f"{number + 1} chosen")).to_be_visible()
        settled(page)
    bar = page.locator(".st-key-file-inbox")
    bar.get_by_role("button", name="None", exact=True).click()
    settled(page)
    bar.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("3 filed under: no stage")).to_be_visible()
    expect(rows(page).nth(0).get_by_text("Build", exact=True)).to_have_count(0)
    settled(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(rows(page).nth(0).get_by_text("Build", exact=True)).to_be_visible()
    assert [rows(page).nth(number).get_by_role("link").inner_text() for number in range(3)] == first
    visit(page, f"{app.url}/lens")
    expect(page.get_by_role("heading", name="Stage lens")).to_be_visible()
    assert all(not page.get_by_role("link", name=title, exact=True).count() for title in first)


def test_the_published_figures_are_shown_with_their_chart(app, page: Page) -> None:
    visit(page, f"{app.url}/lens")
    expect(page.get_by_text("Calibration error")).to_be_visible()
    chart = page.locator(".js-plotly-plot")
    expect(chart).to_be_visible()
    assert chart.evaluate("plot => plot.data[1].x.length") == 10
    page.get_by_text("Titles alone").click()
    expect(page.get_by_text(re.compile("points above the floor"))).to_be_visible()
