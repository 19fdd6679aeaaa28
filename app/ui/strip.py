"""How is a text drawn whose tokens carry a number each? As the text itself, shaded: the deeper, the higher.

Tokens are text from anywhere: escaped, each kept to its own place on the line whatever letters it holds, and what
cannot be seen shown by a sign. What a token says when it is pointed at stands in a table too, for all who do not point.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from app.ui.escape import plain
from app.ui.words import _, event_text
from core.events import Strip

_SHADE = "230,126,34"  # an orange under which dark letters read on white, and light ones on black
_DEEPEST = 0.62  # the most of it that leaves a contrast of 4.5
_SIGNS = {"\n": "↵\n", "\t": "⇥\t", "\r": "␍"}
_TEXT = "line-height:1.9;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.95rem"
_LEGEND = "display:flex;align-items:center;gap:.4rem;font-size:.78rem;opacity:.85;margin-top:.35rem"


def draw(strip: Strip, *, scope: str) -> None:
    """The strip under its title, the legend of its shades, and its numbers folded away.

    :param scope: makes the keys of widgets differ where a strip is drawn twice.
    """
    st.markdown(f"**{plain(event_text(strip.title))}**")
    st.html(shaded(strip))
    folded = st.expander(_("The numbers"), key=f"strip-{scope}-{strip.name}", on_change="rerun")
    if folded.open:
        with folded:
            st.dataframe(_rows(strip), hide_index=True)


def shaded(strip: Strip) -> str:
    """The text and its legend as HTML; tokens that are marked can be reached with the keyboard."""
    chosen = set(strip.chosen)
    spans = [_span(strip, place, chosen=place in chosen) for place in range(len(strip.tokens))]
    scale = f"{strip.high:.3g} {escape(strip.unit_of_measure)}"
    bar = f"width:7rem;height:.7rem;border-radius:.2rem;background:linear-gradient(90deg,{_shade(0)},{_shade(1)})"
    legend = f'<div style="{_LEGEND}"><span>0</span><span style="{bar}"></span><span>{scale}</span></div>'
    return f'<div class="tl-strip" style="{_TEXT}">{"".join(spans)}</div>{legend}'


def _span(strip: Strip, place: int, *, chosen: bool) -> str:
    said = escape(_said(strip, place))
    # Isolated: a letter that turns the direction of writing turns that of its own token alone.
    style = f"unicode-bidi:isolate;border-radius:.2rem;background:{_shade(_share(strip, place))}"
    more = ""
    if chosen:
        style += ";outline:2px solid currentColor;outline-offset:-1px;font-weight:600"
        more = f' tabindex="0" aria-label="{escape(strip.tokens[place])}: {said}"'
    return f'<span style="{style}" title="{said}"{more}>{escape(_seen(strip.tokens[place]))}</span>'


def _share(strip: Strip, place: int) -> float:
    value = strip.values[place]
    return 0.0 if value is None or strip.high <= 0 else min(max(value / strip.high, 0.0), 1.0)


def _shade(share: float) -> str:
    return f"rgba({_SHADE},{share * _DEEPEST:.3f})"


def _said(strip: Strip, place: int) -> str:
    """What a token says when it is pointed at: its number, and the note that it has."""
    value = strip.values[place]
    number = "" if value is None else f"{value:.3g} {strip.unit_of_measure}"
    note = strip.notes[place] if strip.notes else ""
    return " · ".join(part for part in (number, note) if part)


def _seen(token: str) -> str:
    """A token with all of its letters to be seen; a part of a character is an ellipsis."""
    signs = (
        _SIGNS.get(letter) or (letter if letter.isprintable() else f"‹{ord(letter):X}›") for letter in token or "…"
    )
    return "".join(signs)


def _rows(strip: Strip) -> list[dict[str, object]]:
    token, note, marked = _("token"), _("note"), _("marked")
    rows: list[dict[str, object]] = []
    for place, piece in enumerate(strip.tokens):
        row: dict[str, object] = {token: _seen(piece), strip.unit_of_measure: strip.values[place]}
        if strip.notes:
            row[note] = strip.notes[place]
        if strip.chosen:
            row[marked] = place in strip.chosen
        rows.append(row)
    return rows
