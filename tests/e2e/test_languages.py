"""Does a page speak one language? In Korean it shows no string of the app in English, and no Korean in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page

from app.ui.shell import pages
from app.words import po_file
from core.language import Text
from core.papers.taxonomy import applications, stages, topics
from core.registry import discover
from tests.e2e.visiting import visit

pytestmark = pytest.mark.e2e

PLACES = sorted(page.id for page in pages().values() if page.listed)
OPEN = ["paper?id=1706.03762", "build?experiment=next-token", "adapt?experiment=peft-zoo", "ask?experiment=retrieval"]
# Texts that stand on a page, tips aside, each once; what papers and people wrote is marked as such.
SHOWN = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const words = node.textContent.replace(/\\s+/g, " ").trim();
    if (words && node.parentElement.checkVisibility()) found.add(words);
  }
  for (const node of document.querySelectorAll("[aria-label], [placeholder]"))
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


@pytest.fixture(scope="module", params=["ko-KR", "en-US"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, Page]]:
    context = browser.new_context(locale=request.param, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield request.param[:2], context.new_page()
    context.close()


@pytest.mark.parametrize("place", [*PLACES, *OPEN])
def test_a_page_speaks_one_language(app, visitor: tuple[str, Page], place: str) -> None:
    language, page = visitor
    visit(page, f"{app.url}/{place}")
    shown = set(page.evaluate(SHOWN)) - {"English", "한국어"}
    if language == "en":
        strange = {words for words in shown if re.search("[가-힣]", words)}
    else:
        plain, gaps = english()
        strange = {words for words in shown if words in plain or any(gap.fullmatch(words) for gap in gaps)}
    assert not strange, sorted(strange)
