"""Where does an interval lie against its margin? One small picture a claim: the eye decides as the rule does."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from app.ui import style
from app.ui.words import _
from core.events import Verdict

WIDTH = 320
ROW = 22
LABELS = 92
PAD = 10
INK = {"light": "#31333f", "dark": "#e6e9ee"}
# On white and on the dark page each has a contrast of more than 3.
SHADES = {
    "light": {
        "supported": "#0d7a3e",
        "not supported": "#c22f2f",
        "too small to tell": "#6b7280",
        "invalid": "#b45309",
    },
    "dark": {
        "supported": "#3ecf7a",
        "not supported": "#ff7b72",
        "too small to tell": "#a3adba",
        "invalid": "#f0a13c",
    },
}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One verdict under its name."""

    name: str
    verdict: Verdict


def draw(bars: Sequence[Bar], *, margin: float, what: str) -> None:
    """The intervals under one another on one scale, with the margin as a line; nothing where none has an interval.

    :param what: for those who do not see it.
    """
    shown = [bar for bar in bars if bar.verdict.low is not None]
    picture = svg(shown, margin=margin)
    if picture:
        # As an image: the page keeps no SVG of its own, and nothing in an image can run.
        data = b64encode(picture.encode()).decode()
        said = f"{what}: {'; '.join(map(_said, shown))}; {_margin(margin)}"
        st.html(
            f'<img alt="{escape(said)}" src="data:image/svg+xml;base64,{data}" '
            f'style="width:100%;max-width:{WIDTH + 80}px;display:block">'
        )


def svg(bars: Sequence[Bar], *, margin: float) -> str:
    """The picture as SVG; '' without bars. All words in it are escaped."""
    ends = [value for bar in bars for value in (bar.verdict.low, bar.verdict.high) if value is not None]
    if not ends or not all(map(math.isfinite, ends)):
        return ""
    low, high = min(*ends, margin), max(*ends, margin)
    low, high = (low - 1, high + 1) if low == high else (low, high)

    def place(value: float | None) -> float:
        value = margin if value is None else value
        return round(LABELS + PAD + (value - low) / (high - low) * (WIDTH - LABELS - 2 * PAD), 1)

    height = ROW * len(bars) + 18
    at, ink = place(margin), INK[style.theme()]
    words_at = min(max(at, LABELS + 30), WIDTH - 34)
    parts = [
        f'<line x1="{at}" x2="{at}" y1="2" y2="{height - 14}" stroke="{ink}" stroke-dasharray="3 3"/>',
        f'<text x="{words_at}" y="{height - 3}" text-anchor="middle" fill="{ink}">{escape(_margin(margin))}</text>',
    ]
    for number, bar in enumerate(bars):
        parts.append(_bar(bar, y=ROW * number + ROW / 2, place=place))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="11">{"".join(parts)}</svg>'
    )


def _margin(margin: float) -> str:
    return _("margin {n}").format(n=f"{margin:g}")


def _said(bar: Bar) -> str:
    verdict = bar.verdict
    return f"{bar.name} {verdict.contrast:.3g} [{verdict.low:.3g}, {verdict.high:.3g}]"


def _bar(bar: Bar, *, y: float, place: Callable[[float | None], float]) -> str:
    verdict, theme = bar.verdict, style.theme()
    # What a null world shows has none of the verdicts' colours.
    shade = SHADES[theme]["too small to tell" if verdict.null else verdict.outcome]
    left, middle, right = (place(value) for value in (verdict.low, verdict.contrast, verdict.high))
    dash = ' stroke-dasharray="4 3"' if verdict.null else ""
    ends = "".join(
        f'<line x1="{x}" x2="{x}" y1="{y - 4}" y2="{y + 4}" stroke="{shade}" stroke-width="2"/>' for x in (left, right)
    )
    return (
        f'<text x="0" y="{y + 4}" fill="{INK[theme]}">{escape(bar.name)}</text>'
        f'<line class="span" x1="{left}" x2="{max(right, left + 1)}" y1="{y}" y2="{y}" stroke="{shade}" '
        f'stroke-width="3"{dash}/>{ends}<circle cx="{middle}" cy="{y}" r="4.5" fill="{shade}"/>'
    )
