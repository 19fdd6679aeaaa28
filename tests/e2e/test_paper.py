"""From a paper to what it claims, a run, the notebook and an export; its formulas drawn by the real KaTeX."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Page, expect

from core.papers.formula import LETTERS, OVER_ONE, OVER_TWO, SIGNS, WORDS, drawn
from tests.e2e.conftest import WORK_TAKES
from tests.e2e.triaging import ids, look
from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
TITLE = (
    r'$\pi_{0}$-VLA <img src=x onerror="document.title=1">: An $\mathcal{O}(n)$ $\href{x}{y}$ Path to R$^2$, '
    "from $5 to $9"
)
PAPER = "2609.00001"
REFUSED = """async ([file, formulas]) => {
  const katex = (await import(file)).default;
  return formulas.filter((formula) => {
    try { return katex.renderToString(formula, {throwOnError: true}).includes("katex-error"); } catch { return true; }
  });
}"""


@pytest.fixture(scope="module")
def papers(app, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A paper with formulas and markup in its title."""
    file = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    paper = {"id": PAPER, "title": TITLE, "abstract": "A policy.", "authors": ["Ada Example", "<b>Bob</b>"]}
    file.write_text(json.dumps(paper) + "\n", encoding="utf-8")
    assert app.command("import", str(file)).returncode == 0


def formulas() -> list[str]:
    """Every command that is let through, where it can stand."""
    found = [place % name for name in sorted(SIGNS) for place in (r"\%s", r"a \%s b", r"{\%s}_2^3", r"\hat{\%s x}")]
    found += [place % name for name in sorted(LETTERS) for place in (r"x^\%s", r"x_\%s", r"\sqrt\%s")]
    found += [rf"\{over}\{name}" for over in sorted(OVER_ONE) for name in sorted(LETTERS)]
    found += [place % name for name in sorted(OVER_ONE | WORDS) for place in (r"\%s{ab}", r"x^{\%s{ab}}_1", r"\%s{}")]
    found += [place % name for name in sorted(OVER_TWO) for place in (r"\%s{a}{b}", r"\%s12", r"\%s\pi 2")]
    return [*found, "x'_1", "^2", "_2^3", r"99.9\%", "<b>", "x''", r"\text{ }", r"a~b\ c\,d"]


def test_katex_draws_every_formula_that_is_let_through(app, page: Page) -> None:
    (script,) = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("katex.*.js")
    asked = [drawn(formula) for formula in formulas()]
    assert None not in asked
    visit(page, f"{app.url}/notebook")
    assert page.evaluate(REFUSED, [f"{app.url}/static/js/{script.name}", asked]) == []
    assert page.evaluate(REFUSED, [f"{app.url}/static/js/{script.name}", [r"\href{x", "x^2^3"]]) != []


def test_a_title_shows_its_formulas_and_obeys_nothing(app, papers: None, page: Page) -> None:
    visit(page, f"{app.url}/paper?id={PAPER}")
    head = page.locator("h1")
    expect(head.locator(".katex")).to_have_count(3)
    expect(head.locator(".katex-error")).to_have_count(0)
    expect(head).to_contain_text('<img src=x onerror="document.title=1">')
    expect(head).to_contain_text(r"$\href{x}{y}$")
    expect(head).to_contain_text("from $5 to $9")
    assert page.title() != "1" and page.locator("[data-testid='stMain'] img[src='x']").count() == 0


def test_an_author_leads_to_their_papers_and_a_citation_is_copied(app, papers: None, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, f"{app.url}/paper?id={PAPER}")
    page.get_by_role("button", name="Cite").click()
    page.get_by_role("button", name="Copy to clipboard").first.click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("@misc{arxiv:2609.00001,") and "Ada Example and <b>Bob</b>" in copied
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Ada Example").click()
    page.wait_for_url(re.compile("author%3A%22Ada(%20|\\+)Example"))
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_letters_press_what_stands_on_the_page_unless_one_writes_or_has_switched_them_off(
    app, papers: None, page: Page
) -> None:
    visit(page, f"{app.url}/paper?id={PAPER}")
    expect(page.locator(".st-key-paper-keys-listen span[hidden]")).to_have_count(1)
    saved = page.locator("[class*='st-key-saved-paper-'] button[kind='primary']")
    # Where the key of S writes another letter, it is that letter.
    written = "{key: 'o', code: 'KeyS', bubbles: true, composed: true}"
    page.evaluate(f"() => document.body.dispatchEvent(new KeyboardEvent('keydown', {written}))")
    page.wait_for_timeout(500)
    expect(saved).to_have_count(0)
    page.keyboard.press("s")
    expect(saved).to_be_visible()
    settled(page)
    page.keyboard.press("n")
    area = page.get_by_label("Note", exact=True)
    expect(area).to_be_focused()
    page.keyboard.type("us")
    expect(area).to_have_value("us")
    settled(page)
    expect(saved).to_be_visible()
    page.evaluate("() => localStorage.setItem('trendlab-keys', 'off')")
    page.locator("h1").click()
    page.keyboard.press("u")
    page.wait_for_timeout(500)
    expect(saved).to_be_visible()
    page.evaluate("() => localStorage.removeItem('trendlab-keys')")
    page.keyboard.press("u")
    expect(saved).to_have_count(0)


def test_letters_lead_on_by_the_list_that_one_came_from(app, page: Page) -> None:
    look(page, f"{app.url}/?by=date")
    first, second, *_others = ids(page)
    settled(page)
    page.keyboard.press("g")
    for letter, paper in (("", first), ("j", second), ("k", first)):
        if letter:
            page.keyboard.press(letter)
        page.wait_for_url(re.compile(rf"paper\?id={re.escape(paper)}$"))
        settled(page)
        expect(page.get_by_text(f"{1 + (paper == second)} of ")).to_be_visible()
        expect(page.locator(".st-key-paper-keys-listen span[hidden]")).to_have_count(1)
    page.get_by_role("link", name="Inbox").last.click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_a_draft_outlives_a_reload_and_keys_write_it_down(app, page: Page) -> None:
    visit(page, f"{app.url}/notebook")
    area = page.locator(".st-key-draft-body textarea")
    area.fill("A **thought** in the morning")
    area.blur()
    settled(page)
    visit(page, f"{app.url}/notebook")
    expect(area).to_have_value("A **thought** in the morning")
    area.focus()
    page.keyboard.press("End")
    page.keyboard.type(", and one more")
    page.keyboard.press("Control+Enter")
    entry = page.locator("[class*='st-key-note-']").first
    expect(entry).to_contain_text("A thought in the morning, and one more")
    expect(area).to_have_value("")
    entry.get_by_role("button", name="Delete").click()
    expect(page.locator("[class*='st-key-note-']")).to_have_count(0)
    settled(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(entry).to_contain_text("one more")


def test_from_a_paper_to_its_experiment_a_verdict_the_notebook_and_an_export(app, page: Page) -> None:
    visit(page, f"{app.url}/paper?id=2209.11895")
    card = page.locator(".st-key-tested-attention-maps")
    card.get_by_role("button", name="Run", exact=True).click()
    # A badge's icon is text too.
    ended = card.locator(".stMarkdownBadge").filter(has_text=re.compile(r"\bfinished$"))
    expect(ended).to_be_visible(timeout=WORK_TAKES)
    settled(page)
    (run,) = json.loads(app.command("runs", "--json").stdout)
    card.locator(f"[class*='st-key-pin-paper-attention-maps-run-{run['id']}']").get_by_role("button").click()
    expect(page.get_by_text("Pinned to the entry")).to_be_visible()
    settled(page)
    card.locator("[class*='st-key-pin-paper-attention-maps-chart-']").first.get_by_role("button").click()
    expect(card.get_by_role("button", name="In the notebook")).to_have_count(2)
    settled(page)
    card.get_by_role("button", name="In the notebook").last.click()
    page.get_by_role("link", name="Open the entry").click()
    entry = page.locator("[class*='st-key-note-']").first
    expect(entry.get_by_role("link", name=re.compile(run["id"]))).to_be_visible()
    expect(entry.locator(".js-plotly-plot")).to_be_visible()
    outcome = entry.locator(".stMarkdownBadge").first.inner_text().partition(" ")[2]
    assert outcome in ("supported", "not supported", "too small to tell", "invalid")
    visit(page, f"{app.url}/notebook?q={run['id']}")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("Markdown")).first.click()
    text = waiting.value.path().read_text(encoding="utf-8")
    assert run["id"] in text and outcome in text and "| --- |" in text
