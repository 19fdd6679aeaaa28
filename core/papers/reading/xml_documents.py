"""How is an XML document from a stranger read without harm? No entities, no network, no giants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.papers.source import Broken

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_SKIPPED = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)


def parse_xml(body: bytes) -> _Element:
    """The root element.

    :raises Broken: not well-formed, or it has a DOCTYPE (the door of entity bombs), with the parser's own line.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise Broken(f"bad XML: {error.msg}", requests=0) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Broken("bad XML: it declares a DOCTYPE, which no paper list needs", requests=0)
    return root


def root_name(head: bytes) -> str | None:
    """The local name of the first element in the beginning of a document; None where there is no markup."""
    if not head.lstrip().startswith(b"<"):
        return None
    match = _ROOT.search(_SKIPPED.sub(b"", head))
    return match[1].decode("ascii", "replace") if match else None


def local_name(element: _Element) -> str:
    """The tag without its namespace; some archives forget to declare theirs."""
    return str(element.tag).rpartition("}")[2]


def children(element: _Element, name: str) -> Iterator[_Element]:
    """The direct children of this local name."""
    return (child for child in element if local_name(child) == name)


def text_of(element: _Element, name: str) -> str | None:
    """All text inside the first child of this local name."""
    for child in children(element, name):
        return "".join(child.itertext())
    return None


def texts_of(element: _Element, name: str) -> list[str]:
    """The text of every child of this local name."""
    return ["".join(child.itertext()) for child in children(element, name)]


def by_name(element: _Element) -> dict[str, list[_Element]]:
    """All direct children by local name, in one pass over a long list of records."""
    found: dict[str, list[_Element]] = {}
    for child in element:
        found.setdefault(local_name(child), []).append(child)
    return found


def first(element: _Element, name: str) -> Any:
    """The first child of this local name, or None."""
    return next(children(element, name), None)
