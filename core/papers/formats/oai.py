"""What does an OAI-PMH answer of arXiv hold? Records as arXiv, arXivRaw (with versions) or oai_dc, or an error code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from core.language import Text
from core.papers.paper import Paper, Version
from core.papers.reading.fields import (
    is_withdrawn,
    read_doi,
    read_id,
    read_past,
    read_submitted,
    read_text,
    read_texts,
    split_names,
    turn_name,
)
from core.papers.reading.streams import read_whole
from core.papers.reading.xml_documents import children, first, local_name, parse_xml, root_name, text_of, texts_of
from core.papers.source import Broken, Page, Problem, Refused, into_pages

if TYPE_CHECKING:
    from lxml.etree import _Element

_OURS = "oai:arxiv.org:"
_COMMENT = "Comment: "
_ROOTS = ("OAI-PMH", "ListRecords", "GetRecord", "record")
_LISTS = ("ListRecords", "GetRecord")
_LONGEST_TOKEN = 2_000


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """One answer to ListRecords.

    :param records: papers, and a problem for each record that could not be read.
    :param deleted: base ids of the papers whose records were deleted.
    :param token: what to ask for the next part with; None on the last one.
    :param error: OAI-PMH's error code, such as noRecordsMatch; then there are no records.
    :param message: the server's own words on the error.
    """

    records: tuple[Paper | Problem, ...] = ()
    deleted: tuple[str, ...] = ()
    token: str | None = None
    error: str | None = None
    message: str | None = None


def parse_harvest(body: bytes) -> Harvest:
    """Read an answer to ListRecords, error answers too.

    :raises Broken: no well-formed XML, no OAI-PMH, or neither records nor an error.
    """
    root = parse_xml(body)
    if local_name(root) != "OAI-PMH":
        raise Broken(f"OAI-PMH was expected and <{local_name(root)}> came", requests=0)
    error = first(root, "error")
    if error is not None:
        return Harvest(error=read_text(error.get("code")) or "an error without a code", message=read_text(error.text))
    listing = first(root, "ListRecords")
    elements = [] if listing is None else list(children(listing, "record"))
    if not elements:
        raise Broken("an OAI-PMH answer with neither records nor an error", requests=0)
    records: list[Paper | Problem] = []
    deleted: list[str] = []
    for element in elements:
        record = _record(element, _identifier(element))
        if isinstance(record, str):
            deleted.append(record)
        else:
            records.append(record)
    token = read_text(text_of(listing, "resumptionToken"))
    if token is not None and len(token) > _LONGEST_TOKEN:
        raise Broken(f"an OAI-PMH resumption token of {len(token):,} characters", requests=0)
    return Harvest(records=tuple(records), deleted=tuple(deleted), token=token)


def parse_oai(body: bytes) -> Iterator[Paper | Problem]:
    """The records of a response, a list of records or one bare record; deleted and foreign ones are problems.

    :raises Refused: an OAI error, a verb without paper metadata, or nothing but records of another archive.
    :raises Broken: no well-formed XML, or no OAI-PMH.
    """
    root = parse_xml(body)
    elements = list(_elements(root))
    names = [_identifier(record) for record in elements]
    foreign = [name for name in names if not name.lower().startswith(_OURS)]
    if elements and len(foreign) == len(elements):
        raise Refused(f"its {len(elements)} records are not arXiv's (the first is {foreign[0] or 'without a name'})")
    for element, name in zip(elements, names, strict=True):
        record = _record(element, name)
        yield Problem(name, "deleted at arXiv") if isinstance(record, str) else record


def _elements(root: _Element) -> Iterator[_Element]:
    kind = local_name(root)
    if kind == "record":
        yield root
    elif kind in _LISTS:
        yield from children(root, "record")
    elif kind == "OAI-PMH":
        error = first(root, "error")
        if error is not None:
            message = read_text(error.text)
            raise Refused(f"an OAI-PMH error answer: {error.get('code')}" + (f": {message}" if message else ""))
        verbs = [local_name(child) for child in root if local_name(child) not in ("responseDate", "request")]
        if not any(verb in _LISTS for verb in verbs):
            raise Refused(f"an OAI-PMH {verbs[0] if verbs else 'answer'}, which holds no paper metadata")
        for verb in _LISTS:
            for part in children(root, verb):
                yield from children(part, "record")
    else:
        raise Broken(f"OAI-PMH was expected and <{kind}> came", requests=0)


def _identifier(record: _Element) -> str:
    header = first(record, "header")
    return ("" if header is None else read_text(text_of(header, "identifier"))) or ""


def _record(record: _Element, name: str) -> Paper | Problem | str:
    """The paper, what is wrong with the record, or, of a deleted one, the base id."""
    where = name or "a record without identifier"
    if not name.lower().startswith(_OURS):
        return Problem(where, "not a record of arXiv")
    if first(record, "header").get("status") == "deleted":
        try:
            return read_id(name).base
        except ValueError as error:
            return Problem(where, str(error))
    metadata = first(record, "metadata")
    body = None if metadata is None else next(iter(metadata), None)
    if body is None:
        return Problem(where, "no metadata")
    reader = {"arXiv": _from_arxiv, "arXivRaw": _from_raw, "dc": _from_dublin_core}.get(local_name(body))
    if reader is None:
        return Problem(where, f"metadata format {local_name(body)!r} is not one of arXiv, arXivRaw and oai_dc")
    try:
        return reader(body, read_id(name).base)
    except ValueError as error:
        return Problem(where, str(error))


def _title(body: _Element) -> str:
    title = read_text(text_of(body, "title"))
    if title is None:
        raise ValueError("no title")
    return title


def _categories(body: _Element) -> tuple[str, ...]:
    return tuple((read_text(text_of(body, "categories")) or "").split())


def _from_arxiv(body: _Element, base: str) -> Paper:
    comment, abstract = read_text(text_of(body, "comments")), read_text(text_of(body, "abstract"))
    categories = _categories(body)
    authors = [author for group in children(body, "authors") for author in children(group, "author")]
    return Paper(
        id=base,
        title=_title(body),
        abstract=abstract,
        authors=read_texts([_full_name(author) for author in authors]),
        categories=categories,
        primary_category=categories[0] if categories else None,
        submitted=read_submitted(base, text_of(body, "created")),
        updated=read_past(text_of(body, "updated")) or read_past(text_of(body, "created")),
        comment=comment,
        doi=read_doi(text_of(body, "doi")),
        journal_ref=read_text(text_of(body, "journal-ref")),
        withdrawn=is_withdrawn(comment, abstract),
    )


def _full_name(author: _Element) -> str:
    return " ".join(filter(None, (text_of(author, part) for part in ("forenames", "keyname", "suffix"))))


def _from_raw(body: _Element, base: str) -> Paper:
    comment, abstract = read_text(text_of(body, "comments")), read_text(text_of(body, "abstract"))
    categories = _categories(body)
    history = _history(body)
    first_day = history[0].submitted if history and history[0].number == 1 else None
    return Paper(
        id=base,
        version=history[-1].number if history else None,
        title=_title(body),
        abstract=abstract,
        authors=split_names(text_of(body, "authors")),
        categories=categories,
        primary_category=categories[0] if categories else None,
        submitted=None if first_day is None else read_submitted(base, first_day.isoformat()),
        updated=history[-1].submitted if history else None,
        comment=comment,
        doi=read_doi(text_of(body, "doi")),
        journal_ref=read_text(text_of(body, "journal-ref")),
        withdrawn=is_withdrawn(comment, abstract),
        history=history,
    )


def _history(body: _Element) -> tuple[Version, ...]:
    """The versions in order; a date that cannot be is not known."""
    dates = {}
    for version in children(body, "version"):
        number = re.fullmatch(r"v?([1-9][0-9]{0,3})", version.get("version") or "")
        if number:
            dates[int(number[1])] = read_past(text_of(version, "date"))
    return tuple(Version(number, dates[number]) for number in sorted(dates))


def _from_dublin_core(body: _Element, base: str) -> Paper:
    """Dublin Core has few fields, so arXiv puts several things into one: dates of v1 and of the last version, the
    comment among the descriptions, DOI and journal among the identifiers, subject names (not codes) and MSC classes.
    """
    descriptions = [text for text in map(read_text, texts_of(body, "description")) if text]
    comment = next((text.removeprefix(_COMMENT) for text in descriptions if text.startswith(_COMMENT)), None)
    abstract = next((text for text in descriptions if not text.startswith(_COMMENT)), None)
    dates = texts_of(body, "date")
    others = [text for text in map(read_text, texts_of(body, "identifier")) if text and not text.startswith("http")]
    return Paper(
        id=base,
        title=_title(body),
        abstract=abstract,
        authors=tuple(turn_name(name) for name in read_texts(texts_of(body, "creator"))),
        categories=read_texts(texts_of(body, "subject")),
        submitted=read_submitted(base, dates[0]) if dates else None,
        updated=read_past(dates[-1]) if dates else None,
        comment=comment,
        doi=next((read_doi(text) for text in others if text.startswith("doi:")), None),
        journal_ref=next((text for text in others if not text.startswith("doi:")), None),
        withdrawn=is_withdrawn(comment, abstract),
    )


class Oai:
    """OAI-PMH responses of oaipmh.arxiv.org, whole or single records, saved to a file."""

    id = "oai"
    title = Text("arXiv OAI-PMH response", "arXiv OAI-PMH 응답")

    def recognise(self, name: str, head: bytes) -> bool:
        root = root_name(head)
        return root in _ROOTS and (root == "OAI-PMH" or b"<header" in head)

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        yield from into_pages(parse_oai(read_whole(stream)))


FORMAT = Oai()
