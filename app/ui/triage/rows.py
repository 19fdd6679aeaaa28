"""What does the browser know of one paper in the list? All that is shown of it, as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.ui import following, papers
from app.ui.words import _, text
from core.papers.latex import readable
from core.papers.tags import Tag
from core.papers.taxonomy import entry
from db import follows
from db.follows import Follow
from db.records import Stored


def row(stored: Stored, *, group: str, since: datetime | None, followed: Sequence[Follow]) -> dict[str, Any]:
    """One paper.

    :param group: the heading under which it stands, as `db.arranging` names it.
    :param since: papers that came after it are marked as new.
    :param followed: what somebody follows; a paper that it finds says so.
    """
    paper = stored.paper
    return {
        "id": paper.id,
        "href": f"paper?id={quote(paper.id, safe='')}",
        "title": readable(paper.title),
        "meta": papers.meta_words(stored),
        "chips": [_chip(tag) for tag in stored.tags],
        "abstract": readable(paper.abstract or papers.summary(paper) or ""),
        "notes": stored.note_count,
        "fresh": since is not None and stored.seen > since,
        "group": group,
        "why": _why(stored, followed),
    }


def _chip(tag: Tag) -> dict[str, Any]:
    found = entry(tag.kind, tag.value)
    return {
        "name": text(found.name),
        "light": found.light,
        "dark": found.dark,
        "soft": tag.kind != "stage",
        "hint": papers.hint(tag),
    }


def _why(stored: Stored, followed: Sequence[Follow]) -> str:
    """What of it somebody follows; '' where nothing is."""
    queries = {follows.topic_query(topic) for topic in stored.values("topic")}
    queries |= {follows.author_query(author) for author in stored.paper.authors}
    names = [following.title(follow) for follow in followed if follow.query in queries]
    return _("you follow {names}").format(names=", ".join(names)) if names else ""
