"""Takes the pictures of docs/pictures: `make pictures`. Every page, wide and on a phone, in dark, and in Korean; every
experiment in light and dark.

It serves a home of its own, on which two experiments have run and a note was written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from app.benchmarks.ui import chromium
from app.ui.navigation import HOME, pages
from core.registry import discover
from tests.e2e.conftest import App
from tests.e2e.visiting import visit

DOCS = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 380, "height": 800}
LOOKS = {
    "wide": {"viewport": WIDE, "locale": "en-US", "color_scheme": "light"},
    "phone": {"viewport": PHONE, "locale": "en-US", "color_scheme": "light"},
    "dark": {"viewport": WIDE, "locale": "en-US", "color_scheme": "dark"},
    "korean": {"viewport": WIDE, "locale": "ko-KR", "color_scheme": "light"},
}
LIGHT_AND_DARK = ("wide", "dark")
TALL = 2200  # pixels of a page at most
QUALITY = 60  # of the pictures: all of them lie in the repository


def places() -> Iterator[tuple[str, str]]:
    """Each page by its name, and what else there is to see."""
    for page in pages().values():
        if page.listed:
            yield page.id, "" if page.id == HOME else page.id
    yield "paper", "paper?id=1706.03762"


def cards() -> Iterator[tuple[str, str]]:
    """Each experiment on the page of its stage."""
    for experiment in discover("core.experiments", "EXPERIMENT").values():
        yield f"card-{experiment.id}", f"{experiment.stage}?experiment={experiment.id}"


def take(page: Page, file: Path) -> None:
    """The whole page, down to `TALL`."""
    main = page.get_by_test_id("stMain")
    size = page.viewport_size or WIDE
    height = min(TALL, max(size["height"], int(main.evaluate("one => one.scrollHeight"))))
    page.set_viewport_size({"width": size["width"], "height": height})
    page.wait_for_timeout(1500)
    Image.open(BytesIO(page.screenshot())).save(file, quality=QUALITY, method=6)
    page.set_viewport_size(size)


def take_all(browser: Browser, address: str) -> None:
    """Every page in every look, every experiment in light and dark."""
    for look, how in LOOKS.items():
        page = browser.new_context(**how).new_page()
        for name, place in [*places(), *(cards() if look in LIGHT_AND_DARK else ())]:
            visit(page, f"{address}/{place}")
            page.wait_for_timeout(1500)
            take(page, DOCS / f"{name}-{look}.webp")
        page.context.close()


def main() -> None:
    DOCS.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        served = App(Path(folder) / "home", kept)
        served.start()
        for experiment in ("attention-maps", "double-descent"):
            served.command("run", experiment)
        try:
            take_all(browser, served.url)
        finally:
            served.stop()


if __name__ == "__main__":
    main()
