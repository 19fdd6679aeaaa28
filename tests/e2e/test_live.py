"""Typing in the browser: the bars follow, the text area stands still, and the worker ends with the server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE, WORK_TAKES
from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
BARS = "plot => plot.data ? JSON.stringify([...plot.data[0].x]) : ''"  # '' as long as it is being drawn
# The caret, and whether the text area still has the focus; it stands in a shadow root.
CARET = "area => [area.selectionStart, area.getRootNode().activeElement === area]"


def panel(page: Page) -> Locator:
    return page.locator(".st-key-live-next-token")


def bars(page: Page) -> Locator:
    return panel(page).locator(".js-plotly-plot").first


def until_new(page: Page, before: str) -> str:
    """The bars, as soon as they are others."""
    deadline = time.monotonic() + PATIENCE / 1000
    while (now := bars(page).evaluate(BARS)) in ("", before):
        assert time.monotonic() < deadline, "the bars do not follow"
        page.wait_for_timeout(20)
    return str(now)


def workers(server: int) -> list[int]:
    """The warm workers that a served app has started, by process id."""
    found, parents = [], {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(stat[1])
            if b"app.session" in command and stat[0] != "Z":
                found.append(int(folder.name))
    return [pid for pid in found if parents.get(parents.get(pid, 0)) == server]


def test_the_bars_follow_what_is_typed_and_the_worker_ends_with_the_server(app, page: Page) -> None:
    visit(page, f"{app.url}/build?experiment=next-token")
    area = panel(page).get_by_label("Text")
    expect(area).to_be_visible()
    assert workers(app.process.pid) == [], "who only reads starts no worker"

    area.click()
    expect(bars(page)).to_be_visible(timeout=WORK_TAKES)
    (worker,) = workers(app.process.pid)
    settled(page)
    before = until_new(page, "")
    expect(panel(page).get_by_text("perplexity", exact=False).first).to_be_visible()

    # In the middle of the text: the caret must stay where it is while the page answers.
    area.press("Home")
    area.type("# ", delay=20)
    after = until_new(page, before)
    assert area.evaluate(CARET) == [2, True]
    assert area.input_value() == "# The function returns the number of"

    area.press("End")
    area.type(" <img src=x onerror=alert(1)>", delay=20)
    until_new(page, after)
    strip = panel(page).locator(".tl-strip")
    expect(strip).to_contain_text("<img src=x onerror=alert(1)>")
    assert strip.locator("img").count() == 0
    assert area.evaluate(CARET)[1]

    # What is typed stays through an answer to a setting, and the worker is the same.
    settled(page)
    top_k = panel(page).get_by_role("spinbutton", name="Top-k")
    top_k.fill("2")
    top_k.press("Enter")
    expect(panel(page).get_by_text("faint: cut off")).to_be_visible()
    assert area.input_value().endswith("onerror=alert(1)>")
    drawn = bars(page).evaluate("plot => [...plot.data[0].x]")
    assert sum(share > 0 for share in drawn) == 2
    assert workers(app.process.pid) == [worker]

    app.stop()
    deadline = time.monotonic() + PATIENCE / 1000
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()
