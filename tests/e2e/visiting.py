"""How does a test look at a page as a patient visitor, who presses nothing before the page stands still?"""

from __future__ import annotations

from playwright.sync_api import Page, TimeoutError, expect


def visit(page: Page, address: str) -> None:
    """Open a page of the app, and wait until it is there."""
    page.goto(address)
    page.wait_for_selector("h1")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page is drawn: a press on what is just being replaced goes nowhere."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def correct(page: Page, address: str, paper: str, stage: str) -> None:
    """File a paper under one more stage on its page, and see that it is kept."""
    kept = page.get_by_text("your correction").first
    button = page.locator(f"[class*='st-key-correct-{paper.partition('.')[0]}']").get_by_role("button", name=stage)
    for _ in range(4):  # a menu that is drawn anew closes, and the visitor opens it once more
        visit(page, f"{address}/paper?id={paper}")
        try:
            page.get_by_role("button", name="Correct").click(timeout=5_000)
            button.click(timeout=5_000)
            settled(page)
            page.get_by_role("button", name="Keep this").click(timeout=5_000)
        except TimeoutError:
            continue
        # Once it was pressed it is waited for: pressed again, the stage would be taken off.
        break
    expect(kept).to_be_visible()
