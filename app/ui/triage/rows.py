"""What does the browser know of the papers in the list? All that is shown of them, as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from app.ui import following
from app.ui import papers as listed
from app.ui import summary as by_model
from app.ui.words import _, text
from core.papers.latex import readable
from core.papers.tags import Tag
from core.papers.taxonomy import entry
from db import follows
from db.follows import Follow
from db.papers import get_many
from db.records import Stored


def rows(db: Database, groups: Mapping[str, str], since: datetime | None) -> list[dict[str, Any]]:
    """These papers, in their order.

    :param groups: paper id to the heading under which it stands, as `db.arranging` names it.
    :param since: papers that came after it are marked as new.
    """
    papers = get_many(db, list(groups))
    followed, told = follows.list_follows(db), by_model.told(db, papers)
    return [
        _row(stored, group=groups[stored.paper.id], since=since, followed=followed, told=told.get(stored.paper.id))
        for stored in papers
    ]


def _row(
    stored: Stored,
    *,
    group: str,
    since: datetime | None,
    followed: Sequence[Follow],
    told: tuple[str, str] | None,
) -> dict[str, Any]:
    """One paper.

    :param followed: what somebody follows; a paper that it finds says so.
    :param told: what a language model wrote on it, and that it did.
    """
    paper = stored.paper
    return {
        "id": paper.id,
        "href": f"paper?id={quote(paper.id, safe='')}",
        "title": readable(paper.title),
        "meta": listed.meta_words(stored),
        "chips": [_chip(tag) for tag in stored.tags],
        "abstract": readable(paper.abstract or listed.summary(paper) or ""),
        "notes": stored.note_count,
        "fresh": since is not None and stored.seen > since,
        "group": group,
        "why": _why(stored, followed),
        "told": None if told is None else {"words": told[0], "by": told[1]},
    }


def _chip(tag: Tag) -> dict[str, Any]:
    found = entry(tag.kind, tag.value)
    return {
        "name": text(found.name),
        "light": found.light,
        "dark": found.dark,
        "soft": tag.kind != "stage",
        "hint": listed.hint(tag),
    }


def _why(stored: Stored, followed: Sequence[Follow]) -> str:
    """What of it somebody follows; '' where nothing is."""
    queries = {follows.topic_query(topic) for topic in stored.values("topic")}
    queries |= {follows.author_query(author) for author in stored.paper.authors}
    names = [following.title(follow) for follow in followed if follow.query in queries]
    return _("you follow {names}").format(names=", ".join(names)) if names else ""
