"""What does an answer of arXiv's query API say? Atom with OpenSearch totals (info.arxiv.org/help/api/user-manual)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from core.language import Text
from core.papers.paper import Paper
from core.papers.reading.fields import is_withdrawn, read_doi, read_id, read_past, read_submitted, read_text, read_texts
from core.papers.reading.streams import read_whole
from core.papers.reading.xml_documents import by_name, children, first, local_name, parse_xml, root_name, text_of
from core.papers.source import Broken, Page, Problem, Refused, into_pages

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One parsed answer.

    :param total: results of the whole query, as the feed says; None where it does not.
    :param records: papers, and a problem for each entry that could not be read.
    :param error: arXiv's own message where the answer is an error entry; then there are no records.
    """

    total: int | None
    records: tuple[Paper | Problem, ...]
    error: str | None = None


def parse_feed(body: bytes) -> Feed:
    """Read an answer of the query API.

    :raises Broken: no well-formed XML, or XML that is no Atom feed.
    """
    root = parse_xml(body)
    if local_name(root) != "feed":
        raise Broken(f"an Atom feed was expected and <{local_name(root)}> came", requests=0)
    total = read_text(text_of(root, "totalResults"))
    entries = list(children(root, "entry"))
    error = next((message for message in map(_error_of, entries) if message), None)
    return Feed(
        total=int(total) if total and total.isascii() and total.isdigit() and len(total) < 10 else None,
        records=() if error else tuple(_record(entry, place) for place, entry in enumerate(entries, start=1)),
        error=error,
    )


def _error_of(entry: _Element) -> str | None:
    """arXiv reports errors as a single entry, with status 200 or 400."""
    title = read_text(text_of(entry, "title"))
    is_error = "/api/errors" in (text_of(entry, "id") or "") or (title == "Error" and first(entry, "published") is None)
    return (read_text(text_of(entry, "summary")) or "an error without a message") if is_error else None


def _record(entry: _Element, place: int) -> Paper | Problem:
    parts = by_name(entry)

    def text(name: str) -> str | None:
        return read_text(parts[name][0].text) if name in parts else None

    try:
        identifier = read_id(text("id"))
    except ValueError as error:
        return Problem(f"entry {place}", str(error))
    title = text("title")
    if title is None:
        return Problem(identifier.base, "no title")
    abstract, comment = text("summary"), text("comment")
    primary = parts.get("primary_category")
    names = (read_text(text_of(author, "name")) for author in parts.get("author", ()))
    return Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=abstract,
        authors=tuple(name for name in names if name is not None),
        categories=read_texts([category.get("term") for category in parts.get("category", ())]),
        primary_category=read_text(primary[0].get("term")) if primary else None,
        submitted=read_submitted(identifier.base, text("published")),
        updated=read_past(text("updated")),
        comment=comment,
        doi=read_doi(text("doi")),
        journal_ref=text("journal_ref"),
        withdrawn=is_withdrawn(comment, abstract),
    )


class ArxivAtom:
    """Answers of export.arxiv.org/api/query, saved to a file."""

    id = "arxiv-atom"
    title = Text("arXiv API answer (Atom)", "arXiv API 응답(Atom)")

    def recognise(self, name: str, head: bytes) -> bool:
        return root_name(head) == "feed" and (b"a9.com/-/spec/opensearch" in head or b"arxiv.org/api/" in head)

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        feed = parse_feed(read_whole(stream))
        if feed.error:
            raise Refused(f"an error answer of arXiv: {feed.error}")
        yield from into_pages(feed.records)


FORMAT = ArxivAtom()
