"""How is a text from outside kept from becoming markup, a formula or a command in the file that carries it?"""

from __future__ import annotations

import re

from core.papers.latex import readable

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>|$~&#]")
_AUTOLINK = re.compile(r"(?<=:)//|(?<=www)\.(?=\w)|(?<=\w)@(?=\w)", re.IGNORECASE)
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])", re.MULTILINE)
# Full-width forms count: some spreadsheets take them for the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def one_line(text: str) -> str:
    """`text` without line breaks and control signs."""
    return " ".join(_CONTROL.sub("", text).split())


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
    clean = _CONTROL.sub("", text)
    return f"'{clean}" if clean.lstrip(" \n").startswith(_FORMULA) or clean.startswith(_FORMULA) else clean


def url_of(paper_id: str) -> str:
    """The paper's page on arXiv; an id holds no sign that would need more."""
    return f"https://arxiv.org/abs/{re.sub(r'[^A-Za-z0-9./-]', '', paper_id)}"
