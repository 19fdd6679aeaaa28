"""What happened in a period, for a spreadsheet: one long table, one number a row."""

from __future__ import annotations

from collections.abc import Iterator

from core.exports import words
from core.exports.export import Export
from core.exports.report import Report, ReportedRun
from core.exports.tabular import csv_bytes
from core.language import Text
from core.papers.trends import Change

Row = tuple[object, ...]


def _change_rows(report: Report, change: Change, language: str) -> Iterator[Row]:
    head = (words.KINDS[change.kind].to(language), change.value, words.tag_name(change.kind, change.value, language))
    sides = (
        (report.before, change.before, change.share_before, change.interval_before),
        (report.period, change.after, change.share_after, change.interval_after),
    )
    for period, count, share, interval in sides:
        low, high = interval or (None, None)
        values = ((words.PAPERS, count), (words.SHARE, share), (words.LOW, low), (words.HIGH, high))
        for measure, value in values:
            yield (words.TREND.to(language), period, *head, measure.to(language), value)
    tested = ((Text("p"), change.p), (Text("q"), change.q))
    for measure, value in tested:
        yield (words.TREND.to(language), report.period, *head, measure.to(language), value)
    direction = words.DIRECTIONS[change.direction].to(language)
    yield (words.TREND.to(language), report.period, *head, words.CHANGE.to(language), direction)


def _run_rows(report: Report, run: ReportedRun, language: str) -> Iterator[Row]:
    for finding in run.findings:
        verdict = finding.verdict
        outcome = words.OUTCOMES.get(verdict.outcome, Text(verdict.outcome)).to(language)
        versions = ", ".join(f"{name} {value}" for name, value in sorted(verdict.versions.items()))
        values = (
            (words.CLAIM, finding.sentence.to(language)),
            (words.PAPER, finding.paper),
            (words.REPORTED, finding.paper_says.to(language)),
            (words.OURS, verdict.contrast),
            (words.LOW, verdict.low),
            (words.HIGH, verdict.high),
            (words.MARGIN, verdict.margin),
            (words.REPLICATES, verdict.n),
            (words.VERDICT, f"{outcome} ({words.NULL_WORLD.to(language)})" if verdict.null else outcome),
            (words.DEVICE, verdict.device),
            (words.VERSIONS, versions),
            (words.COMMIT, verdict.commit),
        )
        head = (words.RUN.to(language), report.period, run.experiment, f"{run.id}/{verdict.claim}")
        for measure, value in values:
            yield (*head, run.title.to(language), measure.to(language), value)


def _rows(report: Report, language: str) -> Iterator[Row]:
    for period, papers in ((report.before, report.papers_before), (report.period, report.papers_after)):
        yield (words.TREND.to(language), period, "", "", "", words.PAPERS.to(language), papers)
    for kind in words.KINDS:
        for change in report.of_kind(kind):
            yield from _change_rows(report, change, language)
    for listed in report.papers:
        paper = listed.paper
        tags = "; ".join(words.tag_name("stage", value, language) for value in listed.stages)
        day = paper.submitted.date() if paper.submitted else None
        for measure, value in ((words.SUBMITTED, day), (words.STAGE, tags)):
            yield (words.PAPER.to(language), report.period, "", paper.id, paper.title, measure.to(language), value)
    for run in report.runs:
        yield from _run_rows(report, run, language)


def _render(report: Report, language: str) -> bytes:
    heads = (words.SECTION, words.PERIOD, words.KIND, words.ITEM, words.NAME, words.MEASURE, words.VALUE)
    return csv_bytes([head.to(language).lower() for head in heads], _rows(report, language))


EXPORT = Export(
    id="summary-csv",
    suffix=".csv",
    mime="text/csv",
    kind="summary",
    title=Text("Trend summary (CSV)", "동향 요약 (CSV)"),
    render=_render,
)
