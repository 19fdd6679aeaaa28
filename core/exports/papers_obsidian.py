"""A list of papers as notes for Obsidian: a zip with one Markdown file a paper, ready to unpack into a vault."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile

from core.exports import words
from core.exports.escape import markdown, one_line, title, url_of
from core.exports.export import Export
from core.exports.front_matter import front_matter, tags
from core.exports.report import ListedPaper, Report
from core.language import Text
from core.papers.latex import readable

NAME_BYTES = 120  # of a note's file name with its suffix, in UTF-8
_SUFFIX = ".md"
# What Windows refuses in a name, and what Obsidian refuses in a link to one.
_UNFIT = re.compile(r'[<>:"/\\|?*#^\[\]\x00-\x1f\x7f]')
# A zip knows no time before 1980; the same day in every archive makes the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def _name(listed: ListedPaper, taken: set[str]) -> str:
    """Id and title, safe on every file system and in every link, and like no other name of the archive.

    The id before it keeps a title from being a device's name, a hidden file or a repeat.
    """
    paper = listed.paper
    whole = f"{paper.id} {readable(one_line(paper.title))}"
    stem = " ".join(_UNFIT.sub("-", unicodedata.normalize("NFC", one_line(whole))).split()).lstrip(". ") or "paper"
    count, mark = 1, ""
    while True:
        room = NAME_BYTES - len((mark + _SUFFIX).encode())
        name = stem.encode()[:room].decode(errors="ignore").rstrip(". ") + mark + _SUFFIX
        # Some file systems tell no small letters from large ones.
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
        count += 1
        mark = f" ({count})"


def _note(listed: ListedPaper, language: str) -> str:
    paper = listed.paper
    shown = readable(one_line(paper.title)) or paper.id
    properties = front_matter(
        {
            "title": shown,
            "aliases": [shown],
            "authors": paper.authors,
            "arxiv": paper.id,
            "url": url_of(paper.id),
            "submitted": paper.submitted.date() if paper.submitted else None,
            "updated": paper.updated.date() if paper.updated else None,
            "categories": paper.categories,
            "doi": paper.doi,
            "journal": paper.journal_ref,
            "tags": ["paper", *tags(listed)],
        }
    )
    summary = paper.summary or {}
    short = summary.get(language) or summary.get("en") or next(iter(summary.values()), "")
    parts = [properties.rstrip("\n"), f"# {markdown(shown)}", f"[arXiv:{markdown(paper.id)}]({url_of(paper.id)})"]
    for head, text in ((words.ABSTRACT, paper.abstract), (words.SHORT, short)):
        if text:
            parts += [f"## {head.to(language)}", title(text)]
    return "\n\n".join(parts) + "\n"


def _render(report: Report, language: str) -> bytes:
    stream, taken = io.BytesIO(), set[str]()
    with zipfile.ZipFile(stream, "w") as archive:
        for listed in report.papers:
            _add(archive, _name(listed, taken), _note(listed, language))
        if not report.papers:
            _add(archive, f"trendlab{_SUFFIX}", f"{words.NO_LIST.to(language)}\n")
    return stream.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.create_system, entry.external_attr, entry.compress_type = _UNIX, 0o644 << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, text.encode())


EXPORT = Export(
    id="papers-obsidian",
    suffix=".zip",
    mime="application/zip",
    kind="papers",
    name=Text("Obsidian notes", "옵시디언 노트"),
    help=Text(
        "A zip with a note for each paper, to unpack into a vault; stages and topics are nested tags.",
        "논문마다 노트 한 개가 든 압축 파일. 보관함에 풀면 단계와 주제가 중첩 태그로 붙는다.",
    ),
    render=_render,
)
