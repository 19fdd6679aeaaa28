"""A reader asks the catalog, opens what is quoted, comes back, and shares the question."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visiting import settled, visit

pytestmark = pytest.mark.e2e
QUESTION = "How much GPU memory is needed to fine-tune a 65B model with QLoRA?"


def test_a_quote_opens_where_it_stands_and_back_leads_to_the_answer(app, page: Page) -> None:
    visit(page, app.url)
    box = page.get_by_role("textbox", name="Ask the catalog")
    box.fill(QUESTION)
    page.keyboard.press("Enter")
    answer = page.locator(".st-key-answer-all")
    quote = answer.locator("blockquote").first
    expect(quote).to_contain_text("single 48 GB GPU")
    page.wait_for_url(re.compile("ask=How"))
    settled(page)
    shared = page.url
    answer.get_by_role("link", name="QLoRA: Efficient Finetuning of Quantized LLMs").click()
    marked = page.locator("mark")
    expect(marked).to_have_text(re.compile("^Makes fine-tuning of a 65B model .* fine-tuning.$"))
    expect(page.get_by_role("heading", name="QLoRA: Efficient Finetuning of Quantized LLMs")).to_be_visible()
    page.go_back()
    expect(quote).to_contain_text("single 48 GB GPU")
    page.goto(shared)
    expect(quote).to_contain_text("single 48 GB GPU")
    settled(page)
    answer.get_by_role("button", name="Close").click()
    expect(answer).to_have_count(0)
    expect(page).not_to_have_url(re.compile("ask="))


def test_a_question_that_no_paper_answers_is_not_found(app, page: Page) -> None:
    visit(page, f"{app.url}/?ask=Which%20paper%20tests%20LoRA%20on%20protein%20folding%3F")
    answer = page.locator(".st-key-answer-all")
    expect(answer.get_by_text("Not found.")).to_be_visible()
    expect(answer.get_by_text("Nearest, and not an answer:")).to_be_visible()
    expect(answer.locator("blockquote").first).to_contain_text("LoRA")
