"""The notebook as Markdown: each note as it was written, with what was pinned to it."""

from __future__ import annotations

from core.exports import words
from core.exports.escape import clean, markdown
from core.exports.export import Export
from core.exports.report import Report, ReportedNote
from core.exports.sections import figure_section, paper_line, run_section
from core.language import Text


def note_head(note: ReportedNote) -> str:
    """The note's title and day."""
    return f"## {markdown(note.title)}\n\n{note.created.date()}"


def pins(note: ReportedNote, language: str) -> str:
    """The pinned papers and runs of a note, and the pins that lead nowhere; empty where nothing is pinned."""
    parts = []
    if note.papers:
        listed = "\n".join(paper_line(paper, language) for paper in note.papers)
        parts.append(f"### {words.PINNED_PAPERS.to(language)}\n\n{listed}")
    if note.runs:
        runs = "\n\n".join(run_section(run, language, level=4) for run in note.runs)
        parts.append(f"### {words.PINNED_RUNS.to(language)}\n\n{runs}")
    if note.missing:
        parts.append(f"{words.MISSING.to(language)}: {', '.join(map(markdown, note.missing))}")
    return "\n\n".join(parts)


def note_markdown(note: ReportedNote, language: str) -> str:
    """One note, whole."""
    figures = (figure_section(figure, language) for figure in note.figures)
    parts = (note_head(note), clean(note.text).strip(), pins(note, language), *figures)
    return "\n\n".join(part for part in parts if part)


def notebook(report: Report, language: str) -> str:
    """The whole notebook, oldest note first."""
    notes = sorted(report.notes, key=lambda note: (note.created, note.id))
    body = "\n\n".join(note_markdown(note, language) for note in notes) or words.NO_NOTES.to(language)
    return f"# {words.NOTEBOOK.to(language)}\n\n{body}\n"


def _render(report: Report, language: str) -> bytes:
    return notebook(report, language).encode()


EXPORT = Export(
    id="notebook-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="notebook",
    name=Text("Markdown", "마크다운"),
    help=Text(
        "The notes as they were written, with what is pinned to them.", "적은 그대로의 메모와 거기에 고정한 것들."
    ),
    render=_render,
)
