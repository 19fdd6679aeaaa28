"""The notebook for Jupyter: a cell a note, and each pinned figure as code that draws it, with its picture's data."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.exports import words
from core.exports.escape import clean
from core.exports.export import Export
from core.exports.json_text import json_text
from core.exports.notebook_markdown import note_head, pins
from core.exports.report import Report, ReportedFigure
from core.language import Text


def _cell_id(place: int, source: str) -> str:
    # The format wants ids; random ones would make every export differ.
    return hashlib.sha256(f"{place}\n{source}".encode()).hexdigest()[:16]


def _figure_cell(figure: ReportedFigure) -> tuple[str, dict[str, Any]]:
    drawn = json_text(figure.plotly)
    source = f"import plotly.io\n\nplotly.io.from_json({drawn!r})"
    shown = {"application/vnd.plotly.v1+json": json.loads(drawn), "text/plain": figure.name}
    output = {"output_type": "display_data", "data": shown, "metadata": {}}
    return source, {"cell_type": "code", "execution_count": None, "outputs": [output]}


def _render(report: Report, language: str) -> bytes:
    markdown: dict[str, Any] = {"cell_type": "markdown"}
    parts: list[tuple[str, dict[str, Any]]] = [(f"# {words.NOTEBOOK.to(language)}", markdown)]
    for note in sorted(report.notes, key=lambda note: (note.created, note.id)):
        texts = (note_head(note), clean(note.text).strip(), pins(note, language))
        parts.append(("\n\n".join(text for text in texts if text), markdown))
        parts += [_figure_cell(figure) for figure in note.figures]
    if not report.notes:
        parts.append((words.NO_NOTES.to(language), markdown))
    cells = [
        cell | {"id": _cell_id(place, source), "metadata": {}, "source": source}
        for place, (source, cell) in enumerate(parts)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return (json_text(book, indent=1) + "\n").encode()


EXPORT = Export(
    id="notebook-ipynb",
    suffix=".ipynb",
    mime="application/x-ipynb+json",
    kind="notebook",
    name=Text("Jupyter", "주피터"),
    help=Text(
        "Goes on in Jupyter or VS Code: the pinned charts are code that draws them.",
        "주피터나 VS Code에서 이어서 쓸 수 있다. 고정한 그림은 그것을 그리는 코드로 담긴다.",
    ),
    render=_render,
)
