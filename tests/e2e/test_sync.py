"""A sync in the browser: it goes on while one reads, is seen, and offers what came when it came."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.triaging import act, rows
from tests.e2e.visiting import visit
from tests.faults.hostile import API, Answer, Hostile, Request, listed_row, some_papers

pytestmark = pytest.mark.e2e
YESTERDAY = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), datetime.min.time(), UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    papers = some_papers(230, day=YESTERDAY)
    days = [YESTERDAY.date() - timedelta(days=number) for number in range(15)]
    found = Hostile(papers, {day: [listed_row(papers[0], day)] for day in days})
    yield found
    found.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, server: Hostile) -> Iterator[object]:
    """The app, with that server for arXiv and Hugging Face."""
    from tests.e2e.conftest import App

    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    kept |= {"TRENDLAB_ARXIV_URL": server.url + API, "TRENDLAB_HF_URL": server.url, "TRENDLAB_ARXIV_DELAY": "0"}
    served = App(tmp_path_factory.mktemp("sync") / "home", kept | {"HF_HUB_OFFLINE": "1"})
    served.start()
    yield served
    served.stop()


def test_one_reads_on_while_a_slow_sync_goes_on_and_then_sees_what_came(app, server: Hostile, page: Page) -> None:
    pages = [0]  # of results that may be given out

    def slowly(request: Request, honest: Answer) -> None:
        while request.path == API and request.start >= 100 * pages[0] and not server.closing.wait(0.05):
            continue

    server.fault = slowly
    visit(page, app.url)
    health = page.locator(".st-key-sync-health")
    expect(health.get_by_text("Not synced yet")).to_be_visible()
    press = health.get_by_role("button", name="Sync", exact=True)
    press.click()
    expect(health.get_by_text("Syncing …")).to_be_visible()
    expect(press).to_be_disabled()

    # The page is free: a paper is saved, and stays where it is while pages come in.
    title = rows(page).first.get_by_role("link").inner_text()
    act(page, "saved").click()
    expect(rows(page).first).to_have_attribute("data-state", "saved")
    pages[0] = 1
    expect(health.get_by_text("arXiv · 100 of 230 papers · 100 new papers")).to_be_visible()
    expect(health.get_by_role("button", name="100 new papers — Show")).to_be_visible()
    expect(rows(page).first).to_have_attribute("data-state", "saved")
    assert rows(page).first.get_by_role("link").inner_text() == title

    pages[0] = 9
    show = health.get_by_role("button", name="230 new papers — Show")
    expect(show).to_be_visible()
    expect(health.get_by_text(re.compile(r"Synced \d\d:\d\d"))).to_be_visible()
    expect(press).to_be_enabled()
    assert rows(page).first.get_by_role("link").inner_text() == title
    show.click()
    expect(page.locator("#rows h2").first).to_have_text("On Hugging Face's last list · 1")
    expect(rows(page).first.locator(".title")).to_have_text(re.compile("part 1$"))
    expect(rows(page).nth(1).locator(".title")).to_have_text(re.compile("part 230$"))
    expect(show).to_have_count(0)
    # However often it was looked at, it was asked once.
    assert len([request for request in server.asked(API) if request.start == 0]) == 1


def test_a_refusal_is_told_and_the_next_press_goes_on(app, server: Hostile, page: Page) -> None:
    more = some_papers(230, day=YESTERDAY + timedelta(hours=12), first=1000)
    server.papers += more
    server.fault = lambda request, honest: Answer(503, b"no") if request.path == API and request.start >= 200 else None
    visit(page, app.url)
    health = page.locator(".st-key-sync-health")
    health.get_by_role("button", name="Sync", exact=True).click()
    expect(health.get_by_text("200 of 460 papers came")).to_be_visible(timeout=60_000)
    expect(health.get_by_text("It goes on at result 201.")).to_be_visible()
    server.fault = None
    health.get_by_role("button", name="Sync", exact=True).click()
    expect(health.get_by_text(re.compile(r"Synced \d\d:\d\d .* complete"))).to_be_visible(timeout=60_000)
    assert server.asked(API)[-1].start == 400


def test_the_daily_sync_is_chosen_on_the_settings_page_and_told_on_the_inbox(app, page: Page) -> None:
    visit(page, f"{app.url}/settings")
    page.get_by_text("Sync every day").click()
    expect(page.get_by_text(re.compile(r"Next sync: .*\(in "))).to_be_visible()
    visit(page, app.url)
    expect(page.locator(".st-key-sync-health").get_by_text(re.compile(r"Next sync: .*\(in "))).to_be_visible()
