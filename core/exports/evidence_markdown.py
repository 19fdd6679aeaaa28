"""Every claim and what was found of it, for people: the table that one pastes into a report."""

from __future__ import annotations

from core.exports import tables, words
from core.exports.export import Export
from core.exports.report import Report
from core.exports.sections import sheet_section
from core.language import Text


def _render(report: Report, language: str) -> bytes:
    sheet = tables.claims(report.evidence, language)
    return ((sheet_section(sheet, level=1) if sheet else words.NO_CLAIMS.to(language)) + "\n").encode()


EXPORT = Export(
    id="evidence-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="evidence",
    name=Text("Markdown", "마크다운"),
    help=Text(
        "A table of claims, the papers' numbers and the verdicts, to paste into a wiki or a mail.",
        "주장과 논문의 수치, 판정을 담은 표. 위키나 메일에 붙여 넣는다.",
    ),
    render=_render,
)
