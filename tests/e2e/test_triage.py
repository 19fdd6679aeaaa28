"""The morning's triage: thirty papers by keys alone, a few by touch, a thousand to the end, and none by mistake."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.triaging import (
    Mark,
    act,
    eventually,
    here,
    ids,
    import_papers,
    kept,
    look,
    noted,
    notes,
    on_screen,
    row,
    rows,
    scrolled,
)
from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
# What is pressed on each paper, over and over, and how it stands then. The first three go on to the next by themselves.
WAYS: tuple[tuple[str, Mark], ...] = (
    ("s", ("saved", False)),
    ("x", ("skip", False)),
    ("tr", ("read", True)),
    ("oojkj", (None, False)),
    ("tj", (None, True)),
    ("oxxu", ("skip", False)),  # the next one too, by mistake
)
SCRIPT = "<script>document.title=1</script>"
HOSTILE = f'<img src=x onerror="document.title=1"> $x^2$ **bold** [link](javascript:alert(1)) {SCRIPT}'


def test_thirty_papers_in_the_morning_by_keys_alone(app, page: Page) -> None:
    look(page, f"{app.url}/?by=date")
    order = ids(page)
    expected: dict[str, Mark] = {}
    page.evaluate("window.loaded = 'once'")
    for place in range(30):
        keys, expected[order[place]] = WAYS[place % len(WAYS)]
        expect(here(page)).to_have_attribute("data-id", order[place])
        for key in keys:
            page.keyboard.press(key)
    expect(here(page)).to_have_attribute("data-id", order[30])

    # A note, in which letters are letters.
    page.keyboard.press("n")
    page.keyboard.type("junk, or so: x r s")
    page.keyboard.press("Control+Enter")
    expect(row(page, order[30]).get_by_role("img", name="noted")).to_be_visible()
    expected[order[30]] = (None, False)

    eventually(app, expected)
    assert kept(app) == {paper: mark for paper, mark in expected.items() if mark != (None, False)}
    noted(app, [("junk, or so: x r s", order[30])])
    left = 316 - sum(state is not None for state, _star in expected.values())
    expect(page.locator("#place")).to_have_text(f"31 of 316 · {left} to look at")
    assert page.evaluate("window.loaded") == "once"

    # Everything stands so after a reload too.
    look(page, f"{app.url}/?by=date")
    for paper, (state, star) in expected.items():
        expect(row(page, paper)).to_have_attribute("data-state", state or "")
        assert (row(page, paper).get_attribute("data-star") is not None) == star


def test_a_rerun_moves_nothing_and_what_the_page_takes_back_the_list_shows(app, page: Page) -> None:
    visit(page, f"{app.url}/paper?id=1706.03762")
    page.get_by_role("button", name="Star", exact=True).click()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Inbox").click()
    expect(here(page)).to_be_visible()
    settled(page)
    for _ in range(24):
        page.keyboard.press("j")
    paper = str(here(page).get_attribute("data-id"))
    state, star = kept(app).get(paper, (None, False))
    settled(page)
    assert scrolled(page) > 300
    height = on_screen(page)
    page.keyboard.press("t")
    eventually(app, {paper: (state, not star)})
    settled(page)
    assert abs(on_screen(page) - height) <= 2
    # Pressed at the foot of the page: all of it runs anew.
    page.locator(".st-key-undo").get_by_role("button", name="Undo", exact=True).click()
    eventually(app, {paper: (state, star)})
    expect(act(page, "star")).to_have_attribute("aria-pressed", "true" if star else "false")
    settled(page)
    expect(here(page)).to_have_attribute("data-id", paper)
    assert abs(on_screen(page) - height) <= 2


def test_who_goes_to_a_paper_comes_back_to_its_place(app, page: Page) -> None:
    look(page, f"{app.url}/?by=stage")
    for _ in range(70):
        page.keyboard.press("j")
    expect(page.locator("#place")).to_contain_text("71 of 316")
    paper = str(here(page).get_attribute("data-id"))
    title = here(page).get_by_role("link").inner_text()
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.go_back()
    expect(here(page)).to_have_attribute("data-id", paper)
    expect(here(page)).to_be_in_viewport()


def test_what_is_typed_elsewhere_marks_nothing(app, page: Page) -> None:
    look(page, app.url)
    before = kept(app)
    search = page.get_by_placeholder('words, "a phrase", -without')
    search.click()
    page.keyboard.type("sxrtju?")
    expect(search).to_have_value("sxrtju?")
    assert not page.locator("#sheet").is_visible()
    expect(page.locator("#place")).to_contain_text("1 of 316")
    page.keyboard.press("Escape")
    search.fill("")
    here(page).locator(".head .meta").click()
    page.keyboard.press("n")
    page.keyboard.type("sxrtjku?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="What do you make of it?")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="What do you make of it?")).to_have_value("sxrtjku?")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#place")).to_contain_text("2 of 316")
    settled(page)
    assert kept(app) == before


def test_keys_of_one_letter_can_be_switched_off(app, page: Page) -> None:
    look(page, app.url)
    before = kept(app)
    page.keyboard.press("?")
    sheet = page.locator("#sheet")
    expect(sheet).to_contain_text("save it, and on to the next")
    sheet.get_by_label("Single keys work on this page").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    here(page).locator(".head .meta").click()
    for key in "sxrt?j":
        page.keyboard.press(key)
    expect(page.locator("#place")).to_contain_text("1 of 316")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#place")).to_contain_text("2 of 316")
    page.reload()
    expect(here(page)).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#place")).to_contain_text("1 of 316")
    act(page, "help").click()
    expect(sheet).to_be_visible()
    sheet.get_by_label("Single keys work on this page").check()
    act(page, "help").click()
    page.keyboard.press("j")
    expect(page.locator("#place")).to_contain_text("2 of 316")
    assert kept(app) == before


def test_a_few_papers_by_touch_on_a_phone(app, browser: Browser, tmp_path: Path) -> None:
    import_papers(
        app, tmp_path, [{"id": f"2311.0000{n}", "title": f"On zebras {n}", "abstract": "A."} for n in range(4)]
    )
    context = browser.new_context(
        viewport={"width": 380, "height": 800}, locale="en-US", has_touch=True, is_mobile=True
    )
    try:
        page = context.new_page()
        look(page, f"{app.url}/?by=date&q=zebras")
        one, two, three = ids(page)[:3]
        row(page, two).locator(".title").tap()
        expect(row(page, two).locator(".abstract")).to_be_visible()
        expect(here(page)).to_have_attribute("data-id", two)
        for name in ("previous", "star", "saved", "skip", "read"):
            act(page, name).tap()
        expect(here(page)).not_to_have_attribute("data-id", three)
        act(page, "undo").tap()
        eventually(app, {one: ("saved", True), two: ("skip", False), three: (None, False)})
        act(page, "note").tap()
        page.get_by_role("textbox", name="What do you make of it?").fill("On the train")
        page.get_by_role("button", name="Write it down").tap()
        expect(here(page).get_by_role("img", name="noted")).to_be_visible()
        for name in ("previous", "next", "abstract", "saved", "skip", "star", "undo", "page"):
            box = act(page, name).bounding_box()
            assert box is not None and box["height"] >= 44 and box["width"] >= 24, name
            assert box["x"] >= 0 and box["x"] + box["width"] <= 380 and box["y"] + box["height"] <= 800
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
    finally:
        context.close()
    assert ("On the train", three) in notes(app)


def test_a_thousand_papers_are_gone_through_without_a_reload(app, page: Page, tmp_path: Path) -> None:
    papers = [
        {"id": f"2312.{number:05d}", "title": f"Paper {number} of a thousand", "abstract": "Of many. " * 30}
        for number in range(1, 1_001)
    ]
    import_papers(app, tmp_path, papers)
    look(page, f'{app.url}/?q=title:"of+a+thousand"&by=date')
    expect(page.locator("#place")).to_have_text("1 of 1000 · 1000 to look at")
    page.evaluate("window.loaded = 'once'")
    # Keys as fast as they repeat when one is held down.
    seen = page.evaluate("""async () => {
        const main = document.querySelector('[data-testid="stMain"]');
        const components = [...document.querySelectorAll('.stBidiComponent [data-testid]')];
        const list = components.map((one) => one.shadowRoot).find((root) => root?.querySelector('#place'));
        const place = () => list.querySelector('#place');
        const until = Date.now() + 120_000;
        const key = {key: 'j', code: 'KeyJ', bubbles: true, composed: true};
        const tops = [], took = [];
        while (!place().textContent.startsWith('1000 of') && Date.now() < until) {
            const began = performance.now();
            document.body.dispatchEvent(new KeyboardEvent('keydown', key));
            main.getBoundingClientRect();
            took.push(performance.now() - began);
            tops.push(main.scrollTop);
            await new Promise((done) => setTimeout(done, 15));
        }
        took.sort((one, other) => one - other);
        return {back: tops.filter((top, at) => at && top < tops[at - 1]).length, took: took[took.length >> 1]};
    }""")
    expect(page.locator("#place")).to_have_text("1000 of 1000 · 1000 to look at")
    expect(here(page)).to_be_in_viewport()
    assert seen["back"] == 0, "the list never jumps back"
    assert seen["took"] < 100, "milliseconds from a key until it is laid out"
    assert rows(page).count() == len(set(ids(page))) == 1_000
    expect(page.locator("#rows")).to_contain_text("The end of this list · 1000 to look at")
    page.keyboard.press("s")
    last = str(here(page).get_attribute("data-id"))
    eventually(app, {last: ("saved", False)})
    assert page.evaluate("window.loaded") == "once"


def test_what_is_pressed_is_painted_while_the_server_sleeps_and_told_when_it_wakes(app, page: Page) -> None:
    look(page, f"{app.url}/?q=attention&by=date")
    one, two, three = ids(page)[:3]
    before = kept(app)
    assert app.process is not None
    servers = [
        process.pid for process in psutil.Process(app.process.pid).children() if "app.ui.server" in process.cmdline()
    ]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        for key in "rtrx":
            page.keyboard.press(key)
        expect(row(page, one)).to_have_attribute("data-state", "read", timeout=2_000)
        expect(row(page, two)).to_have_attribute("data-state", "read", timeout=2_000)
        expect(row(page, three)).to_have_attribute("data-state", "skip", timeout=2_000)
        assert servers and kept(app) == before
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
    eventually(app, {one: ("read", before.get(one, (None, False))[1]), two: ("read", True), three: ("skip", False)})


def test_hostile_text_is_text(app, page: Page, tmp_path: Path) -> None:
    import_papers(app, tmp_path, [{"id": "2401.00066", "title": HOSTILE, "abstract": HOSTILE, "authors": HOSTILE}])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    look(page, f"{app.url}/?q=2401.00066")
    found = row(page, "2401.00066")
    expect(found.locator(".title")).to_contain_text("<img src=x onerror=")
    page.keyboard.press("o")
    expect(found.locator(".abstract")).to_contain_text(SCRIPT)
    assert found.locator("img, script").count() == 0
    assert page.title() != "1"
    assert not [url for url in asked if url.endswith("/x")]


def test_nothing_is_lost_where_one_leaves_the_page_at_once(app, page: Page) -> None:
    """The server still draws what was pressed first when the page is left; a reload is as fast."""
    expected: dict[str, Mark] = {}
    for turn in range(6):
        look(page, f"{app.url}/?by=date&show=unread")
        paper = str(here(page).get_attribute("data-id"))
        _, starred = kept(app).get(paper, (None, False))
        for name in ("skip", "undo", "skip"):
            act(page, name).click()
        expected[paper] = ("skip", starred)
        if turn % 3 < 2:
            name = ("Following", "Runs")[turn % 2]
            page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        else:
            page.reload()
        eventually(app, expected)
