"""Which parts, in Markdown, do several formats share: tables, lists of papers, runs with their verdicts, figures?"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from core.exports import words
from core.exports.escape import markdown, title, url_of
from core.exports.report import Finding, ListedPaper, ReportedFigure, ReportedRun
from core.language import Text

# A longer series is thinned to this many rows; the figure's JSON has them all.
POINTS = 60


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def authors(names: Sequence[str], language: str, *, most: int = 3) -> str:
    """The first names, and that there are more."""
    named = [name for name in names if name.lower() not in ("et al.", "et al")]
    shown = ", ".join(named[:most])
    more = len(named) > most or len(named) < len(names)
    return f"{shown} {words.OTHERS.to(language)}".strip() if more else shown


def paper_line(listed: ListedPaper, language: str) -> str:
    """One list item: title as a link, authors, day, tags."""
    paper = listed.paper
    parts = [markdown(authors(paper.authors, language))] if paper.authors else []
    if paper.submitted:
        parts.append(paper.submitted.date().isoformat())
    tags = [words.tag_name("stage", value, language) for value in listed.stages]
    tags += [words.tag_name("topic", value, language) for value in listed.topics]
    tags += [words.tag_name("application", value, language) for value in listed.applications]
    if tags:
        parts.append(", ".join(map(markdown, tags)))
    return f"- [{title(paper.title)}]({url_of(paper.id)})" + "".join(f" · {part}" for part in parts)


def ours(finding: Finding, language: str) -> str:
    """Our number with its interval, unit and replicates."""
    verdict = finding.verdict
    if verdict.contrast is None:
        return "–"
    span = "" if verdict.low is None else f" [{words.number(verdict.low)}, {words.number(verdict.high)}]"
    return f"{words.number(verdict.contrast)}{span} {finding.unit.to(language)} (n = {verdict.n})".replace("  ", " ")


def run_section(run: ReportedRun, language: str, *, level: int = 3) -> str:
    """A run's heading, parameters, and the table of claims with the paper's number, ours and the verdict."""
    lines = [f"{'#' * level} {markdown(run.title.to(language))}", ""]
    preset = words.PRESETS.get(run.preset, Text(run.preset)).to(language)
    facts = [markdown(run.id), markdown(preset)]
    if run.params:
        given = json.dumps(dict(run.params), ensure_ascii=False, sort_keys=True)
        facts.append(f"{words.PARAMS.to(language)}: {markdown(given)}")
    if run.seed is not None:
        facts.append(f"{words.SEED.to(language)} {run.seed}")
    lines += [" · ".join(facts), ""]
    if not run.findings:
        return "\n".join([*lines, words.NO_FINDINGS.to(language)])
    heads = (words.CLAIM, words.PAPER, words.REPORTED, words.OURS, words.VERDICT, words.DEVICE)
    lines.append(table([head.to(language) for head in heads], (_finding_row(one, language) for one in run.findings)))
    for finding in run.findings:
        reason = finding.verdict.reason
        if reason:
            lines += ["", markdown(reason.get(language) or reason.get("en", ""))]
    made = _made_with(run.findings, language)
    return "\n".join([*lines, "", made] if made else lines)


def _finding_row(finding: Finding, language: str) -> list[str]:
    verdict = finding.verdict
    outcome = words.OUTCOMES.get(verdict.outcome, Text(verdict.outcome)).to(language)
    if verdict.null:
        outcome = f"{outcome} ({words.NULL_WORLD.to(language)})"
    return [
        markdown(finding.sentence.to(language)),
        f"[{markdown(finding.paper)}]({url_of(finding.paper)})",
        markdown(finding.paper_says.to(language)),
        markdown(ours(finding, language)),
        f"**{markdown(outcome)}**",
        markdown(verdict.device),
    ]


def _made_with(findings: Sequence[Finding], language: str) -> str:
    """Versions and commit, once where all findings share them."""
    lines = []
    for verdict in (finding.verdict for finding in findings):
        versions = ", ".join(f"{name} {value}" for name, value in sorted(verdict.versions.items()))
        parts = [f"{words.VERSIONS.to(language)}: {markdown(versions)}"] if versions else []
        if verdict.commit:
            parts.append(f"{words.COMMIT.to(language)}: {markdown(verdict.commit)}")
        lines.append(" · ".join(parts))
    return "\n\n".join(dict.fromkeys(line for line in lines if line))


def points(plotly: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(series, x, y) of every trace that has both, thinned evenly to `POINTS` a trace."""
    for place, trace in enumerate(plotly.get("data") or ()):
        if not isinstance(trace, Mapping):
            continue
        xs, ys = _values(trace.get("x")), _values(trace.get("y"))
        count = min(len(xs), len(ys))
        step = max(1, math.ceil(count / POINTS))
        name = str(trace.get("name") or place + 1)
        for at in range(0, count, step):
            yield name, _shown(xs[at]), _shown(ys[at])


def _values(given: Any) -> list[Any]:
    """A trace's values; Plotly writes arrays of numbers as base64 with their type."""
    if isinstance(given, Mapping) and isinstance(given.get("bdata"), str):
        kind = np.dtype(str(given.get("dtype", "f8"))).newbyteorder("<")
        return list(np.frombuffer(base64.b64decode(given["bdata"]), dtype=kind).tolist())
    return list(given) if isinstance(given, list | tuple) else []


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return words.number(value)
    return "–" if value is None else str(value)


def figure_section(figure: ReportedFigure, language: str, *, level: int = 3) -> str:
    """A figure as its title and the table of its points: Markdown has no charts."""
    rows = [[markdown(cell) for cell in row] for row in points(figure.plotly)]
    head = f"{'#' * level} {markdown(figure.title.to(language))}"
    return f"{head}\n\n{table([words.SERIES.to(language), 'x', 'y'], rows)}" if rows else head
