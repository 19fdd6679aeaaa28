"""How does one get from a quote to where it stands? By a link to its paper that carries it, and a mark on that page.

The words of the link are looked for in the paper's own text and shown only where they stand there: a link can mark, but
it cannot put words on the page.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote as quoted
from urllib.parse import urlencode

import streamlit as st

from core.papers.latex import readable
from core.papers.sentences import passages

PARAM = "quote"  # the quote in the address of the paper's page
_MOST = 300  # letters of it; more are not needed to find it


def params(paper_id: str, text: str) -> dict[str, str]:
    """What the address of a paper's page says of a quote."""
    return {"id": paper_id, PARAM: _line(text)[:_MOST]}


def address(paper_id: str, text: str) -> str:
    """That page, as a link within a page's text has it."""
    return f"paper?{urlencode(params(paper_id, text), quote_via=quoted)}"


def wanted() -> str:
    """The quote that the address of this page asks for; '' for none."""
    return _line(st.query_params.get(PARAM, ""))[:_MOST]


def stands_in(text: str | None, quote: str) -> bool:
    """Whether a text has these words."""
    return bool(quote) and quote in _line(text or "")


def marked(text: str, quote: str) -> str:
    """HTML of a paper's text, with the passage marked that begins with `quote`, where it has it."""
    line = _line(text)
    if not stands_in(line, quote):
        return escape(readable(text))
    whole = next((passage for passage in passages(line) if passage.startswith(quote)), quote)
    before, _, after = line.partition(whole)
    found = f'<mark class="tl-quoted">{escape(readable(whole))}</mark>'
    return f"{escape(readable(before))}{found}{escape(readable(after))}"


def _line(text: str) -> str:
    return " ".join(text.split())
