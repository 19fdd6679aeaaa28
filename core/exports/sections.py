"""Which parts, in Markdown, do several formats share: tables, lists of papers, runs with their verdicts, figures?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.exports import tables, words
from core.exports.escape import markdown, title, url_of
from core.exports.json_text import json_text
from core.exports.points import axes, points
from core.exports.report import ListedPaper, ReportedFigure, ReportedRun
from core.exports.tables import Cell, Sheet
from core.language import Text


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def cell(given: Cell) -> str:
    """A cell of a sheet: its text, or links parted by semicolons."""
    if isinstance(given, str):
        return markdown(given)
    return "; ".join(f"[{markdown(text)}]({url_of(paper_id)})" for text, paper_id in given)


def sheet_table(sheet: Sheet) -> str:
    """A sheet's rows as a Markdown table."""
    return table([markdown(head) for head in sheet.heads], (list(map(cell, row)) for row in sheet.rows))


def sheet_section(sheet: Sheet, *, level: int = 2) -> str:
    """A sheet with its heading, and what its numbers mean."""
    parts = (f"{'#' * level} {markdown(sheet.title)}", sheet_table(sheet), markdown(sheet.note))
    return "\n\n".join(part for part in parts if part)


def authors(names: Sequence[str], language: str, *, most: int = 3) -> str:
    """The first names, and that there are more."""
    named = [name for name in names if name.lower() not in ("et al.", "et al")]
    shown = ", ".join(named[:most])
    more = len(named) > most or len(named) < len(names)
    return f"{shown} {words.OTHERS.to(language)}".strip() if more else shown


def tag_names(listed: ListedPaper, language: str) -> list[str]:
    """The names of a paper's stages, topics and applications."""
    tags = [words.tag_name("stage", value, language) for value in listed.stages]
    tags += [words.tag_name("topic", value, language) for value in listed.topics]
    return tags + [words.tag_name("application", value, language) for value in listed.applications]


def paper_line(listed: ListedPaper, language: str) -> str:
    """One list item: title as a link, authors, day, tags."""
    paper = listed.paper
    parts = [markdown(authors(paper.authors, language))] if paper.authors else []
    if paper.submitted:
        parts.append(paper.submitted.date().isoformat())
    if tags := tag_names(listed, language):
        parts.append(", ".join(map(markdown, tags)))
    shown = title(paper.title) or markdown(paper.id)
    return f"- [{shown}]({url_of(paper.id)})" + "".join(f" · {part}" for part in parts)


def run_facts(run: ReportedRun, language: str) -> list[str]:
    """Id, preset, parameters and seed of a run, as plain text."""
    facts = [run.id, words.PRESETS.get(run.preset, Text(run.preset)).to(language)]
    if run.params:
        given = ", ".join(f"{name} = {_value(value)}" for name, value in sorted(run.params.items()))
        facts.append(f"{words.PARAMS.to(language)}: {given}")
    if run.seed is not None:
        facts.append(f"{words.SEED.to(language)} {run.seed}")
    return [fact for fact in facts if fact]


def _value(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)


def run_section(run: ReportedRun, language: str, *, level: int = 3) -> str:
    """A run's heading, parameters, and the table of claims with the paper's number, ours and the verdict."""
    head = f"{'#' * level} {markdown(run.title.to(language))}"
    facts = " · ".join(map(markdown, run_facts(run, language)))
    if not run.findings:
        return "\n\n".join((head, facts, words.NO_FINDINGS.to(language)))
    parts = (
        *(head, facts, sheet_table(tables.evidence(run, language))),
        *map(markdown, tables.reasons(run, language)),
        *map(markdown, tables.made_with(run.findings, language)),
    )
    return "\n\n".join(part for part in parts if part)


def figure_section(figure: ReportedFigure, language: str, *, level: int = 3) -> str:
    """A figure as its title and the table of its points: Markdown has no charts."""
    rows = [[markdown(cell) for cell in row] for row in points(figure.plotly)]
    head = f"{'#' * level} {markdown(figure.title.to(language))}"
    heads = (words.SERIES.to(language), *axes(figure.plotly))
    return f"{head}\n\n{table([markdown(one) for one in heads], rows)}" if rows else head
