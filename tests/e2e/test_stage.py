"""A stage in the browser: by keyboard along the map, a line that opens, a link that brings its place into view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
PHONE = {"width": 380, "height": 800}
WIDER = "() => document.scrollingElement.scrollWidth - window.innerWidth"  # pixels that one must scroll sideways


def test_by_keyboard_along_the_map_to_an_experiment_and_its_source(app, page: Page) -> None:
    visit(page, f"{app.url}/build")
    stage = page.locator(".st-key-pipeline").get_by_role("link", name=re.compile("^.*Adapt.*papers"))
    stage.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Adapt", exact=True)).to_be_visible()
    settled(page)
    line = page.locator(".st-key-closed-lora-vs-full")
    expect(line.get_by_text("recorded")).to_be_visible()
    line.locator("button").first.focus()
    page.keyboard.press("Enter")
    card = page.locator(".st-key-experiment-lora-vs-full")
    expect(card.get_by_role("button", name="Run", exact=True)).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile(r"/adapt\?experiment=lora-vs-full$"))
    card.get_by_role("tab", name="Source code").focus()
    page.keyboard.press("Enter")
    expect(card.get_by_text(re.compile(r"^\d+ lines$"))).to_be_visible()
    expect(card.get_by_test_id("stCode")).to_contain_text("EXPERIMENT")
    page.wait_for_url(re.compile("view=source"))


def test_a_link_brings_its_experiment_into_view_on_a_phone_too(app, page: Page) -> None:
    page.set_viewport_size(PHONE)
    visit(page, f"{app.url}/build?experiment=scaling-laws")
    settled(page)
    expect(page.locator(".st-key-experiment-scaling-laws h3")).to_be_in_viewport()
    assert page.evaluate(WIDER) <= 0
    visit(page, f"{app.url}/ask")
    settled(page)
    assert page.evaluate(WIDER) <= 0
