"""A list of papers for a bibliography: one @misc a paper, as arXiv itself writes them."""

from __future__ import annotations

import re

from core.exports.escape import one_line, url_of
from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.language import Text

_BARE = re.compile(r"(?<!\\)([%&#])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(text: str) -> str:
    """A field's value: LaTeX as arXiv has it, with signs escaped that would stop LaTeX, and its braces in balance."""
    line = _BARE.sub(r"\\\1", one_line(text))
    if len(re.findall(r"(?<!\\)\$", line)) % 2:
        line = re.sub(r"(?<!\\)\$", r"\\$", line)
    else:
        parts = re.split(r"((?<!\\)\$[^$]*(?<!\\)\$)", line)
        line = "".join(part if place % 2 else re.sub(r"(?<!\\)_", r"\\_", part) for place, part in enumerate(parts))
    if re.search(r"(?<!\\)(?:\\\\)*\\$", line):
        line += " "  # a backslash at the end would take the closing brace with it
    return line if _balanced(line) else re.sub(r"\\?[{}]", "", line)


def _balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _author(name: str) -> str:
    # A comma or an "and" in one name would make two of it.
    plain = bibtex(name)
    return f"{{{plain}}}" if "," in plain or re.search(r"\band\b", plain, re.IGNORECASE) else plain


def _entry(listed: ListedPaper) -> str:
    paper = listed.paper
    names = ["others" if name.lower().rstrip(".") == "et al" else _author(name) for name in paper.authors]
    fields = {
        "title": f"{{{bibtex(paper.title)}}}",
        "author": " and ".join(names),
        "year": str(paper.submitted.year) if paper.submitted else "",
        "eprint": paper.id,
        "archiveprefix": "arXiv",
        "primaryclass": paper.primary_category or "",
        "doi": bibtex(paper.doi or ""),
        "note": bibtex(paper.journal_ref or ""),
        "url": url_of(paper.id),
        "keywords": ", ".join((*listed.stages, *listed.topics, *listed.applications)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if paper.submitted:
        lines.append(f"  month = {_MONTHS[paper.submitted.month - 1]}")
    return f"@misc{{arxiv:{paper.id},\n" + ",\n".join(lines) + "\n}\n"


def _render(report: Report, language: str) -> bytes:
    return "\n".join(map(_entry, report.papers)).encode()


EXPORT = Export(
    id="papers-bibtex",
    suffix=".bib",
    mime="application/x-bibtex",
    kind="papers",
    name=Text("BibTeX", "BibTeX"),
    help=Text("For citing in LaTeX, and for reference managers.", "LaTeX 인용과 참고 문헌 관리 프로그램에 쓴다."),
    render=_render,
)
