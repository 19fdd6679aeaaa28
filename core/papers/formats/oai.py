"""What does an OAI-PMH answer of arXiv hold? Records as arXiv, arXivRaw (with versions) or oai_dc, or an error code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from core.language import Text
from core.papers.fields import (
    is_withdrawn,
    read_doi,
    read_id,
    read_submitted,
    read_text,
    read_texts,
    read_time,
    split_names,
    turn_name,
)
from core.papers.paper import Paper
from core.papers.source import Broken, Page, Problem, Refused, into_pages
from core.papers.streams import read_whole
from core.papers.xml_documents import children, first, local_name, parse_xml, root_name, text_of, texts_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_OURS = "oai:arxiv.org:"
_COMMENT = "Comment: "
_ROOTS = ("OAI-PMH", "ListRecords", "GetRecord", "record")
_LISTS = ("ListRecords", "GetRecord")


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
    for record, name in zip(elements, names, strict=True):
        yield _record(record, name)


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


def _record(record: _Element, name: str) -> Paper | Problem:
    where = name or "a record without identifier"
    if not name.lower().startswith(_OURS):
        return Problem(where, "not a record of arXiv")
    if first(record, "header").get("status") == "deleted":
        return Problem(where, "deleted at arXiv")
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
        updated=read_time(text_of(body, "updated")) or read_time(text_of(body, "created")),
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
    dates = {}
    for version in children(body, "version"):
        number = re.fullmatch(r"v?([1-9][0-9]{0,3})", version.get("version") or "")
        if number:
            dates[int(number[1])] = text_of(version, "date")
    latest = max(dates, default=None)
    return Paper(
        id=base,
        version=latest,
        title=_title(body),
        abstract=abstract,
        authors=split_names(text_of(body, "authors")),
        categories=categories,
        primary_category=categories[0] if categories else None,
        submitted=read_submitted(base, dates.get(1)),
        updated=None if latest is None else read_time(dates[latest]),
        comment=comment,
        doi=read_doi(text_of(body, "doi")),
        journal_ref=read_text(text_of(body, "journal-ref")),
        withdrawn=is_withdrawn(comment, abstract),
    )


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
        updated=read_time(dates[-1]) if dates else None,
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
