"""Which arXiv papers does a BibTeX file cite? Ids are found in eprint, URL, DOI, journal or note."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import IO

from core.language import Text
from core.papers.citations import find_arxiv_id
from core.papers.paper import Paper
from core.papers.reading.fields import read_doi, read_text, turn_name
from core.papers.reading.streams import read_whole
from core.papers.source import Broken, Page, Problem, into_pages

_ENTRY = re.compile(rb"^\s*@\s*[A-Za-z]+\s*[{(]", re.MULTILINE)
_PLACES = ("url", "doi", "journal", "note", "howpublished", "number", "volume", "pages", "annote", "booktitle")
_MATH = re.compile(r"(\$[^$]*\$)")
# Braces that only protect capitals: outside math, with nothing special inside, and no argument of a command.
_BRACES = re.compile(r"(\\[A-Za-z]+\*?\s*|[\\^_])?\{([^{}\\]*)\}")
_DEEPEST = 3


def _records(body: bytes) -> Iterator[Paper | Problem]:
    import bibtexparser
    from bibtexparser.middlewares import RemoveEnclosingMiddleware
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock

    # Its complaints come back as failed blocks; as log lines they would only repeat them on stderr.
    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
    try:
        library = bibtexparser.parse_string(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Broken(f"not UTF-8 text at byte {error.start}; save the file as UTF-8", requests=0) from error
    unwrap = RemoveEnclosingMiddleware(allow_inplace_modification=True)
    for block in library.blocks:
        entry = block
        # Two entries may share a key and still be two papers; the library leaves the second one as it found it.
        if isinstance(block, DuplicateBlockKeyBlock) and isinstance(block.ignore_error_block, Entry):
            entry = unwrap.transform_entry(block.ignore_error_block, library)
        if isinstance(entry, Entry):
            yield _record(entry.key, {key.lower(): str(value) for key, value in entry.items()})
        elif isinstance(block, ParsingFailedBlock):
            yield Problem(f"line {(block.start_line or 0) + 1}", "not a readable BibTeX entry")


def _record(key: str, fields: dict[str, str]) -> Paper | Problem:
    archive = fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower()
    eprint = [fields[name] for name in ("eprint", "arxivid", "arxiv") if name in fields] if archive == "arxiv" else []
    try:
        identifier = find_arxiv_id(exact=eprint, prose=[fields[name] for name in _PLACES if name in fields])
    except ValueError as error:
        return Problem(key, str(error))
    title = read_text(_bare(fields.get("title", "")))
    if title is None:
        return Problem(key, "no title")
    primary = read_text(fields.get("primaryclass"))
    doi = read_doi(fields.get("doi"))
    return Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=read_text(fields.get("abstract")),
        authors=_authors(fields.get("author", "")),
        categories=(primary,) if primary else (),
        primary_category=primary,
        doi=None if doi and doi.lower().startswith("10.48550/") else doi,
    )


def _bare(text: str) -> str:
    """The text without braces that only protect capitals; LaTeX commands and math stay as they are."""
    parts = _MATH.split(text)
    for place in range(0, len(parts), 2):
        for _ in range(_DEEPEST):
            parts[place] = _BRACES.sub(lambda match: match[0] if match[1] else match[2], parts[place])
    return "".join(parts)


def _authors(text: str) -> tuple[str, ...]:
    names = [turn_name(name) for part in re.split(r"\s+and\s+", _bare(text)) if (name := read_text(part))]
    return tuple("et al." if name.lower() == "others" else name for name in names)


class Bibtex:
    """BibTeX and BibLaTeX."""

    id = "bibtex"
    title = Text("BibTeX", "BibTeX")

    def recognise(self, name: str, head: bytes) -> bool:
        if name.lower().removesuffix(".gz").endswith((".bib", ".bibtex")):
            return not head.lstrip().startswith((b"<", b"{", b"["))
        return _ENTRY.match(head.removeprefix(b"\xef\xbb\xbf")) is not None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(_records(read_whole(stream, most=32 << 20)))


FORMAT = Bibtex()
