"""How does a test look at a page as a patient visitor, who presses nothing before the page stands still?"""

from __future__ import annotations

from playwright.sync_api import Page, expect


def visit(page: Page, address: str) -> None:
    """Open a page of the app, and wait until it is there."""
    page.goto(address)
    page.wait_for_selector("h1")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page is drawn: a press on what is just being replaced goes nowhere."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
