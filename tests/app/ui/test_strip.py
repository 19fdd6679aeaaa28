"""Shaded text: hostile tokens stay text, the shade follows the number, and the marked ones can be reached."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.strip import shaded
from core.events import Strip


class Read(HTMLParser):
    """What a browser makes of it: tags with attributes, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.words += data


def a_strip(tokens: list[str], values: list[float | None], **more: object) -> Strip:
    about = {"name": "surprise", "title": {"en": "Surprise"}, "high": 10.0, "unit_of_measure": "bits"} | more
    return Strip(tokens=tokens, values=values, **about)  # type: ignore[arg-type]


def tokens_of(read: Read) -> list[dict[str, str | None]]:
    return [about for tag, about in read.tags if tag == "span" and "title" in about]


def shade(about: dict[str, str | None]) -> float:
    found = re.search(r"background:rgba\(\d+,\d+,\d+,([\d.]+)\)", about["style"] or "")
    assert found
    return float(found[1])


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20), st.text(max_size=20))
def test_whatever_a_token_or_a_note_holds_is_text(tokens: list[str], note: str) -> None:
    read = Read(shaded(a_strip(tokens, [1.0] * len(tokens), notes=[note] * len(tokens), chosen=[0])))
    assert {tag for tag, _ in read.tags} <= {"div", "span"}
    assert all(set(about) <= {"class", "style", "title", "tabindex", "aria-label"} for _, about in read.tags)
    assert len(tokens_of(read)) == len(tokens)


@pytest.mark.parametrize("token", ["<img src=x onerror=alert(1)>", '" onmouseover="alert(1)', "</div></span>", "&lt;"])
def test_markup_is_shown_as_it_is_written(token: str) -> None:
    read = Read(shaded(a_strip([token], [1.0], notes=[token])))
    assert token in read.words
    assert tokens_of(read)[0]["title"] == f"1 bits · {token}"


def test_the_shade_follows_the_number_up_to_the_highest() -> None:
    read = Read(shaded(a_strip(list("abcdef"), [None, -3.0, 0.0, 5.0, 10.0, 99.0])))
    none, below, zero, half, high, above = map(shade, tokens_of(read))
    assert none == below == zero == 0.0
    assert half == pytest.approx(high / 2)
    assert above == high > 0


def test_a_token_says_its_number_and_its_note() -> None:
    read = Read(shaded(a_strip(["a", "b"], [None, 3.14159], notes=["", "12 %"])))
    assert [about["title"] for about in tokens_of(read)] == ["", "3.14 bits · 12 %"]


def test_what_cannot_be_seen_gets_a_sign_and_its_own_place() -> None:
    read = Read(shaded(a_strip(["", "a\n", "\t", "\x00", "\u202eabc"], [1.0] * 5)))
    for sign in ("…", "a↵\n", "⇥", "‹0›", "‹202E›abc"):
        assert sign in read.words
    assert all("unicode-bidi:isolate" in (about["style"] or "") for about in tokens_of(read))


def test_marked_tokens_can_be_reached_with_the_keyboard_and_the_others_are_not_in_the_way() -> None:
    read = Read(shaded(a_strip(["a", "b", "c"], [1.0, 2.0, None], chosen=[1])))
    assert [about.get("tabindex") for about in tokens_of(read)] == [None, "0", None]
    assert tokens_of(read)[1]["aria-label"] == "b: 2 bits"


def test_the_legend_names_both_ends_of_the_scale() -> None:
    read = Read(shaded(a_strip(["a"], [1.0], high=11.25)))
    assert read.words.endswith("11.2 bits") or read.words.endswith("11.3 bits")
    assert re.search(r"0\s*11", read.words)
