"""Two mornings: a tag is corrected and the trend changes; everything once in Korean, from the list to the export."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WORK_TAKES
from tests.e2e.visiting import correct, settled, visit

pytestmark = pytest.mark.e2e

TREND = "trends?since=2026-06-01&until=2026-07-31&as=count"
COUNTS = """plot => Object.fromEntries(
  plot.data.filter(trace => trace.name).map(trace => [trace.name, trace.y.reduce((sum, y) => sum + (y ?? 0), 0)])
)"""


def counts(page: Page, address: str) -> dict[str, float]:
    """Papers by stage, as the chart of the trends has them."""
    visit(page, f"{address}/{TREND}")
    plot = page.locator(".js-plotly-plot").first
    expect(plot).to_be_visible()
    found: dict[str, float] = plot.evaluate(COUNTS)
    return found


def test_a_corrected_tag_changes_the_trend(app, page: Page, tmp_path: Path) -> None:
    lines = [
        {"id": f"2607.{number:05d}", "title": f"Instruction tuning {number}", "submitted": "2026-07-10T00:00:00Z"}
        for number in range(1, 4)
    ]
    (tmp_path / "papers.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert app.command("import", str(tmp_path / "papers.jsonl")).returncode == 0
    before = counts(page, app.url)
    correct(page, app.url, "2607.00001", "Ask")
    after = counts(page, app.url)
    assert after.get("Ask", 0) == before.get("Ask", 0) + 1


def test_a_morning_in_korean(app, browser: Browser) -> None:
    context = browser.new_context(locale="ko-KR", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        # The list, by keys.
        visit(page, f"{app.url}/?by=date")
        row = page.locator("#triage .row[aria-current=true]")
        expect(row).to_be_visible()
        page.keyboard.press("o")
        page.keyboard.press("s")
        expect(page.locator("#triage .row[data-state=saved]")).to_have_count(1)
        # An experiment from a paper's claim, to its verdict.
        visit(page, f"{app.url}/paper?id=1912.02292")
        tested = page.locator(".st-key-tested-double-descent")
        tested.get_by_role("button", name="실행", exact=True).click()
        expect(tested.locator(".stMarkdownBadge").filter(has_text="끝남").first).to_be_visible(timeout=WORK_TAKES)
        run = json.loads(app.command("runs", "--limit", "1", "--json").stdout)[0]
        assert run["state"] == "finished"
        # Into the notebook, and out of it.
        visit(page, f"{app.url}/runs?run={run['id']}")
        page.locator(f"[class*='st-key-pin-runs-run-{run['id']}']").get_by_role("button", name="고정").click()
        settled(page)
        visit(page, f"{app.url}/notebook")
        expect(page.get_by_role("link", name=re.compile(run["id"]))).to_be_visible()
        page.get_by_role("button", name="내보내기").first.click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=re.compile("마크다운")).first.click()
        text = waiting.value.path().read_text(encoding="utf-8")
        assert run["id"] in text and re.search("[가-힣]", text)
    finally:
        context.close()
