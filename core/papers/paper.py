"""What is a paper, to TrendLab? One frozen record under its base arXiv id, whatever source told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

LinkKind = Literal["code", "project", "model", "dataset", "space", "thumbnail"]


@dataclass(frozen=True)
class Link:
    """Where else the paper lives: code, project page, model, data set, space, or overview thumbnail."""

    kind: LinkKind
    url: str


class Version(NamedTuple):
    """One version of a paper and when it was submitted (UTC); None where that is not known."""

    number: int
    submitted: datetime | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Unknown is None (or an empty tuple for lists), never a made-up value. Times are aware, in UTC.

    :param id: arXiv id without version, old style too.
    :param version: the version this record describes.
    :param title: raw text; LaTeX is made readable for display only.
    :param authors: full names in order; the last may be "et al." where the source does not have them all.
    :param categories: as given; may hold ACM or MSC classes.
    :param submitted: when v1 was submitted; trends count by this.
    :param updated: when `version` was submitted.
    :param announced: the day arXiv announced it.
    :param listed: the Hugging Face list day.
    :param summary: language code to a summary written by the source (not the abstract).
    :param history: all versions up to `version`, where the source lists them; not part of a merged record.
    :param stages, topics, applications: a curated source's own tags (the starter catalog); else None.
    """

    id: str
    title: str
    version: int | None = None
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    primary_category: str | None = None
    submitted: datetime | None = None
    updated: datetime | None = None
    announced: date | None = None
    listed: date | None = None
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    withdrawn: bool | None = None
    links: tuple[Link, ...] = ()
    upvotes: int | None = None
    stars: int | None = None
    keywords: tuple[str, ...] = ()
    summary: dict[str, str] | None = None
    history: tuple[Version, ...] = ()
    stages: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    applications: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("submitted", "updated"):
            moment = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"paper {self.id}: {name} {moment} has no time zone; give it in UTC")
