"""What did arXiv announce on one day? The RSS and Atom feeds of rss.arxiv.org (info.arxiv.org/help/rss.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING

from core.language import Text
from core.papers.paper import Paper
from core.papers.reading.fields import is_withdrawn, read_doi, read_id, read_text, read_texts, split_names
from core.papers.reading.streams import read_whole
from core.papers.reading.xml_documents import children, first, local_name, parse_xml, root_name, text_of, texts_of
from core.papers.source import Broken, Page, Problem, Refused, into_pages

if TYPE_CHECKING:
    from lxml.etree import _Element

_PREAMBLE = re.compile(r"^arXiv:\S+ Announce Type: (?P<type>[\w-]+)\s+(?:Abstract: )?")


@dataclass(frozen=True, kw_only=True)
class Announcements:
    """One parsed feed.

    :param records: papers, and a problem for each entry that could not be read.
    :param types: paper id to announce type: new, cross, replace or replace-cross.
    :param day: the day of the newest entry, in New York; None where there is none. (What the feed says of itself is the
        time of its making, which is new even where the entries are old.)
    :param error: arXiv's words where it is an error feed; then there are no records.
    """

    records: tuple[Paper | Problem, ...]
    types: dict[str, str]
    day: date | None = None
    error: str | None = None


def parse_announcements(body: bytes) -> Announcements:
    """Read a feed of either kind.

    :raises Broken: no well-formed XML, or neither RSS nor Atom.
    """
    root = parse_xml(body)
    top = root if local_name(root) == "feed" else first(root, "channel")
    if top is None:
        raise Broken(f"an RSS or Atom feed was expected and <{local_name(root)}> came", requests=0)
    title = read_text(text_of(top, "title")) or ""
    if "feed error" in title.lower():
        why = read_text(text_of(top, "subtitle") or text_of(top, "description"))
        return Announcements(records=(), types={}, error=f"{title} ({why})" if why else title)
    entries = [*children(top, "entry"), *children(top, "item")]
    records: list[Paper | Problem] = []
    types: dict[str, str] = {}
    days = [day for day in map(_day_of, entries) if day is not None]
    for place, entry in enumerate(entries, start=1):
        record, kind = _record(entry, place)
        records.append(record)
        if isinstance(record, Paper):
            types[record.id] = kind
    return Announcements(records=tuple(records), types=types, day=max(days, default=None))


def _record(entry: _Element, place: int) -> tuple[Paper | Problem, str]:
    text = read_text(text_of(entry, "summary") or text_of(entry, "description")) or ""
    preamble = _PREAMBLE.match(text)
    kind = read_text(text_of(entry, "announce_type")) or (preamble["type"] if preamble else "")
    try:
        identifier = read_id(text_of(entry, "guid") or text_of(entry, "id"))
    except ValueError as error:
        return Problem(f"entry {place}", str(error)), kind
    title = read_text(text_of(entry, "title"))
    if title is None:
        return Problem(identifier.base, "no title"), kind
    abstract = _PREAMBLE.sub("", text) or None
    terms = [category.get("term") or category.text for category in children(entry, "category")]
    paper = Paper(
        id=identifier.base,
        version=identifier.version,
        title=title,
        abstract=abstract,
        authors=tuple(name for line in texts_of(entry, "creator") for name in split_names(line)),
        categories=read_texts(terms),
        # A replacement is announced on another day than the paper was, and so may be a cross-list.
        announced=_day_of(entry) if kind == "new" else None,
        doi=read_doi(text_of(entry, "DOI") or text_of(entry, "doi")),
        journal_ref=read_text(text_of(entry, "journal_reference")),
        withdrawn=is_withdrawn(None, abstract) or None,
    )
    return paper, kind


def _day_of(entry: _Element) -> date | None:
    """The day of the mailing in arXiv's own zone (New York), where it is written as midnight; None for one to come."""
    value = read_text(text_of(entry, "published") or text_of(entry, "pubDate"))
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, IndexError, OverflowError):
            return None
    return moment.date() if moment.date() <= datetime.now(UTC).date() else None


class ArxivFeed:
    """Announcement feeds of rss.arxiv.org, saved to a file."""

    id = "arxiv-feed"
    title = Text("arXiv announcements (RSS or Atom)", "arXiv 공지 피드(RSS·Atom)")

    def recognise(self, name: str, head: bytes) -> bool:
        root = root_name(head)
        if root == "feed":
            return b"rss.arxiv.org" in head and b"opensearch" not in head
        return root == "rss" and (b"rss.arxiv.org" in head or b"arxiv.org/schemas/atom" in head)

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        feed = parse_announcements(read_whole(stream))
        if feed.error:
            raise Refused(f"an error answer of arXiv: {feed.error}")
        yield from into_pages(feed.records)


FORMAT = ArxivFeed()
