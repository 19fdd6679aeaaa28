"""Which feeds are there of what a person follows? One Atom file each, and an index to subscribe to them all.

A file's name is the follow's id, which is never given to another one, and its name. The feed of what is no longer
followed is removed, for one that stands still would look like a quiet one; only files that the index before named go.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from sqlite_utils import Database

from app.digests.files import keep
from app.told import followed_name, listed_paper
from core.digests import words
from core.digests.page import page
from core.exports.escape import one_line
from core.exports.export import exports
from core.exports.report import Report
from core.papers.trends import Period
from db import follows, papers
from db.follows import Follow
from db.records import Filters

PAPERS_MOST = 100  # of one feed: a reader keeps those that it has seen
INDEX, PAGE = "feeds.opml", "index.html"
_OURS = re.compile(r"\d+-[a-z0-9-]*\.atom", re.ASCII)
_NO_DAY = Period(date(1970, 1, 1), date(1970, 1, 1))  # a feed is of no period, and must not change with the day


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The feed of something that is followed.

    :param title: what it is called in the language of the feeds.
    """

    follow: Follow
    title: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """All feeds of a folder, in the order of the follows; `changed` and `removed` tell what is different now."""

    folder: Path
    feeds: tuple[Feed, ...]
    changed: tuple[Path, ...]
    removed: tuple[Path, ...]


def write_feeds(db: Database, folder: Path, language: str) -> Feeds:
    """Bring the feeds of a folder up to date with what is followed.

    :raises OSError: a file cannot be written; what was whole before still is.
    """
    found = tuple(_feed(follow, folder, language) for follow in follows.list_follows(db))
    changed = [feed.path for feed in found if keep(feed.path, _content(db, feed, language))]
    if keep(folder / PAGE, _page(found, language)):
        changed.append(folder / PAGE)
    removed = [path for path in _named_before(folder) - {feed.path for feed in found} if path.is_file()]
    for path in removed:
        path.unlink()
    # Last: until then the index before tells what is to be removed.
    if keep(folder / INDEX, _opml(found, language)):
        changed.append(folder / INDEX)
    return Feeds(folder=folder, feeds=found, changed=tuple(changed), removed=tuple(sorted(removed)))


def _feed(follow: Follow, folder: Path, language: str) -> Feed:
    title = one_line(followed_name(follow).to(language)) or one_line(follow.query)
    return Feed(follow=follow, title=title, path=folder / f"{follow.id}-{_slug(follow.name)}.atom")


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "feed"


def _content(db: Database, feed: Feed, language: str) -> bytes:
    found = papers.browse(db, filters=Filters(text=feed.follow.query), limit=PAPERS_MOST)
    report = Report(
        period=_NO_DAY,
        before=_NO_DAY,
        generated_for=_NO_DAY.end,
        papers=tuple(map(listed_paper, found)),
        name=feed.title,
        query=feed.follow.query,
    )
    return exports("papers")["papers-atom"].render(report, language)


def _named_before(folder: Path) -> set[Path]:
    """The feeds that the index names: files of ours in this folder, whatever else it may name."""
    try:
        tree = ElementTree.fromstring((folder / INDEX).read_bytes())
    except (FileNotFoundError, ElementTree.ParseError):
        return set()
    names = {str(outline.get("xmlUrl", "")).rpartition("/")[2] for outline in tree.iter("outline")}
    return {folder / name for name in names if _OURS.fullmatch(name)}


def _opml(feeds: Sequence[Feed], language: str) -> bytes:
    """OPML 2.0. Addresses are those of files, for the app serves nothing to others."""
    root = ElementTree.Element("opml", version="2.0")
    head, body = ElementTree.SubElement(root, "head"), ElementTree.SubElement(root, "body")
    ElementTree.SubElement(head, "title").text = words.FEEDS.to(language)
    for feed in feeds:
        # Readers of OPML take "rss" for every kind of feed.
        ElementTree.SubElement(
            body, "outline", type="rss", text=feed.title, title=feed.title, xmlUrl=feed.path.absolute().as_uri()
        )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _page(feeds: Sequence[Feed], language: str) -> bytes:
    title = escape(words.FEEDS.to(language))
    items = "".join(f'<li><a href="{feed.path.name}">{escape(feed.title)}</a></li>\n' for feed in feeds)
    nothing = f"<p>{escape(words.NO_FOLLOWS_FEEDS.to(language))}</p>\n"
    index = f'<p><a href="{INDEX}">{escape(words.SUBSCRIBE.to(language))}</a></p>\n'
    return page(
        words.FEEDS.to(language), f"<h1>{title}</h1>\n{index if feeds else nothing}<ul>\n{items}</ul>\n", language
    )
