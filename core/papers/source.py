"""What is a source of papers? Something that yields pages, says how many there should be, and never hides a failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, ClassVar, Protocol

from core.language import Text
from core.papers.paper import Paper

Checkpoint = dict[str, Any]


def check_category(name: str) -> str:
    """The name, where it can be an arXiv category.

    :raises ValueError: it cannot.
    """
    if re.fullmatch(r"[a-z][a-z-]*(\.[A-Za-z][A-Za-z-]*)?", name, re.ASCII) is None:
        raise ValueError(f"{name!r} is not an arXiv category; give names such as cs.CL")
    return name


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is asked for: v1 days from `since` to `until`, both included, in these arXiv categories."""

    since: date
    until: date
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"the window begins on {self.since}, after its end {self.until}; swap the two dates")
        for category in self.categories:
            check_category(category)

    def __str__(self) -> str:
        return f"{self.since}..{self.until}"


@dataclass(frozen=True)
class Problem:
    """One record that was refused while the rest of its page was kept.

    :param where: what it was: an id, or its place in the page.
    :param why: one line.
    """

    where: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer of a server (or one part of a file), already parsed.

    :param papers: the records that were understood.
    :param said: how many the server says there are in the whole window; None where it does not say.
    :param received: records seen on this page, refused ones included.
    :param checkpoint: JSON-able; given back to `pages`, the source goes on after this page. None on the last page.
    :param problems: the records that were refused, and why.
    :param requests: HTTP requests it took, retries included.
    """

    papers: tuple[Paper, ...]
    said: int | None = None
    received: int = 0
    checkpoint: Checkpoint | None = None
    problems: tuple[Problem, ...] = ()
    requests: int = 1


class SourceError(Exception):
    """A failure with a name. `outcome` is the word that the ledger writes down."""

    outcome: ClassVar[str]

    def __init__(self, why: str, *, retry_after: float | None = None, requests: int = 1) -> None:
        """
        :param why: one line: what, where, how to mend.
        :param retry_after: seconds the server asked us to wait, where it did.
        :param requests: HTTP requests spent before giving up.
        """
        super().__init__(why)
        self.retry_after = retry_after
        self.requests = requests


class Throttled(SourceError):
    """429, 406 or "Rate exceeded.": the server asks us to slow down."""

    outcome = "throttled"


class Stale(SourceError):
    """The server answers with an old day's data."""

    outcome = "stale"


class Broken(SourceError):
    """An answer that is not what it should be: 400, an error entry, bad XML or JSON, HTML."""

    outcome = "broken"


class Unreachable(SourceError):
    """503, a reset connection, a time-out, no network."""

    outcome = "unreachable"


@dataclass(frozen=True, kw_only=True)
class About:
    """What the rest of the app needs to know of a source, without opening it.

    :param title: its name for people.
    :param help: what it brings and when to use it.
    :param limits: the provider's limits and terms, in a line.
    :param setting: the settings field that holds its base URL; None for sources that need no network.
    :param default: whether `sync` asks it when no source is named.
    """

    title: Text
    help: Text
    limits: Text
    setting: str | None
    default: bool


class Source(Protocol):
    """The contract. A source file carries `SOURCE`, an object with these.

    `open(endpoint=, delay=)` gives a `Connection`, so that a listed source costs nothing until it is used.
    """

    id: str
    about: About

    def open(self, *, endpoint: str, delay: float) -> Connection: ...


class Connection(Protocol):
    """An open source."""

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The pages of `window`, or those after `checkpoint`.

        :raises SourceError: one of the named errors; a failure never becomes an empty list.
        """
        ...


class Refused(Exception):
    """A file that was recognised but holds nothing to take: an error answer, another archive's records. One line."""


class Unrecognised(Refused):
    """A file in none of the known formats; the line says what it looks like."""


class Format(Protocol):
    """The contract of a file format: a file in core/papers/formats/ carries `FORMAT`, an object with these."""

    id: str
    title: Text

    def recognise(self, name: str, head: bytes) -> bool:
        """Whether a file of this name that begins with `head` (up to 4,096 bytes, decompressed) is in this format."""
        ...

    def read(self, stream: IO[bytes]) -> Iterator[Page]:
        """The papers of an open, decompressed file, page by page, so that a dump need not fit in memory.

        :raises Refused: recognised, but nothing in it can be imported, and why.
        :raises Broken: the content is damaged; the message says where.
        """
        ...


def into_pages(records: Iterable[Paper | Problem], *, size: int = 500) -> Iterator[Page]:
    """The records of a file in pages of at most `size`, read only as far as asked for.

    :raises Refused: there was not one record.
    """
    papers: list[Paper] = []
    problems: list[Problem] = []
    seen = 0
    for record in records:
        seen += 1
        if isinstance(record, Paper):
            papers.append(record)
        else:
            problems.append(record)
        if len(papers) + len(problems) == size:
            yield _page(papers, problems)
            papers, problems = [], []
    if not seen:
        raise Refused("it holds no papers")
    if papers or problems:
        yield _page(papers, problems)


def _page(papers: list[Paper], problems: list[Problem]) -> Page:
    received = len(papers) + len(problems)
    return Page(papers=tuple(papers), received=received, problems=tuple(problems), requests=0)
