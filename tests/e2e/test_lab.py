"""A run in the browser: it outlives a reload and a restart of the server, is cancelled, and is written down."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE, WORK_TAKES
from tests.e2e.visiting import visit

pytestmark = pytest.mark.e2e


def newest(app, experiment: str) -> dict:
    rows = json.loads(app.command("runs", "--experiment", experiment, "--limit", "1", "--json").stdout)
    return rows[0] if rows else {}


def card(page: Page, experiment: str):
    return page.locator(f".st-key-experiment-{experiment}")


def badge(place: Page | Locator, words: str) -> Locator:
    """A badge with these words; its icon is text too."""
    return place.locator(".stMarkdownBadge").filter(has_text=re.compile(rf"\b{words}$")).first


def points(page: Page, experiment: str) -> int:
    """How many points the live chart of a card draws."""
    return (
        card(page, experiment)
        .locator(".js-plotly-plot")
        .first.evaluate("plot => (plot.data || []).reduce((sum, trace) => sum + (trace.x ? trace.x.length : 0), 0)")
    )


def test_a_run_grows_survives_a_reload_and_a_restart_and_lands_in_the_notebook(app, page: Page) -> None:
    visit(page, f"{app.url}/build?experiment=double-descent")
    descent = card(page, "double-descent")
    descent.get_by_role("button", name="Run", exact=True).click()
    expect(badge(descent, "running")).to_be_visible()
    expect(descent.locator(".js-plotly-plot").first).to_be_visible(timeout=WORK_TAKES)
    first = points(page, "double-descent")
    page.wait_for_function(
        "before => { const plot = document.querySelector('.st-key-experiment-double-descent .js-plotly-plot');"
        " return plot && plot.data && plot.data.reduce((n, t) => n + (t.x ? t.x.length : 0), 0) > before; }",
        arg=first,
        timeout=WORK_TAKES,
    )
    page.reload()
    expect(badge(card(page, "double-descent"), "running")).to_be_visible()
    run = newest(app, "double-descent")
    visit(page, f"{app.url}/build?experiment=attention-maps")
    maps = card(page, "attention-maps")
    maps.get_by_role("button", name="Run", exact=True).click()
    expect(maps.get_by_text("In the queue, place 1.")).to_be_visible()
    maps.get_by_role("button", name="Cancel").click()
    expect(badge(maps, "cancelled")).to_be_visible()
    app.stop()
    app.start()
    visit(page, f"{app.url}/runs?run={run['id']}")
    expect(badge(page, "finished")).to_be_visible(timeout=WORK_TAKES)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.locator(f"[class*='st-key-pin-runs-run-{run['id']}']").get_by_role("button").click()
    page.locator(f"[class*='st-key-pinned-runs-run-{run['id']}']").get_by_role("button").click()
    page.get_by_label("Note", exact=True).last.fill("A look at **width**.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Changed: ")).to_be_visible()
    visit(page, f"{app.url}/notebook")
    expect(page.get_by_text("A look at width.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(run["id"]))).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("Markdown")).first.click()
    text = waiting.value.path().read_text(encoding="utf-8")
    assert "A look at **width**." in text and run["id"] in text


def test_a_run_is_cancelled_and_both_stand_in_runs(app, page: Page) -> None:
    visit(page, f"{app.url}/build?experiment=attention-maps")
    maps = card(page, "attention-maps")
    maps.get_by_role("button", name="Run", exact=True).click()
    expect(badge(maps, "running")).to_be_visible()
    expect(maps.locator(".js-plotly-plot").first).to_be_visible(timeout=WORK_TAKES)
    maps.get_by_role("button", name="Cancel").click()
    expect(badge(maps, "cancelled")).to_be_visible()
    deadline = time.monotonic() + PATIENCE / 1000
    while newest(app, "attention-maps")["state"] != "cancelled" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert newest(app, "attention-maps")["state"] == "cancelled"
    visit(page, f"{app.url}/runs")
    expect(badge(page, "cancelled")).to_be_visible()
    expect(badge(page, "finished")).to_be_visible()
