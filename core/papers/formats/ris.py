"""Which arXiv papers does a RIS file cite? Ids are found in URL, DOI, journal, notes and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from core.language import Text
from core.papers.citations import find_arxiv_id
from core.papers.paper import Paper
from core.papers.reading.fields import read_doi, read_text, read_texts, turn_name
from core.papers.reading.streams import read_whole
from core.papers.source import Broken, Page, Problem, into_pages

_START = re.compile(rb"^\s*TY  ?- ", re.MULTILINE)
_NEXT = re.compile(r"^(?=[ \t]*TY  ?- )", re.MULTILINE)


def _records(body: bytes) -> Iterator[Paper | Problem]:
    """Each entry is parsed by itself, for one odd entry makes the library give up the whole text."""
    import rispy

    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Broken(f"not UTF-8 text at byte {error.start}; save the file as UTF-8", requests=0) from error
    parts = [part for part in _NEXT.split(text) if part.strip()]
    for place, part in enumerate(parts, start=1):
        try:
            entries = rispy.loads(part)
        except (ValueError, KeyError) as error:
            yield Problem(f"entry {place}", f"bad RIS: {error}")
            continue
        if not entries:
            yield Problem(f"entry {place}", "bad RIS: it has no end (ER)")
        for entry in entries:
            yield _record(entry, place)


def _texts(entry: dict[str, Any]) -> list[str]:
    """All text of an entry but the abstract, in which other papers may be named."""
    found: list[str] = []
    for key, value in entry.items():
        if key in ("abstract", "notes_abstract", "title", "primary_title"):
            continue
        values = value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]
        for item in values:
            found.extend(item if isinstance(item, list) else [item])
    return [text for text in found if isinstance(text, str)]


def _record(entry: dict[str, Any], place: int) -> Paper | Problem:
    title = next((text for key in ("title", "primary_title") if (text := read_text(entry.get(key)))), None)
    try:
        identifier = find_arxiv_id(exact=[], prose=_texts(entry))
    except ValueError as error:
        return Problem(title[:80] if title else f"entry {place}", str(error))
    if title is None:
        return Problem(identifier.base, "no title")
    doi = read_doi(entry.get("doi"))
    return Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=read_text(entry.get("abstract")) or read_text(entry.get("notes_abstract")),
        authors=tuple(turn_name(name) for name in read_texts(entry.get("authors") or entry.get("first_authors"))),
        doi=None if doi and doi.lower().startswith("10.48550/") else doi,
        keywords=read_texts(entry.get("keywords")),
    )


class Ris:
    """RIS, as reference managers write it."""

    id = "ris"
    title = Text("RIS", "RIS")

    def recognise(self, name: str, head: bytes) -> bool:
        return _START.match(head.removeprefix(b"\xef\xbb\xbf")) is not None

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(_records(read_whole(stream, most=32 << 20)))


FORMAT = Ris()
