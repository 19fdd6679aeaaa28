"""Which paper is this? arXiv identifiers, new style (2305.18290) and old (hep-th/9901001), with or without version."""

from __future__ import annotations

import re
from typing import NamedTuple

_NEW = r"\d{4}\.\d{4,5}"
_OLD = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7}"
_ID = re.compile(rf"(?P<base>{_NEW}|{_OLD})(?:v(?P<version>[1-9]\d*))?", re.ASCII)
_PREFIX = re.compile(
    r"^(?:https?://)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/)|^oai:arxiv\.org:|^arxiv:",
    re.IGNORECASE,
)


class ArxivId(NamedTuple):
    """A base id, the key of a paper, and the version where one was named."""

    base: str
    version: int | None


def parse_arxiv_id(text: str) -> ArxivId:
    """Read an arXiv id from an id, an abs/pdf/html URL, a Hugging Face paper URL or an OAI identifier.

    :raises ValueError: `text` holds no well-formed id, or its month is not one.
    """
    bare = _PREFIX.sub("", text.strip()).removesuffix(".pdf")
    match = _ID.fullmatch(bare)
    if match is None:
        raise ValueError(f"{text!r} is not an arXiv id (expected 2305.18290, 2305.18290v2 or hep-th/9901001)")
    base = match["base"]
    month_of(base)
    # The subject class of an old id (math.GT/0309136) is optional and names the same paper.
    if "/" in base:
        archive, number = base.split("/")
        base = f"{archive.split('.')[0]}/{number}"
    return ArxivId(base, int(match["version"]) if match["version"] else None)


def month_of(base: str) -> tuple[int, int]:
    """Year and month in which arXiv gave out the id: exact, for the id carries them.

    :raises ValueError: the month digits are not 01 to 12.
    """
    digits = base.rpartition("/")[2][:4]
    year, month = int(digits[:2]), int(digits[2:])
    if not 1 <= month <= 12:
        raise ValueError(f"{base!r} is not an arXiv id: month {month:02d} does not exist")
    # arXiv began in 1991; two digits reach to 2090.
    return (1900 + year if year >= 91 else 2000 + year), month
