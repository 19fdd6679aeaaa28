"""How is one field of a stranger's record read? Each reader gives a clean value, or None where it has none."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from core.papers.ids import ArxivId, month_of, parse_arxiv_id
from core.papers.paper import Link, LinkKind

# Control characters end SQLite text early or move a terminal's cursor; lone surrogates cannot be encoded at all.
_UNFIT = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# arXiv opened in 1991; a few papers were entered later under their true, older day.
_FIRST_YEAR = 1985
_MOST = 10**9
_LONGEST_HOLD = timedelta(days=366)
_LONGEST_URL = 2_000
_LONGEST_ID = 100  # with an address before it
_PARENTHESES = re.compile(r"\([^()]*\)")
_DEEPEST = 3
_WHERE_IT_SAYS_SO = 1_000  # characters from the beginning

_NOUN = r"(?:e-?print|paper|article|submission|manuscript|preprint|work|version|document|note|thesis|report)"
_WITHDRAWN_COMMENT = re.compile(
    rf"\b(?:this|the|our) {_NOUN}(?: \([^)]{0, 60}\))? (?:has been|have been|was|is(?: being)?|had to be|needs to be) "
    r"(?:temporarily |permanently |hereby )?withdrawn\b(?! from)"
    rf"|^\W*(?:{_NOUN} )?(?:temporarily )?withdrawn\b(?! from)"
    r"|\bwithdrawn (?:temporarily )?by (?:the |its |all )?(?:authors?|submitters?|arxiv)\b"
    rf"|\bneeds to be withdrawn\b|\bI (?:am withdrawing|withdraw) this {_NOUN}\b",
    re.IGNORECASE,
)
_WITHDRAWN_ABSTRACT = re.compile(
    rf"^\W*(?:this|the|our) {_NOUN} (?:has been|was|is(?: being)?) (?:temporarily )?withdrawn\b(?! from)"
    r"|^\W*withdrawn\W*$|\bwithdrawn by the authors?\b",
    re.IGNORECASE,
)


def read_text(value: Any) -> str | None:
    """The text with its line wrapping undone and LaTeX left as it is; None for what is no text or empty."""
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    # A look at each letter is dear: nearly all text is printable as it is.
    return (text if text.isprintable() else " ".join(_UNFIT.sub("", value).split())) or None


def read_texts(values: Any) -> tuple[str, ...]:
    """The texts of a list, without repeats; anything that is no list has none."""
    if not isinstance(values, list | tuple):
        return ()
    return tuple(dict.fromkeys(text for text in map(read_text, values) if text))


def read_id(value: Any) -> ArxivId:
    """The paper's arXiv id.

    :raises ValueError: there is none, or it is malformed; the message is fit for a `Problem`.
    """
    text = read_text(value)
    if text is None:
        raise ValueError("no arXiv id")
    if len(text) > _LONGEST_ID:
        raise ValueError(f"no arXiv id but {text[:40]!r}…")
    return parse_arxiv_id(text)


def read_count(value: Any) -> int | None:
    """A number of things (votes, stars): a whole number that is not negative and not absurd."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return value if is_count else None


def read_time(value: Any) -> datetime | None:
    """A moment in UTC from ISO 8601 (a bare day is its midnight; no zone means UTC) or an e-mail date."""
    text = read_text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, OverflowError):
            return None
    if not _FIRST_YEAR <= moment.year < 9999:
        return None
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment.astimezone(UTC)


def read_past(value: Any) -> datetime | None:
    """The moment of `read_time`, or None where it lies ahead (a day of grace, for clocks and zones)."""
    moment = read_time(value)
    return moment if moment is not None and moment <= datetime.now(UTC) + timedelta(days=1) else None


def read_day(value: Any) -> date | None:
    """The day of `read_time`, in UTC."""
    moment = read_time(value)
    return None if moment is None else moment.date()


def read_submitted(base: str, value: Any) -> datetime | None:
    """When v1 was submitted, or None where that cannot be: the id itself carries the month in which it was given out.

    Some sources show the day of a later version here. Held papers get their id months after submission; none gets it
    before (a day of grace, for ids follow New York's clock).

    :param base: a well-formed id without version.
    """
    moment = read_past(value)
    if moment is None:
        return None
    year, month = month_of(base)
    last = date(year, month, monthrange(year, month)[1]) + timedelta(days=1)
    return moment if date(year, month, 1) - _LONGEST_HOLD <= moment.date() <= last else None


def read_doi(value: Any) -> str | None:
    """The first DOI of the text, without `doi:` or the resolver's address."""
    text = read_text(value)
    match = None if text is None else re.search(r"\b10\.\d{4,9}/[^\s,;]+", text)
    return match[0].rstrip(".") if match else None


def split_names(value: Any) -> tuple[str, ...]:
    """Authors written in one line (`A. One, B. Two and C. Three`), affiliations in parentheses left out."""
    text = read_text(value)
    if text is None:
        return ()
    for _ in range(_DEEPEST):
        text = _PARENTHESES.sub(" ", text)
    return tuple(name for part in re.split(r",\s+and\s+|,|\s+and\s+", text) if (name := " ".join(part.split())))


def turn_name(name: str) -> str:
    """`Last, First` as `First Last`; other names as they are."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}".strip() if comma else name


def read_links(candidates: Iterable[tuple[LinkKind, Any]]) -> tuple[Link, ...]:
    """The links that lead to a web address; `javascript:` and its like are dropped."""
    found: dict[Link, None] = {}
    for kind, value in candidates:
        url = read_text(value)
        if url is not None and is_web_address(url):
            found[Link(kind, url)] = None
    return tuple(found)


def is_web_address(url: str) -> bool:
    """Whether the text is an http(s) address of reasonable length."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url and len(url) <= _LONGEST_URL


def is_withdrawn(comment: str | None, abstract: str | None) -> bool:
    """Whether the authors or arXiv say that the paper itself was taken back (not a conference submission of it)."""
    return _says(_WITHDRAWN_COMMENT, comment) or _says(_WITHDRAWN_ABSTRACT, abstract)


def _says(pattern: re.Pattern[str], text: str | None) -> bool:
    start = (text or "")[:_WHERE_IT_SAYS_SO]
    # Nearly no paper says the word at all.
    return "withdraw" in start.lower() and pattern.search(start) is not None
