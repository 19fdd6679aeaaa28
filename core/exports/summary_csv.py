"""What happened in a period, for a spreadsheet: one long table, one number a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.exports import words
from core.exports.export import Export
from core.exports.report import Evidence, JoinedStages, ListedPaper, NoticedPaper, Report, ReportedRun, ReportedTerm
from core.exports.tabular import csv_bytes
from core.language import Text
from core.papers.trends import Change

Row = tuple[object, ...]


def _change_rows(report: Report, section: Text, change: Change, language: str) -> Iterator[Row]:
    name = words.tag_name(change.kind, change.value, language)
    head = (words.kind_name(change.kind).to(language), change.value, name)
    sides = (
        (report.before, change.before, change.share_before, change.interval_before),
        (report.period, change.after, change.share_after, change.interval_after),
    )
    for period, count, share, interval in sides:
        low, high = interval or (None, None)
        values = ((words.PAPERS, count), (words.SHARE, share), (words.LOW, low), (words.HIGH, high))
        for measure, value in values:
            yield (section.to(language), period, *head, measure.to(language), value)
    direction = words.DIRECTIONS[change.direction].to(language)
    for measure, said in ((Text("p"), change.p), (Text("q"), change.q), (words.CHANGE, direction)):
        yield (section.to(language), report.period, *head, measure.to(language), said)


def _term_rows(report: Report, found: ReportedTerm, language: str) -> Iterator[Row]:
    term = found.change
    head = (words.TERM.to(language), term.term, term.term)
    for period, count in ((report.before, term.before), (report.period, term.after)):
        yield (words.TERMS.to(language), period, *head, words.PAPERS.to(language), count)
    values = (
        *((words.LOG_ODDS, term.log_odds), (Text("z"), term.z), (Text("q"), term.q)),
        (words.EXAMPLES, _ids(found.examples)),
    )
    for measure, value in values:
        yield (words.TERMS.to(language), report.period, *head, measure.to(language), value)


def _noticed_rows(report: Report, found: NoticedPaper, language: str) -> Iterator[Row]:
    head = (words.PAPER.to(language), found.listed.paper.id, found.listed.paper.title)
    values = ((words.VOTES, found.votes), (words.STARS, found.stars), (words.LIST_DAYS, found.list_days))
    for measure, value in values:
        yield (words.NOTICED.to(language), report.period, *head, measure.to(language), value)


def _join_rows(report: Report, join: JoinedStages, language: str) -> Iterator[Row]:
    yield from _change_rows(report, words.JOINS, join.change, language)
    if join.examples:
        name = words.tag_name("join", join.change.value, language)
        head = (words.JOIN.to(language), join.change.value, name)
        yield (words.JOINS.to(language), report.period, *head, words.EXAMPLES.to(language), _ids(join.examples))


def _ids(papers: Iterable[ListedPaper]) -> str:
    return "; ".join(listed.paper.id for listed in papers)


def _run_rows(report: Report, run: ReportedRun, language: str) -> Iterator[Row]:
    for finding in run.findings:
        verdict = finding.verdict
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
            (words.VERDICT, words.outcome(verdict, language)),
            (words.DEVICE, verdict.device),
            (words.VERSIONS, versions),
            (words.COMMIT, verdict.commit),
        )
        head = (words.RUN.to(language), report.period, run.experiment, f"{run.id}/{verdict.claim}")
        for measure, value in values:
            yield (*head, run.title.to(language), measure.to(language), value)


def _evidence_rows(item: Evidence, language: str) -> Iterator[Row]:
    for result in item.results:
        verdict = result.verdict
        origin = words.RECORDED if result.origin == "recorded" else words.OWN
        head = (words.CLAIM.to(language), result.at.date(), origin.to(language), f"{item.experiment}/{item.claim}")
        values = (
            *((words.VERDICT, words.outcome(verdict, language)), (words.OURS, verdict.contrast)),
            *((words.LOW, verdict.low), (words.HIGH, verdict.high), (words.MARGIN, verdict.margin)),
        )
        for measure, value in values:
            yield (*head, item.sentence.to(language), measure.to(language), value)


def _rows(report: Report, language: str) -> Iterator[Row]:
    for period, papers in ((report.before, report.papers_before), (report.period, report.papers_after)):
        yield (words.TREND.to(language), period, "", "", "", words.PAPERS.to(language), papers)
    for kind in words.KINDS:
        for change in report.of_kind(kind):
            yield from _change_rows(report, words.TREND, change, language)
    for term in report.terms:
        yield from _term_rows(report, term, language)
    for noticed in report.noticed:
        yield from _noticed_rows(report, noticed, language)
    for join in report.joins:
        yield from _join_rows(report, join, language)
    for listed in report.papers:
        paper = listed.paper
        tags = "; ".join(words.tag_name("stage", value, language) for value in listed.stages)
        day = paper.submitted.date() if paper.submitted else None
        for measure, value in ((words.SUBMITTED, day), (words.STAGE, tags)):
            yield (words.PAPER.to(language), report.period, "", paper.id, paper.title, measure.to(language), value)
    for item in report.evidence:
        yield from _evidence_rows(item, language)
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
    name=Text("CSV", "CSV"),
    help=Text(
        "One long table, a number a row, for a spreadsheet or pandas.",
        "스프레드시트나 pandas를 위한 긴 표. 한 줄에 값 하나가 들어간다.",
    ),
    render=_render,
)
