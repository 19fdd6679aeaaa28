"""A newcomer reads: the starter catalog without a network, filters, a paper, the notebook, in two languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.triaging import act, eventually, here, look, row, rows
from tests.e2e.visiting import correct, settled, visit

pytestmark = pytest.mark.e2e


def test_a_link_to_any_page_opens_it_as_the_first_visit(app, page: Page) -> None:
    # First in this file: before the router has run once, Streamlit knows no page.
    visit(page, f"{app.url}/trends")
    expect(page.get_by_role("heading", name="Trends")).to_be_visible()


def test_the_inbox_shows_the_starter_catalog_without_a_network(app, page: Page) -> None:
    visit(page, app.url)
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(rows(page)).to_have_count(60)
    expect(page.get_by_test_id("stCaptionContainer").get_by_text(re.compile(r"^\d{3} papers$"))).to_be_visible()


def test_a_stage_filter_leaves_only_papers_of_that_stage(app, page: Page) -> None:
    visit(page, app.url)
    page.get_by_role("combobox", name="Stage").click()
    page.get_by_role("option", name="Align").click()
    align = page.get_by_text("Align", exact=True)
    expect(rows(page).filter(has_not=align)).to_have_count(0)
    settled(page)
    assert rows(page).count() == rows(page).filter(has=align).count() > 0


def test_a_search_finds_a_paper_and_its_page_tells_of_it(app, page: Page) -> None:
    visit(page, app.url)
    page.get_by_placeholder('words, "a phrase", -without').fill("low-rank adaptation")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="LoRA: Low-Rank Adaptation of Large Language Models").click()
    expect(page.get_by_role("heading", name="LoRA: Low-Rank Adaptation of Large Language Models")).to_be_visible()
    expect(page.get_by_role("heading", name="Try what it claims")).to_be_visible()
    assert "id=2106.09685" in page.url


def test_what_is_searched_for_stands_in_the_address_in_every_language(app, page: Page, browser: Browser) -> None:
    visit(page, app.url)
    page.get_by_placeholder('words, "a phrase", -without').fill("language")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=language"))
    settled(page)
    page.get_by_text("Best match", exact=True).click()
    page.wait_for_url(re.compile("sort=best"))
    settled(page)
    page.get_by_role("combobox", name="Stage").click()
    page.get_by_role("option", name="Align").click()
    page.wait_for_url(re.compile(r"q=language.*sort=best.*stage=align|q=language.*stage=align.*sort=best"))
    settled(page)
    first = rows(page).first.get_by_role("link").inner_text()
    context = browser.new_context(locale="ko-KR")
    try:
        other = context.new_page()
        visit(other, page.url)
        expect(rows(other).first.get_by_role("link")).to_have_text(first)
        expect(other.get_by_role("combobox").first).to_have_value("정렬")
    finally:
        context.close()


def test_going_back_from_a_paper_shows_the_search_again(app, page: Page) -> None:
    look(page, f"{app.url}/?q=language&by=stage")
    title = rows(page).nth(3).get_by_role("link")
    words = title.inner_text()
    title.click()
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(here(page).get_by_role("link")).to_have_text(words)
    page.wait_for_url(re.compile(r"q=language&by=stage"))


def test_an_example_of_the_help_is_tried_with_a_press(app, page: Page) -> None:
    visit(page, app.url)
    page.locator("[data-testid='stPopover']").first.get_by_role("button").click()
    page.get_by_role("button", name="chain of thought").click()
    page.wait_for_url(re.compile(r"q=%22chain"))
    expect(page.get_by_placeholder('words, "a phrase", -without')).to_have_value('"chain of thought"')


def test_what_was_skipped_by_mistake_comes_back(app, page: Page) -> None:
    look(page, f"{app.url}/?show=unread")
    paper = str(here(page).get_attribute("data-id"))
    act(page, "skip").click()
    expect(row(page, paper)).to_have_attribute("data-state", "skip")
    act(page, "undo").click()
    expect(row(page, paper)).to_have_attribute("data-state", "")
    expect(here(page)).to_have_attribute("data-id", paper)
    act(page, "skip").click()
    eventually(app, {paper: ("skip", False)})

    # It stays in sight, and from another page too it is taken back.
    expect(rows(page).first).to_have_attribute("data-id", paper)
    sidebar = page.get_by_test_id("stSidebarNav")
    sidebar.get_by_role("link", name="Following").click()
    expect(page.get_by_text(re.compile("^Skipped: "))).to_be_visible()
    sidebar.get_by_role("link", name="Inbox").click()
    expect(row(page, paper)).to_have_attribute("data-state", "skip")
    settled(page)
    page.locator(".st-key-undo").get_by_role("button", name="Undo", exact=True).click()
    expect(row(page, paper)).to_have_attribute("data-state", "")
    settled(page)
    look(page, f"{app.url}/?show=unread")
    expect(row(page, paper)).to_have_attribute("data-state", "")

    # Asked for again, the unread are without it.
    act(page, "skip").click()
    expect(row(page, paper)).to_have_attribute("data-state", "skip")
    settled(page)
    look(page, f"{app.url}/?show=unread")
    expect(row(page, paper)).to_have_count(0)


def test_a_search_is_followed_and_shows_what_came_since(app, page: Page, tmp_path: Path) -> None:
    visit(page, f"{app.url}/?q=zebras")
    page.get_by_role("button", name="Follow", exact=True).click()
    page.get_by_label("Name").fill("Striped animals")
    page.get_by_role("button", name="Follow this search").click()
    expect(page.get_by_role("button", name="Following")).to_be_visible()
    (tmp_path / "papers.jsonl").write_text('{"id": "2402.00002", "title": "On zebras", "abstract": "Of stripes."}\n')
    assert app.command("import", str(tmp_path / "papers.jsonl")).returncode == 0
    visit(page, f"{app.url}/following")
    expect(page.get_by_text("1 new")).to_be_visible()
    page.get_by_role("link", name="Striped animals").click()
    expect(page.get_by_placeholder('words, "a phrase", -without')).to_have_value("zebras")
    new = row(page, "2402.00002").get_by_text("new", exact=True)
    expect(new).to_be_visible()
    page.reload()
    expect(new).to_be_visible()
    visit(page, f"{app.url}/following")
    expect(page.get_by_text("1 unread")).to_be_visible()
    expect(page.get_by_text("1 new")).to_have_count(0)
    page.get_by_role("button", name="Unfollow").click()
    settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Striped animals")).to_be_visible()


def test_a_saved_paper_stays_saved_after_a_reload(app, page: Page) -> None:
    visit(page, f"{app.url}/paper?id=1706.03762")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[class*='st-key-saved-paper-'] button[kind='primary']")).to_be_visible()
    visit(page, f"{app.url}/paper?id=1706.03762")
    expect(page.locator("[class*='st-key-saved-paper-'] button[kind='primary']")).to_be_visible()


def test_a_corrected_stage_is_kept(app, page: Page) -> None:
    correct(page, app.url, "2005.14165", "Align")
    found = app.command("search", "language models are few-shot learners", "--json", "--limit", "1")
    assert '"align"' in found.stdout


def test_korean_speaks_korean(app, browser: Browser) -> None:
    context = browser.new_context(locale="ko-KR")
    try:
        page = context.new_page()
        visit(page, app.url)
        expect(page.get_by_role("heading", name="받은 논문")).to_be_visible()
        words = page.locator("[data-testid='stMain']").inner_text()
        assert "Inbox" not in words and "Sync" not in words
    finally:
        context.close()


def test_hostile_text_is_shown_and_not_obeyed(app, page: Page, tmp_path: Path) -> None:
    hostile = '<img src=x onerror="document.title=1"> $x^2$ **bold** [link](javascript:alert(1)) :red[no] `c`'
    line = '{"id": "2401.00001", "title": %s, "abstract": %s}\n'
    import json

    (tmp_path / "papers.jsonl").write_text(line % (json.dumps(hostile), json.dumps(hostile)), encoding="utf-8")
    assert app.command("import", str(tmp_path / "papers.jsonl")).returncode == 0
    visit(page, f"{app.url}/paper?id=2401.00001")
    expect(page.locator("h1")).to_contain_text("<img src=x onerror=")
    expect(page.locator("h1")).to_contain_text("**bold** [link](javascript:alert(1)) :red[no] `c`")
    assert page.locator("[data-testid='stMain'] img[src='x']").count() == 0
    assert page.title() != "1"
