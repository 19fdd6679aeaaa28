"""Which arXiv paper does a citation mean? Its id stands in a field of its own, or somewhere in a URL, DOI or note."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.papers.ids import ArxivId, parse_arxiv_id

_ID = r"(?P<id>[0-9]{4}\.[0-9]{4,5}(?:v[1-9][0-9]*)?|[a-z][a-z-]*(?:\.[A-Z]{2})?/[0-9]{7}(?:v[1-9][0-9]*)?)"
# Bare digits with a dot are often page ranges or DOI parts: in prose an id counts only where arXiv is named before it.
_NAMED = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv\s*:\s*|10\.48550/arxiv\.|huggingface\.co/papers/){_ID}(?![0-9])",
    re.IGNORECASE,
)


def find_arxiv_id(*, exact: Iterable[str], prose: Iterable[str]) -> ArxivId:
    """The first arXiv id named.

    :param exact: fields that hold nothing but an id.
    :param prose: fields that may name one (`arXiv preprint arXiv:1706.03762`, a URL, a DOI).
    :raises ValueError: none names one.
    """
    for text in exact:
        try:
            return parse_arxiv_id(text)
        except ValueError:
            continue
    for text in prose:
        for match in _NAMED.finditer(text):
            try:
                return parse_arxiv_id(match["id"])
            except ValueError:
                continue
    raise ValueError("no arXiv id")
