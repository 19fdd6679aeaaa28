"""What does the catalog hand out? The records that pages and commands work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from core.papers.paper import Link, Paper
from core.papers.tags import Tag, TagKind

State = Literal["read", "skip", "saved"]
STATES: tuple[State, ...] = ("read", "skip", "saved")
UNREAD, NEW, STARRED = "unread", "new", "starred"
STANDS: tuple[str, ...] = (UNREAD, NEW, STARRED, *STATES)  # what a filter can ask of how a paper stands with its reader


@dataclass(frozen=True, kw_only=True)
class VersionSeen:
    """One version of a paper.

    :param submitted: when it was submitted; None where no source said so.
    :param seen: when the catalog first saw it.
    :param changed: which of title, abstract and authors differ from the known version before it.
    """

    version: int
    submitted: datetime | None
    seen: datetime
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A paper with all that the catalog knows around it.

    :param tags: those that count (a person's before a curated source's before the tagger's), most confident first.
    :param confidence: the tagger's confidence for each stage; empty where it has not read the paper.
    :param state: read, skip or saved; None is unread.
    :param sources: the ids of the sources that told of it.
    :param seen: when it first came into the catalog.
    """

    paper: Paper
    tags: tuple[Tag, ...] = ()
    confidence: dict[str, float] = field(default_factory=dict)
    state: State | None = None
    star: bool = False
    note_count: int = 0
    sources: tuple[str, ...] = ()
    versions: tuple[VersionSeen, ...] = ()
    seen: datetime

    @property
    def links(self) -> tuple[Link, ...]:
        """Where else the paper lives."""
        return self.paper.links

    def values(self, kind: TagKind) -> tuple[str, ...]:
        """What it is filed under, of one kind, most confident first."""
        return tuple(tag.value for tag in self.tags if tag.kind == kind)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What an upsert did: each paper handed in was new, changed or known before.

    :param fresh: the merged records of the new and changed papers, for tagging; one a paper.
    """

    new: int = 0
    changed: int = 0
    duplicate: int = 0
    new_ids: tuple[str, ...] = ()
    changed_ids: tuple[str, ...] = ()
    fresh: tuple[Paper, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which papers are wanted; None asks for nothing.

    :param stage, topic, application: filed under this, by the tags that count.
    :param source: told of by this source.
    :param since, until: v1 days, both included.
    :param state: `unread`, `read`, `skip`, `saved`, `starred`, or `new` since the last visit.
    :param text: what a person typed into the search box.
    :param visited: when the last visit was (aware): what came after it is new.
    """

    stage: str | None = None
    topic: str | None = None
    application: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    state: str | None = None
    text: str | None = None
    visited: datetime | None = None

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in STANDS:
            raise ValueError(f"state {self.state!r} does not exist; use {', '.join(STANDS)}")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search answers.

    :param hits: papers with a score, the best first; where there is no word to rank by, 0 for all, the newest first.
    :param considered: how many matches were ranked.
    :param whole: whether these are all matches; else they are the newest ones.
    :param cut: whether the search was ended because it took too long.
    :param hints: pieces of the query that were not taken as they look, and why.
    """

    hits: tuple[tuple[Stored, float], ...]
    considered: int
    whole: bool
    cut: bool = False
    hints: tuple[str, ...] = ()
