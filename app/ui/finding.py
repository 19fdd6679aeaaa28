"""What can be typed into the search box, what of it was understood, and what is asked for in all?"""

from __future__ import annotations

import re
from datetime import timedelta

import streamlit as st

from app.ui import address
from app.ui.escape import plain
from app.ui.words import _
from core.papers.taxonomy import stages
from db.query import parse_text
from db.records import Filters

PARAM = "q"  # the box in the address
_KEY = "search-box"


def box() -> str | None:
    """The search box and its help; what was typed, or None."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        address.ask(_KEY, PARAM, str)
        words = st.text_input(
            _("Search"),
            placeholder=_('words, "a phrase", -without'),
            key=_KEY,
            label_visibility="collapsed",
            icon=":material/search:",
        )
        with st.popover("", icon=":material/help:", type="tertiary", help=_("What can be typed"), width="content"):
            _language()
    words = words.strip()
    address.tell(PARAM, words)
    return words or None


def put(words: str) -> None:
    """Fill the box; for a button."""
    st.session_state[_KEY] = words


def hints(lines: tuple[str, ...]) -> None:
    """One quiet line for each piece that was not taken as it looks."""
    if lines:
        st.caption("  \n".join(f":material/info: {plain(hint(line))}" for line in lines))


def hint(line: str) -> str:
    """A hint of db/query.py in the visitor's language; as it is where it has no translation."""
    forms = {
        r"only the first (?P<n>\d+) words are asked for": _("only the first {n} words are asked for"),
        r"is:(?P<word>.*) is not known; there are (?P<known>.*)": _("is:{word} is not known; there are {known}"),
        r"(?P<name>\w+):(?P<word>.*) is no day; write 2026, 2026-08 or 2026-08-20": _(
            "{name}:{word} is no day; write 2026, 2026-08 or 2026-08-20"
        ),
        r"(?P<word>.*) is taken as a whole word: (?P<n>\d+) beginnings are enough": _(
            "{word} is taken as a whole word: {n} beginnings are enough"
        ),
        r"(?P<word>.*) is taken as a whole word: a beginning needs (?P<n>\d+) letters": _(
            "{word} is taken as a whole word: a beginning needs {n} letters"
        ),
    }
    for pattern, words in forms.items():
        if found := re.fullmatch(pattern, line, re.DOTALL):
            return words.format(**found.groupdict())
    return line


def can_rank(words: str | None) -> bool:
    """Whether there is a word by which papers can be better or worse matches."""
    return bool(parse_text(words).terms)


def query_of(filters: Filters) -> str:
    """All that is asked for as one text of the search box; '' where nothing is.

    How the papers stand with their reader is left out: that is another question of the same search.
    """
    before = None if filters.until is None else filters.until + timedelta(days=1)
    parts = {
        "stage": filters.stage,
        "topic": filters.topic,
        "app": filters.application,
        "source": filters.source,
        "after": filters.since,
        "before": before,
    }
    pieces = [f"{name}:{value}" for name, value in parts.items() if value is not None]
    # Words come last: a quote that is not closed would swallow what follows.
    return " ".join([*pieces, *(filters.text or "").split()])


def _language() -> None:
    """The help: an example for each thing that can be typed, to be pressed, and what it finds."""
    st.markdown(_("Press an example to try it; join them with spaces. Any text has an answer."))
    stage, *_others = stages()
    examples = {
        "long context": _("both words, anywhere in the paper or in your notes on it"),
        '"chain of thought"': _("the words side by side"),
        "retrieval -survey": _("without what follows the minus; it turns anything round"),
        "quantiz*": _("words that begin so; three letters at least. Korean words find their particles by themselves"),
        "title:agents": _("in the title"),
        'author:"Edward Hu"': _("among the authors"),
        "cat:cs.CL": _("in an arXiv category; cat:cs is all of its archive"),
        f"stage:{stage}": _("filed under a stage, topic: or app: (a field)"),
        "source:huggingface": _("told of by a source"),
        "after:2026-01 before:2026-07": _("first submitted in these days, months or years"),
        "votes>10": _("with more votes on Hugging Face; also >= < <= ="),
        "is:unread": _("also is:read, saved, skipped, starred, withdrawn, and is:new since your last visit"),
        "2106.09685": _("the paper with this arXiv number or address"),
    }
    with st.container(gap=None, key="examples"):
        for number, (example, meaning) in enumerate(examples.items()):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(f"`{example}`", key=f"try-{number}", type="tertiary", on_click=put, args=(example,))
                st.caption(meaning, width="content")
