"""A list of papers for reference managers: RIS, one unpublished work a paper, as they file preprints."""

from __future__ import annotations

from typing import Any

from core.exports.escape import one_line, url_of
from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.language import Text


def _author(name: str) -> str:
    # A comma means "last, first" here: "Ann Lee, Jr." would come back as "Jr. Ann Lee".
    return one_line(name.replace(",", " "))


def _entry(listed: ListedPaper) -> dict[str, Any]:
    """A record under rispy's names; what is unknown is left out."""
    paper = listed.paper
    authors = [name for name in map(_author, paper.authors) if name]
    day = paper.submitted.strftime("%Y/%m/%d") if paper.submitted else ""
    fields: dict[str, Any] = {
        "title": one_line(paper.title),
        "authors": authors,
        "year": day[:4],
        "date": day,
        "abstract": one_line(paper.abstract or ""),
        "doi": one_line(paper.doi or ""),
        "urls": [url_of(paper.id)],
        "publisher": "arXiv",
        "accession_number": f"arXiv:{one_line(paper.id)}",
        "notes": [one_line(text) for text in (paper.journal_ref, paper.comment) if text],
        "keywords": [*listed.stages, *listed.topics, *listed.applications],
    }
    return {"type_of_reference": "UNPB"} | {name: value for name, value in fields.items() if value}


def _render(report: Report, language: str) -> bytes:
    import rispy

    class Writer(rispy.RisWriter):
        """Without the running number before each entry, which is no RIS."""

        def set_header(self, count: int) -> str:
            return ""

    return str(rispy.dumps(list(map(_entry, report.papers)), implementation=Writer)).encode()


EXPORT = Export(
    id="papers-ris",
    suffix=".ris",
    mime="application/x-research-info-systems",
    kind="papers",
    name=Text("RIS", "RIS"),
    help=Text(
        "For Zotero, EndNote, Mendeley and other reference managers.",
        "조테로, 엔드노트, 멘델레이 같은 참고 문헌 관리 프로그램에서 연다.",
    ),
    render=_render,
)
