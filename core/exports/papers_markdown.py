"""A list of papers to read or paste: title, authors, day, tags, and the abstract or summary under each."""

from __future__ import annotations

from core.exports import words
from core.exports.escape import markdown, one_line, title
from core.exports.export import Export
from core.exports.front_matter import front_matter, tags
from core.exports.report import ListedPaper, Report
from core.exports.sections import paper_line
from core.language import Text


def _item(listed: ListedPaper, language: str) -> str:
    summary = listed.paper.summary or {}
    # A reader of Korean gets the Korean summary, else what there is.
    text = summary.get(language) or listed.paper.abstract or summary.get("en") or ""
    line = paper_line(listed, language)
    return f"{line}\n\n  {title(text)}\n" if text else f"{line}\n"


def _properties(report: Report, name: str) -> str:
    days = sorted(listed.paper.submitted.date() for listed in report.papers if listed.paper.submitted)
    return front_matter(
        {
            "title": name,
            "query": report.query,
            "date": report.generated_for,
            # The days of the papers that are here: a list may be asked for without a period.
            "oldest": days[0] if days else None,
            "newest": days[-1] if days else None,
            "count": len(report.papers),
            "tags": ["papers", *sorted({tag for listed in report.papers for tag in tags(listed)})],
        }
    )


def _render(report: Report, language: str) -> bytes:
    name = one_line(report.name) or words.ALL_PAPERS.to(language)
    head = f"# {markdown(name)} ({len(report.papers)})\n\n"
    body = "\n".join(_item(listed, language) for listed in report.papers)
    text = _properties(report, name) + "\n" + head + (body or f"{words.NO_LIST.to(language)}\n")
    return text.encode()


EXPORT = Export(
    id="papers-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="papers",
    name=Text("Markdown", "마크다운"),
    help=Text(
        "One list to read or paste, with properties that Obsidian shows.",
        "읽거나 붙여 넣을 목록 하나. 옵시디언이 읽는 속성이 앞에 붙는다.",
    ),
    render=_render,
)
