"""How do digests reach a feed reader? One Atom feed (RFC 4287) with an entry a digest, whose ids never change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.digests import words
from core.digests.span import Span

MOST = 30  # entries; the files of older digests stay


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A digest as the feed tells it.

    :param file: the name of its page, which lies beside the feed.
    :param body: of that page, as HTML.
    :param updated: when what it tells changed last; aware.
    """

    span: Span
    title: str
    file: str
    body: str
    updated: datetime


def id_of(span: Span | None, language: str) -> str:
    """The name of a digest, or of the feed itself, for ever: the same on every machine."""
    what = "digests" if span is None else f"digest:{span.name}"
    return uuid.uuid5(uuid.NAMESPACE_URL, f"trendlab:{what}:{language}").urn


def digests_atom(entries: Sequence[Entry], language: str) -> bytes:
    """The feed, the newest digest first; the same entries give the same bytes.

    :raises ValueError: there is no entry, and a feed must say when it was updated.
    """
    from feedgen.feed import FeedGenerator

    if not entries:
        raise ValueError("a feed of digests needs one; write a digest first")
    newest = sorted(entries, key=lambda entry: (entry.span.ready_at, entry.span.every), reverse=True)[:MOST]
    feed = FeedGenerator()
    feed.id(id_of(None, language))
    feed.title(words.FEED.to(language))
    feed.author(name="TrendLab")
    feed.generator("TrendLab")
    feed.language(language)
    feed.updated(max(entry.updated for entry in newest))
    for one in newest:
        entry = feed.add_entry(order="append")
        entry.id(id_of(one.span, language))
        entry.title(one.title)
        entry.published(one.span.ready_at)
        entry.updated(one.updated)
        entry.link(href=one.file, rel="alternate", type="text/html")
        entry.content(one.body, type="html")
    return bytes(feed.atom_str(pretty=True))
