"""A list of papers for a spreadsheet: one row a paper, with its tags."""

from __future__ import annotations

from core.exports.escape import url_of
from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.exports.tabular import csv_bytes
from core.language import Text

# Names of fields, not words for people: the same in every language, so that programs find them.
COLUMNS = (
    *("id", "version", "title", "authors", "categories", "submitted", "updated", "stages", "topics", "applications"),
    *("upvotes", "stars", "doi", "journal_ref", "url", "abstract"),
)


def _row(listed: ListedPaper) -> tuple[object, ...]:
    paper = listed.paper
    return (
        paper.id,
        paper.version,
        paper.title,
        "; ".join(paper.authors),
        "; ".join(paper.categories),
        paper.submitted.date() if paper.submitted else None,
        paper.updated.date() if paper.updated else None,
        "; ".join(listed.stages),
        "; ".join(listed.topics),
        "; ".join(listed.applications),
        paper.upvotes,
        paper.stars,
        paper.doi,
        paper.journal_ref,
        url_of(paper.id),
        paper.abstract,
    )


def _render(report: Report, language: str) -> bytes:
    return csv_bytes(COLUMNS, map(_row, report.papers))


EXPORT = Export(
    id="papers-csv",
    suffix=".csv",
    mime="text/csv",
    kind="papers",
    name=Text("CSV", "CSV"),
    help=Text(
        "A row a paper for Excel, Numbers or pandas; formulas in titles are disarmed.",
        "엑셀이나 pandas에서 여는 표. 한 줄에 논문 한 편이며 제목에 든 수식은 실행되지 않는다.",
    ),
    render=_render,
)
