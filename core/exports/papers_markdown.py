"""A list of papers to read or paste: title, authors, day, tags, and the abstract or summary under each."""

from __future__ import annotations

from core.exports import words
from core.exports.escape import title
from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.exports.sections import paper_line
from core.language import Text


def _item(listed: ListedPaper, language: str) -> str:
    summary = listed.paper.summary or {}
    # A reader of Korean gets the Korean summary, else what there is.
    text = summary.get(language) or listed.paper.abstract or summary.get("en") or ""
    line = paper_line(listed, language)
    return f"{line}\n\n  {title(text)}\n" if text else f"{line}\n"


def _render(report: Report, language: str) -> bytes:
    head = f"# {words.PAPERS.to(language)} ({len(report.papers)})\n\n"
    body = "\n".join(_item(listed, language) for listed in report.papers)
    return (head + (body or f"{words.NO_LIST.to(language)}\n")).encode()


EXPORT = Export(
    id="papers-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="papers",
    title=Text("Papers (Markdown)", "논문 목록 (마크다운)"),
    render=_render,
)
