"""What happened in a period, as one page with its charts: opens in any browser, asks nothing of any network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.exports import tables, words
from core.exports.export import Export
from core.exports.glance import glance
from core.exports.markdown_html import markdown_html
from core.exports.page.charts import Charts
from core.exports.page.shell import fill
from core.exports.report import ListedPaper, Report, ReportedFigure, ReportedNote, ReportedRun
from core.exports.sections import authors, run_facts, tag_names
from core.exports.tables import Sheet
from core.language import Text, said_in

_MARKS: Mapping[str, str] = {
    "supported": "supported",
    "not supported": "refuted",
    "too small to tell": "open",
    "invalid": "refuted",
}


def _paper(listed: ListedPaper, language: str) -> dict[str, Any]:
    paper = listed.paper
    day = paper.submitted.date().isoformat() if paper.submitted else ""
    facts = (authors(paper.authors, language), day, ", ".join(tag_names(listed, language)))
    return {"link": tables.link(listed), "facts": [fact for fact in facts if fact]}


def _run(run: ReportedRun, charts: Charts, figures: Iterable[ReportedFigure], language: str) -> dict[str, Any]:
    sheet = tables.evidence(run, language)
    findings = []
    for finding, row in zip(run.findings, sheet.rows, strict=True):
        facts = dict(zip(sheet.heads, row, strict=True))
        claim, verdict = (facts.pop(word.to(language)) for word in (words.CLAIM, words.VERDICT))
        reason = finding.verdict.reason
        findings.append(
            {
                "claim": claim,
                "verdict": verdict,
                # What a null world finds is no finding of the paper's claim, and has none of its colours.
                "mark": "open" if finding.verdict.null else _MARKS.get(finding.verdict.outcome, "open"),
                "facts": list(facts.items()),
                "reason": said_in(reason, language),
            }
        )
    return {
        "title": sheet.title,
        "facts": run_facts(run, language),
        "findings": findings,
        "made_with": tables.made_with(run.findings, language),
        "figures": charts.add(figures),
    }


def _note(note: ReportedNote, charts: Charts, language: str) -> dict[str, Any]:
    return {
        "title": note.title,
        "day": note.created.date().isoformat(),
        "html": markdown_html(note.text, below=3),
        "papers": [_paper(listed, language) for listed in note.papers],
        "runs": [_run(run, charts, (), language) for run in note.runs],
        "figures": charts.add(note.figures),
        "missing": note.missing,
    }


def _parts(report: Report, language: str, *, has_figures: bool) -> list[dict[str, Any]]:
    """The page's sections in their order: id, title, and the table where it is one."""
    parts: list[dict[str, Any]] = [{"id": "figures", "title": words.FIGURES.to(language)}] if has_figures else []
    counted = [(kind, tables.counts(report, kind, language)) for kind in words.KINDS]
    tabled = [_table(f"{kind}s", sheet) for kind, sheet in counted if sheet]
    if tabled:
        tabled[-1]["note"] = words.TEST.to(language)
    more = {
        "terms": tables.terms(report.terms, language),
        "noticed": tables.noticed(report.noticed, language),
        "joins": tables.joins(report.joins, language),
    }
    parts += tabled + [_table(name, sheet) for name, sheet in more.items() if sheet]
    if report.papers:
        parts.append({"id": "papers", "title": words.NOTABLE.to(language)})
    if sheet := tables.claims(report.evidence, language):
        parts.append(_table("claims", sheet))
    parts.append({"id": "evidence", "title": words.EVIDENCE.to(language)})
    if report.notes:
        parts.append({"id": "notes", "title": words.NOTES.to(language)})
    return parts


def _table(name: str, sheet: Sheet) -> dict[str, Any]:
    return {"id": name, "title": sheet.title, "heads": sheet.heads, "rows": sheet.rows, "note": sheet.note}


def _figures_of(report: Report, run: ReportedRun) -> list[ReportedFigure]:
    """The charts of a run carry its id in their names, as their pins do."""
    return [figure for figure in report.figures if figure.name.startswith(f"run:{run.id}#")]


def _render(report: Report, language: str) -> bytes:
    charts = Charts(language)
    drawn_below = {figure.name for run in report.runs for figure in _figures_of(report, run)}
    figures = charts.add(figure for figure in report.figures if figure.name not in drawn_below)
    runs = [_run(run, charts, _figures_of(report, run), language) for run in report.runs]
    notes = sorted(report.notes, key=lambda note: (note.created, note.id))
    noted = [_note(note, charts, language) for note in notes]
    return fill(
        charts=charts.data(),
        language=language,
        period=str(report.period),
        w={name: value.to(language) for name, value in vars(words).items() if isinstance(value, Text)},
        marks={words.RISING.to(language): "rising", words.FALLING.to(language): "falling"},
        lines=glance(report, language),
        parts=_parts(report, language, has_figures=bool(figures)),
        figures=figures,
        listed=[_paper(listed, language) for listed in report.papers],
        runs=runs,
        notes=noted,
    )


EXPORT = Export(
    id="summary-html",
    suffix=".html",
    mime="text/html",
    kind="summary",
    name=Text("Web page", "웹 페이지"),
    help=Text(
        "One page with living charts that opens in any browser without a network; prints well.",
        "네트워크 없이 어느 브라우저에서나 열리고 그림이 살아 있는 한 쪽짜리 문서. 인쇄에도 알맞다.",
    ),
    render=_render,
)
