"""Every claim and what was found of it, for a spreadsheet: one row a result, and one for a claim without any."""

from __future__ import annotations

from core.exports.escape import url_of
from core.exports.export import Export
from core.exports.report import Evidence, Report, Result
from core.exports.tabular import csv_bytes
from core.language import Text

# Names of fields, not words for people: the same in every language, so that programs find them.
COLUMNS = (
    *("stage", "experiment", "claim", "sentence", "paper", "url", "reported", "checked"),
    *("origin", "null_world", "outcome", "contrast", "low", "high", "margin", "unit", "n"),
    *("preset", "seed", "device", "day", "commit", "run"),
)


def _row(item: Evidence, result: Result | None, language: str) -> tuple[object, ...]:
    head = (
        *(item.stage, item.experiment, item.claim, item.sentence.to(language), item.paper, url_of(item.paper)),
        *(item.reported.to(language), item.checked),
    )
    if result is None:
        return (*head, *(None,) * 6, item.margin, item.unit.to(language), *(None,) * 7)
    verdict = result.verdict
    return (
        *(*head, result.origin, verdict.null, verdict.outcome, verdict.contrast, verdict.low, verdict.high),
        *(verdict.margin, item.unit.to(language), verdict.n, result.preset, verdict.seed, verdict.device),
        *(result.at.date(), verdict.commit, result.run),
    )


def _render(report: Report, language: str) -> bytes:
    rows = (_row(item, result, language) for item in report.evidence for result in item.results or (None,))
    return csv_bytes(COLUMNS, rows)


EXPORT = Export(
    id="evidence-csv",
    suffix=".csv",
    mime="text/csv",
    kind="evidence",
    name=Text("CSV", "CSV"),
    help=Text(
        "A row a result, with interval, device, seed and commit, for a spreadsheet or pandas.",
        "결과마다 한 줄. 구간, 장치, 시드, 커밋까지 담아 스프레드시트나 pandas에서 쓴다.",
    ),
    render=_render,
)
