"""How is a text from outside kept from becoming markup, a formula or a command in the file that carries it?"""

from __future__ import annotations

import re

from core.papers.latex import readable

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>|$~&#]")
_AUTOLINK = re.compile(r"(?<=:)//|(?<=www)\.(?=\w)|(?<=\w)@(?=\w)", re.IGNORECASE)
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])", re.MULTILINE)
# Full-width and small forms count: some spreadsheets take them for the plain ones.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
# A formula may hide behind blanks that do not show.
_FORMULA = re.compile(rf"[\s\ufeff\u200b-\u200f\u2060]*[{_SIGNS}\t\r]")
# Where semicolons part the cells, and quotes therefore do not hold them together, these begin a cell too.
_LATER_FORMULA = re.compile(rf"([;\t\r\n]\s*)(?=[{_SIGNS}])")
# What XML forbids, lone surrogates, and the signs that turn the writing direction of all that follows them.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """`text` without control signs, lone surrogates and turns of the writing direction; line breaks stay."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """`text` without line breaks and control signs."""
    return " ".join(clean(text).split())


def markdown(text: str) -> str:
    """Text that Markdown shows as it stands, in one line: fit for a sentence, a link's text and a table's cell."""
    line = _MARKDOWN.sub(r"\\\g<0>", one_line(text))
    # GitHub links bare addresses by itself; a backslash before a sign stops it and does not show.
    line = _AUTOLINK.sub(lambda match: "".join(f"\\{sign}" for sign in match[0]), line)
    return _LINE_START.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)


def title(text: str) -> str:
    """A paper's title for Markdown: LaTeX made readable, then escaped."""
    return markdown(readable(text))


def csv_cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not run: what begins like a formula gets an apostrophe before it."""
    shown = _LATER_FORMULA.sub(r"\1'", clean(text))
    return f"'{shown}" if _FORMULA.match(shown) else shown


def url_of(paper_id: str) -> str:
    """The paper's page on arXiv; an id holds no sign that would need more."""
    return f"https://arxiv.org/abs/{re.sub(r'[^A-Za-z0-9./-]', '', paper_id)}"
