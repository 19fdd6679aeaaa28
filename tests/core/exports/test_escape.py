"""Does escaped text show as it stands, in real readers?"""

from __future__ import annotations

import csv
import html
import io
import re
from html import unescape

import lxml.etree
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.exports.escape import csv_cell, markdown, one_line, url_of
from core.exports.tabular import csv_bytes

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "\t", "\r")
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown(source: str) -> str:
    tokens = READER.parse(source)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], source
    assert {child.type for child in tokens[1].children or ()} <= {"text"}, source
    return "".join(child.content for child in tokens[1].children or ())


def test_hostile_titles_show_as_they_stand(hostile: list[str]) -> None:
    for title in filter(one_line, hostile):
        assert shown(markdown(title)) == one_line(title)


@given(st.text().filter(lambda text: one_line(text)))
def test_any_text_shows_as_it_stands_in_markdown(text: str) -> None:
    line = one_line(text)
    assert shown(markdown(text)) == line


@given(st.text(alphabet="a|\\`*[] <", min_size=1).filter(lambda text: one_line(text)))
def test_any_text_stays_in_its_cell_of_a_table(text: str) -> None:
    page = READER.render(f"| a | b |\n| --- | --- |\n| {markdown(text)} | end |\n")
    cells = [unescape(part.partition("</td>")[0]) for part in page.split("<td>")[1:]]
    assert cells == [one_line(text), "end"]


@given(st.text())
@example(" \r")
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.lstrip(" \n\u3000\ufeff\u200b").startswith(SIGNS)


@given(st.text(alphabet="=+-@＝﹢;\t\r\n a", max_size=12))
def test_no_part_of_a_cell_begins_like_a_formula_where_semicolons_part_cells(text: str) -> None:
    for part in re.split(r"[;\t\r\n]", csv_cell(text)):
        assert not part.lstrip(" ").startswith(SIGNS)


@pytest.mark.parametrize("text", ["models; a - b", "2607.00001", "a=b", "x@y", "한 글", "GPT-4 + tools"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert csv_cell(text) == text


@given(st.text())
def test_no_line_holds_a_sign_that_xml_forbids_or_that_turns_the_writing(text: str) -> None:
    line = one_line(text)
    lxml.etree.fromstring(f"<a>{html.escape(line)}</a>".encode())
    assert not set(line) & {"\n", "\r", "\u2028", "\u202e", "\u2066", "\x00", "\ud800"}


def test_our_own_negative_numbers_stay_numbers() -> None:
    data = csv_bytes(["a", "b"], [[-1.5, "-1.5"], [None, "x"]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data))) == [["a", "b"], ["-1.5", "'-1.5"], ["", "x"]]


@pytest.mark.parametrize("bad", ["2607.00001)", "2607.00001](javascript:x", 'x" onclick="y'])
def test_an_id_cannot_leave_its_address(bad: str) -> None:
    assert not set(url_of(bad).removeprefix("https:")) & set('()[]:"<> ')
