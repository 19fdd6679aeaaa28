"""The list of the Inbox in a browser, and what of it has come to the catalog."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE
from tests.e2e.visiting import settled

Mark = tuple[str | None, bool]  # state and star


def rows(page: Page) -> Locator:
    return page.locator("#rows .row")


def row(page: Page, paper: str) -> Locator:
    return page.locator(f"#rows .row[data-id='{paper}']")


def ids(page: Page) -> list[str]:
    """Of the papers that have come, from top to bottom."""
    return list(rows(page).evaluate_all("rows => rows.map(row => row.dataset.id)"))


def here(page: Page) -> Locator:
    """The paper that keys and buttons are about."""
    return page.locator("#rows .row[aria-current='true']")


def act(page: Page, name: str) -> Locator:
    """A button of the bar, by the name that the script has for it."""
    return page.locator(f"#acts [data-act='{name}']")


def look(page: Page, address: str) -> None:
    """Open the Inbox, and wait until its list is there."""
    page.goto(address)
    expect(here(page)).to_be_visible()
    settled(page)


def kept(app) -> dict[str, Mark]:
    """How papers stand in the catalog, of those that were marked."""
    with closing(sqlite3.connect(app.home / "catalog.db")) as db:
        found = db.execute("SELECT id, state, star FROM reading JOIN papers ON papers.key = reading.paper")
        return {paper: (state, bool(star)) for paper, state, star in found if state or star}


def notes(app) -> list[tuple[str, str]]:
    """Each note's words, and the first paper that is pinned to it."""
    with closing(sqlite3.connect(app.home / "catalog.db")) as db:
        found = db.execute("SELECT body, json_extract(pins, '$[0].target') FROM notes ORDER BY id")
        return [(body, target) for body, target in found]


def eventually(app, expected: dict[str, Mark]) -> None:
    """The catalog has come to say this of these papers."""
    until = time.monotonic() + PATIENCE / 1000
    while True:
        found = kept(app)
        if {paper: found.get(paper, (None, False)) for paper in expected} == expected:
            return
        assert time.monotonic() < until, {paper: found.get(paper) for paper in expected}
        time.sleep(0.2)


def noted(app, expected: list[tuple[str, str]]) -> None:
    """The notebook has come to hold these notes, each with its paper."""
    until = time.monotonic() + PATIENCE / 1000
    while (found := notes(app)) != expected:
        assert time.monotonic() < until, found
        time.sleep(0.2)


def import_papers(app, folder: Path, papers: Iterable[dict[str, str]]) -> None:
    path = folder / "papers.jsonl"
    path.write_text("\n".join(json.dumps(paper) for paper in papers), encoding="utf-8")
    done = app.command("import", str(path))
    assert done.returncode == 0, done.stderr


def scrolled(page: Page) -> int:
    return int(page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTop"))


def on_screen(page: Page) -> float:
    """How far below the window's edge the current paper stands."""
    box = here(page).bounding_box()
    assert box is not None
    return box["y"]
