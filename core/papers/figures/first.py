"""Which is the first figure of a paper's web version? The first picture in a figure of arXiv's HTML, with its caption.

arXiv makes its HTML with LaTeXML: a figure is `<figure class="ltx_figure">`, its picture an `<img>` whose address is
relative to the page (or to its `<base>`), its words a `<figcaption>`. Tables and listings are figures of other classes.
A drawing that LaTeXML made itself (SVG in the page) is no file and is passed over.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml import html
from lxml.etree import ParserError

LONGEST_CAPTION = 400
_SMALLEST = 40  # pixels; smaller pictures are signs


class Found(NamedTuple):
    """A picture on the web.

    :param url: where it is.
    :param caption: one line of plain text; '' where it has none.
    """

    url: str
    caption: str


def first_figure(page: bytes, url: str) -> Found | None:
    """The first figure that is a picture on the page's own host.

    :param page: HTML, from anywhere.
    :param url: where it was.
    """
    try:
        root = html.document_fromstring(page, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except (ParserError, ValueError):
        return None
    base = next((urljoin(url, found) for found in root.xpath("//base/@href")), url)
    for figure in root.xpath("//figure[contains(concat(' ', @class, ' '), ' ltx_figure ')]"):
        for picture in figure.xpath(".//img[@src]"):
            address = urljoin(base, picture.get("src").strip())
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(url).netloc or _is_sign(picture):
                continue
            # A part of a figure may have a caption of its own; that of the whole stands last.
            captions = figure.xpath("./figcaption") or figure.xpath(".//figcaption")
            return Found(address, _line(captions[-1]) if captions else "")
    return None


def _is_sign(picture: html.HtmlElement) -> bool:
    sizes = (picture.get("width", ""), picture.get("height", ""))
    return any(size.isascii() and size.isdecimal() and int(size) < _SMALLEST for size in sizes)


def _line(caption: html.HtmlElement) -> str:
    """A caption as one line; formulas as their TeX, which is what their alternative text says."""
    for formula in caption.xpath(".//math"):
        formula.tail = f"{formula.get('alttext', '')}{formula.tail or ''}"
        formula.text = None
        for part in list(formula):
            formula.remove(part)
    words = " ".join(caption.text_content().split())
    return words if len(words) <= LONGEST_CAPTION else f"{words[: LONGEST_CAPTION - 1].rstrip()}…"
