"""What is a source of papers? Something that yields pages, says how many there should be, and never hides a failure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from core.language import Text
from core.papers.paper import Paper

if TYPE_CHECKING:
    from core.papers.asking.http import Http

Checkpoint = dict[str, Any]
Days = Literal["submitted", "modified", "announced", "listed"]


def check_category(name: str) -> str:
    """The name, where it can be an arXiv category.

    :raises ValueError: it cannot.
    """
    if re.fullmatch(r"[a-z][a-z-]*(\.[A-Za-z][A-Za-z-]*)?", name, re.ASCII) is None:
        raise ValueError(f"{name!r} is not an arXiv category; give names such as cs.CL")
    return name


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is asked for: days from `since` to `until`, both included, in these arXiv categories.

    Which day of a paper counts is the source's to say (`About.days`).
    """

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
    :param deleted: base ids of papers that the server says it has deleted.
    :param remember: JSON-able; given to `Source.open` as `memory` the next time, whatever the window. None leaves what
        is remembered as it is.
    :param requests: HTTP requests it took, retries included.
    :param waited: seconds spent waiting for one's turn and between retries.
    """

    papers: tuple[Paper, ...]
    said: int | None = None
    received: int = 0
    checkpoint: Checkpoint | None = None
    problems: tuple[Problem, ...] = ()
    deleted: tuple[str, ...] = ()
    remember: Checkpoint | None = None
    requests: int = 1
    waited: float = 0.0


class SourceError(Exception):
    """A failure with a name. `outcome` is the word that the ledger writes down."""

    outcome: ClassVar[str]

    def __init__(
        self,
        why: str,
        *,
        retry_after: float | None = None,
        requests: int = 1,
        waited: float = 0.0,
        status: int | None = None,
    ) -> None:
        """
        :param why: one line: what, where, how to mend.
        :param retry_after: seconds the server asked us to wait, where it did.
        :param requests: HTTP requests spent before giving up.
        :param waited: seconds spent waiting before giving up.
        :param status: the HTTP status, where that is what failed.
        """
        super().__init__(why)
        self.retry_after = retry_after
        self.requests = requests
        self.waited = waited
        self.status = status


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
    :param provider: whose limits it shares with other sources: all of one provider take turns, and a cool-down is the
        provider's; None for sources that need no network.
    :param days: which day of a paper a window is about.
    :param again: days before the last good sync that are asked for once more, for what comes late: papers held by
        moderation, votes that settle.
    :param silence: seconds without a byte after which its server counts as unreachable.
    """

    title: Text
    help: Text
    limits: Text
    setting: str | None
    default: bool
    provider: Literal["arxiv", "huggingface"] | None
    days: Days
    again: int
    silence: float = 30.0


class Source(Protocol):
    """The contract. A source file carries `SOURCE`, an object with these.

    `open` gives a `Connection`, so that a listed source costs nothing until it is used.
    """

    id: str
    about: About

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> Connection:
        """
        :param http: the client to ask with; it keeps the provider's limits.
        :param memory: what the source's last page with `remember` set wanted to be known.
        """
        ...


class Connection(Protocol):
    """An open source."""

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The pages of `window`, or those after `checkpoint`.

        :raises SourceError: one of the named errors; a failure never becomes an empty list.
        """
        ...


# What reading a file may end with: our own word for damage, and those of the gzip reader and the disk.
DAMAGE = (Broken, OSError, EOFError, zlib.error)


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

    Where the file turns out to be damaged, the records before that come as a last page, and then the error.

    :raises Refused: there was not one record.
    """
    papers: list[Paper] = []
    problems: list[Problem] = []
    seen = 0
    try:
        for record in records:
            seen += 1
            if isinstance(record, Paper):
                papers.append(record)
            else:
                problems.append(record)
            if len(papers) + len(problems) == size:
                yield _page(papers, problems)
                papers, problems = [], []
    except DAMAGE:
        if papers or problems:
            yield _page(papers, problems)
        raise
    if not seen:
        raise Refused("it holds no papers")
    if papers or problems:
        yield _page(papers, problems)


def _page(papers: list[Paper], problems: list[Problem]) -> Page:
    received = len(papers) + len(problems)
    return Page(papers=tuple(papers), received=received, problems=tuple(problems), requests=0)
