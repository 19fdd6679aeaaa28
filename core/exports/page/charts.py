"""Which figures does a page draw, and what does its script need to know of them?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from core.exports import words
from core.exports.escape import clean
from core.exports.json_text import plain
from core.exports.points import axes, points
from core.exports.report import ReportedFigure
from core.papers.taxonomy import stages

# Plotly reads a little HTML in texts; what is not of this list is shown as it stands.
_MARKUP = re.compile(r"<(?!/?(?:b|i|em|sub|sup|br|extra)\s*/?>)")


class Charts:
    """Collects the figures of a page, each once, and tells the page where each is."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.drawn: list[Any] = []

    def add(self, figures: Iterable[ReportedFigure]) -> list[dict[str, Any]]:
        """What the page shows of each figure."""
        return [self._add(figure) for figure in figures]

    def _add(self, figure: ReportedFigure) -> dict[str, Any]:
        plotly = plain(figure.plotly)
        # The page has a template of its own, in the reader's colours.
        layout = {name: value for name, value in (plotly.get("layout") or {}).items() if name != "template"}
        self.drawn.append(_readable({"data": plotly.get("data") or [], "layout": layout}))
        return {
            "place": len(self.drawn) - 1,
            "title": figure.title.to(self._language),
            "heads": (words.SERIES.to(self._language), *axes(figure.plotly)),
            "rows": list(points(figure.plotly)),
        }

    def data(self) -> dict[str, Any]:
        """What the page's script reads: figures, and the dark theme's shade of each colour of the taxonomy."""
        shades = {stage.light.lower(): stage.dark for stage in stages().values()}
        return {"figures": self.drawn, "language": self._language, "shades": shades}


def _readable(value: Any) -> Any:
    """A figure without control signs, and without markup that could lead away from the page."""
    if isinstance(value, str):
        return _MARKUP.sub("&lt;", clean(value))
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    return list(map(_readable, value)) if isinstance(value, list) else value
