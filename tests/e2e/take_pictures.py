"""Takes the pictures of docs/: `make pictures`. Serves a home of its own and runs one experiment."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from conftest import FLAGS, NAMES, App
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 380, "height": 820}


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_timeout(2500)


def main() -> None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit("no Chromium; install one with: apt-get install chromium fonts-noto-cjk")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = App(Path(folder) / "home", kept)
        served.start()
        served.command("run", "attention-maps")
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            page = browser.new_context(viewport=WIDE, locale="en-US").new_page()
            open_page(page, served.url)
            page.screenshot(path=DOCS / "inbox.png")
            open_page(page, f"{served.url}/build?experiment=attention-maps")
            page.set_viewport_size({"width": 1280, "height": 1500})
            page.wait_for_timeout(2500)
            page.screenshot(path=DOCS / "experiment.png")
            phone = browser.new_context(viewport=PHONE, locale="ko-KR", color_scheme="dark").new_page()
            open_page(phone, served.url)
            phone.screenshot(path=DOCS / "inbox-phone-korean-dark.png")
        finally:
            browser.close()
            served.stop()


if __name__ == "__main__":
    main()
