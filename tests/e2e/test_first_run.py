"""Somebody is here for the first time, and there is no network: browse, run and export work all the same."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import WORK_TAKES, App
from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app on an empty home, whose every source is a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    sources = dict.fromkeys(("ARXIV", "OAI", "RSS", "HTML", "HF"), closed)
    kept |= {f"TRENDLAB_{name}_URL": url for name, url in sources.items()}
    kept |= {"TRENDLAB_ARXIV_DELAY": "0", "HF_HUB_OFFLINE": "1"}
    served = App(tmp_path_factory.mktemp("first") / "home", kept, first_time=True)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def asked(page: Page, app: App) -> list[str]:
    """What the browser asks of other machines; it gets nothing of it."""
    found: list[str] = []

    def refuse(route: Route) -> None:
        found.append(route.request.url)
        route.abort()

    page.route(lambda url: not url.startswith((app.url, "data:", "blob:")), refuse)
    return found


def test_a_newcomer_browses_runs_and_exports_without_a_network(app: App, page: Page, asked: list[str]) -> None:
    visit(page, app.url)
    welcome = page.get_by_role("heading", name="Welcome to TrendLab")
    expect(welcome).to_be_visible()
    settled(page)

    # Nothing was done yet: the front door leads here again, and back leads to the Inbox.
    page.reload()
    expect(welcome).to_be_visible()
    settled(page)

    # Export.
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the summary").click()
    summary = waiting.value.path().read_text(encoding="utf-8")
    assert summary.lower().startswith("<!doctype html>") and "Trend summary" in summary

    # Browse.
    page.get_by_role("button", name="Open the Inbox").click()
    expect(page.get_by_role("heading", name="Inbox", exact=True)).to_be_visible()
    settled(page)
    expect(page.get_by_text("316 papers").or_(page.get_by_text(re.compile(r"^3\d\d papers$"))).first).to_be_visible()
    expect(page.get_by_text("Qwen3 Technical Report").first).to_be_visible()

    # The page stays in the menu; it runs what it offers.
    page.get_by_test_id("stSidebar").get_by_role("link", name="First steps").click()
    expect(welcome).to_be_visible()
    settled(page)
    expect(page.get_by_role("button", name="Do not begin here again")).to_have_count(0)
    page.get_by_role("button", name="Run it").click()
    page.wait_for_url(re.compile(r"/(build|adapt|align|ask)\?experiment="))
    card = page.locator("[class*='st-key-experiment-']")
    expect(card.locator(".js-plotly-plot").first).to_be_visible(timeout=WORK_TAKES)
    assert asked == []


def test_a_sync_without_a_network_says_so_and_blocks_nothing(app: App, page: Page) -> None:
    visit(page, f"{app.url}/first-steps")
    settled(page)
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="Inbox", exact=True)).to_be_visible()
    expect(page.locator(".st-key-sync-health").get_by_text("unreachable").first).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Qwen3 Technical Report").first).to_be_visible()
