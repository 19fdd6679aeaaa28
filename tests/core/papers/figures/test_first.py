"""The first figure of a page as arXiv's converter writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.figures.first import LONGEST_CAPTION, first_figure

AT = "https://arxiv.org/html/2405.00001/"


def page(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def figure(inside: str, kind: str = "ltx_figure") -> str:
    return f'<figure class="{kind}">{inside}</figure>'


IMAGE = '<img src="x1.png" class="ltx_graphics" width="598" height="300" alt="Refer to caption">'
CAPTION = '<figcaption class="ltx_caption"><span class="ltx_tag">Figure 1: </span>What we do.</figcaption>'


def test_the_picture_and_its_caption_in_one_line() -> None:
    found = first_figure(page(figure(IMAGE + CAPTION)), AT)
    assert found == (f"{AT}x1.png", "Figure 1: What we do.")


def test_the_base_of_the_page_counts() -> None:
    found = first_figure(page(figure(IMAGE), head='<base href="/html/2405.00001v3/">'), AT)
    assert found == ("https://arxiv.org/html/2405.00001v3/x1.png", "")


@pytest.mark.parametrize(
    "passed_over",
    [
        figure(IMAGE, "ltx_table"),
        figure("<svg></svg>"),
        IMAGE,
        figure('<img src="https://elsewhere.org/x.png">'),
        figure('<img src="data:image/png;base64,AAAA">'),
        figure('<img src="javascript:alert(1)">'),
        figure('<img src="icon.png" width="16" height="16">'),
    ],
    ids=["table", "drawing", "no figure", "another host", "data", "script", "sign"],
)
def test_what_is_no_figure_is_passed_over(passed_over: str) -> None:
    assert first_figure(page(passed_over), AT) is None
    found = first_figure(page(passed_over + figure('<img src="x2.png">')), AT)
    assert found is not None and found.url.endswith("x2.png")


def test_of_a_figure_in_parts_the_first_picture_under_the_caption_of_the_whole() -> None:
    part = figure('<img src="a.png"><figcaption>(a)</figcaption>', "ltx_figure ltx_figure_panel")
    found = first_figure(page(figure(part + part.replace("a.png", "b.png") + CAPTION)), AT)
    assert found == (f"{AT}a.png", "Figure 1: What we do.")


def test_formulas_in_a_caption_read_as_tex() -> None:
    caption = '<figcaption>Loss of <math alttext="L_{0}"><mi>L</mi><mn>0</mn></math> falls.</figcaption>'
    found = first_figure(page(figure(IMAGE + caption)), AT)
    assert found is not None and found.caption == "Loss of L_{0} falls."


def test_a_long_caption_is_cut() -> None:
    found = first_figure(page(figure(f"{IMAGE}<figcaption>{'word ' * 500}</figcaption>")), AT)
    assert found is not None and len(found.caption) <= LONGEST_CAPTION and found.caption.endswith("…")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_without_a_figure_or_with_one_on_its_host(body: bytes) -> None:
    found = first_figure(body, AT)
    assert found is None or found.url.startswith("https://arxiv.org/")
