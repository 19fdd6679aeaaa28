"""Can everybody use every page? axe-core's rules for WCAG 2.1 A and AA, in light and in dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from app.ui.shell import pages
from tests.e2e.visiting import visit

pytestmark = pytest.mark.e2e

PAPER = "1706.03762"
PLACES = sorted(page.id for page in pages().values() if page.listed)
OPEN = [f"paper?id={PAPER}", "build?experiment=next-token", "align?experiment=rlhf", "inbox?q=attention&sort=best"]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module", params=["light", "dark"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Somebody with a wide screen in light, and somebody with a phone in dark."""
    dark = request.param == "dark"
    size = {"width": 380, "height": 800} if dark else {"width": 1280, "height": 900}
    context = browser.new_context(
        locale="ko-KR" if dark else "en-US", viewport=size, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def told(violation: dict[str, Any]) -> str:
    """What is wrong, and where first."""
    nodes = violation["nodes"]
    return f"{violation['id']} ({violation['impact']}), {len(nodes)} times: {nodes[0]['html'][:200]}"


@pytest.mark.parametrize("place", [*PLACES, *OPEN])
def test_nothing_on_the_page_shuts_anybody_out(app, visitor: Page, place: str) -> None:
    visit(visitor, f"{app.url}/{place}")
    found = Axe().run(visitor, options=RULES)
    grave = [told(one) for one in found.response["violations"] if one["impact"] in GRAVE]
    assert not grave, "\n".join(grave)
