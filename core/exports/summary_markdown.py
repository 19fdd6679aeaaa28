"""What happened in a period, for people: counts, changes beyond chance, papers, and the evidence of one's own runs."""

from __future__ import annotations

from core.exports import tables, words
from core.exports.escape import markdown
from core.exports.export import Export
from core.exports.glance import glance
from core.exports.report import Report
from core.exports.sections import figure_section, paper_line, run_section, sheet_section
from core.language import Text


def _glance(report: Report, language: str) -> str:
    lines = []
    for label, text, is_warning in glance(report, language):
        said = markdown(f"{label}: {text}" if label else text)
        lines.append(f"- **{said}**" if is_warning else f"- {said}")
    return "\n".join(lines)


def _render(report: Report, language: str) -> bytes:
    parts = [
        f"# {words.SUMMARY.to(language)} {report.period}",
        f"## {words.GLANCE.to(language)}",
        _glance(report, language),
    ]
    counted = (tables.counts(report, kind, language) for kind in words.KINDS)
    parts += [sheet_section(sheet) for sheet in counted if sheet]
    if report.changes:
        parts.append(markdown(words.TEST.to(language)))
    more = (
        tables.terms(report.terms, language),
        tables.noticed(report.noticed, language),
        tables.joins(report.joins, language),
    )
    parts += [sheet_section(sheet) for sheet in more if sheet]
    if report.papers:
        parts.append(f"## {words.NOTABLE.to(language)}")
        parts.append("\n".join(paper_line(listed, language) for listed in report.papers))
    if sheet := tables.claims(report.evidence, language):
        parts.append(sheet_section(sheet))
    parts.append(f"## {words.EVIDENCE.to(language)}")
    parts += [run_section(run, language) for run in report.runs] or [words.NO_RUNS.to(language)]
    if report.figures:
        parts.append(f"## {words.FIGURES.to(language)}")
        parts += [figure_section(figure, language) for figure in report.figures]
    return ("\n\n".join(parts) + "\n").encode()


EXPORT = Export(
    id="summary-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="summary",
    name=Text("Markdown", "마크다운"),
    help=Text(
        "Text to paste into a wiki, an issue or a mail; tables stand in for the charts.",
        "위키나 메일에 붙여 넣을 글. 그림 대신 표가 들어간다.",
    ),
    render=_render,
)
