"""Can everybody use every page, and does it speak one language?

Each page is looked at twice: wide, in light and in English; and on a phone, in dark and in Korean. axe-core's rules for
WCAG 2.1 A and AA find nothing serious; and no string of the app stands there in the other language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page

from app.ui.navigation import HOME, pages
from app.words import po_file
from core.language import Text
from core.papers.taxonomy import applications, stages, topics
from core.registry import discover
from tests.e2e.visiting import visit

pytestmark = pytest.mark.e2e

PLACES = sorted("" if page.id == HOME else page.id for page in pages().values() if page.listed)
OPEN = ["paper?id=1706.03762", "build?experiment=next-token", "adapt?experiment=peft-zoo", "ask?experiment=retrieval"]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
STREAMLIT = {"exclude": [["[data-testid='stSidebarNav']"]]}  # its list holds what is no item
GRAVE = ("serious", "critical")
# Texts that stand on a page, each once; the name of an icon is no text.
SHOWN = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const words = node.textContent.replace(/\\s+/g, " ").trim();
    const icon = node.parentElement.closest("[data-testid='stIconMaterial'], .icon");
    if (words && !icon && node.parentElement.checkVisibility()) found.add(words);
  }
  const tools = "[data-testid='stElementToolbar'] *"; // Streamlit's own, over its tables
  for (const node of document.querySelectorAll(`:is([aria-label], [placeholder]):not(${tools})`))
    for (const name of ["aria-label", "placeholder"])
      if (node.getAttribute(name)) found.add(node.getAttribute(name).trim());
  return [...found];
}"""


def texts(thing: object, seen: set[int]) -> Iterator[Text]:
    """Every text in both languages of an experiment: its own, its claims', its parameters'."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Text):
        yield thing
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from texts(value, seen)
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from texts(value, seen)
    elif hasattr(thing, "__dataclass_fields__") and not isinstance(thing, type):
        for item in fields(thing):
            yield from texts(getattr(thing, item.name), seen)


@cache
def english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """What the app says in English where it says something else in Korean: whole strings, and strings with gaps."""
    plain: set[str] = set()
    gaps: list[re.Pattern[str]] = []
    with po_file("ko").open("rb") as stream:
        catalog = read_po(stream, locale="ko")
    for entry in catalog:
        for source in [entry.id] if isinstance(entry.id, str) else list(entry.id):
            if "{" not in source:
                plain.add(source)
            elif len(re.findall(r"[A-Za-z]{3,}", re.sub(r"{\w+}", "", source))) >= 2:
                gaps.append(re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(source))))
    said: list[Text] = [entry.name for entries in (stages(), topics(), applications()) for entry in entries.values()]
    said += [page.title for page in pages().values()]
    for experiment in discover("core.experiments", "EXPERIMENT").values():
        kinds: Any = experiment
        parts = [kinds.title, kinds.question, kinds.how, kinds.matched, kinds.labels, kinds.claims]
        parts += [item.metadata.get("label") for item in fields(kinds.params)]
        said += texts(parts, set())
    plain |= {text.en for text in said if text.ko and text.en != text.ko}
    return frozenset(words for words in plain if re.search("[A-Za-z]{3}", words)), tuple(gaps)


@pytest.fixture(scope="module", params=["en", "ko"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, Page]]:
    """Somebody with a wide screen in light who reads English, or with a phone in dark who reads Korean."""
    looks: dict[str, Any] = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
    if request.param == "ko":
        looks = {"locale": "ko-KR", "viewport": {"width": 380, "height": 800}, "color_scheme": "dark"}
    context = browser.new_context(**looks)
    context.set_default_timeout(30_000)
    yield request.param, context.new_page()
    context.close()


def grave(page: Page) -> list[str]:
    """What shuts somebody out, and where first."""
    found = [one for one in Axe().run(page, STREAMLIT, RULES).response["violations"] if one["impact"] in GRAVE]
    return [f"{one['id']}, {len(one['nodes'])} times: {one['nodes'][0]['html'][:200]}" for one in found]


def strange(page: Page, language: str) -> list[str]:
    """Strings of the app in another language than this."""
    shown = set(page.evaluate(SHOWN)) - {"English", "한국어"}
    if language == "en":
        return sorted(words for words in shown if re.search("[가-힣]", words))
    plain, gaps = english()
    return sorted(words for words in shown if words in plain or any(gap.fullmatch(words) for gap in gaps))


@pytest.mark.parametrize("place", [*PLACES, *OPEN])
def test_a_page_speaks_one_language_and_shuts_nobody_out(app, visitor: tuple[str, Page], place: str) -> None:
    language, page = visitor
    visit(page, f"{app.url}/{place}")
    page.wait_for_timeout(500)  # what is painted at once takes its colours a moment later
    assert (strange(page, language), grave(page)) == ([], [])
