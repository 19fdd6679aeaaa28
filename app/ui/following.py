"""How does one follow an author, a topic or a search, and stop it again?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import streamlit as st
from sqlite_utils import Database

from app.told import followed_name
from app.ui import undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, text
from core.papers.tags import TagKind
from core.papers.taxonomy import Entry, applications, entry, stages, topics
from db import follows
from db.follows import Follow, FollowKind
from db.query import parse_text
from db.records import Stored

MANY = 12  # names; more of them are looked up by typing
_NAME = 80  # letters of a name
_TOPIC = re.compile(r"topic:([\w-]+)")
_AUTHOR = re.compile(r'author:(?:"([^"]+)"|([^\s"]+))')
_KINDS: dict[str, TagKind] = {"stage": "stage", "topic": "topic", "app": "application"}


def title(follow: Follow) -> str:
    """What it is called, in the visitor's language where that is known."""
    return text(followed_name(follow))


def found(db: Database, query: str) -> Follow | None:
    """What is followed under this query."""
    return next((item for item in follows.list_follows(db) if query and item.query == query), None)


def button(query: str, follow: Follow | None) -> None:
    """Follow what is asked for now, or stop following it.

    :param query: as text of the search box.
    :param follow: what is followed under it.
    """
    asked = parse_text(query)
    if not query or asked.hopeless or asked.paper is not None:
        return
    if follow is not None:
        st.button(
            _("Following"),
            icon=":material/notifications_active:",
            key="unfollow-this",
            type="tertiary",
            help=_("Press to follow it no longer."),
            on_click=unfollow,
            args=(follow,),
        )
        return
    with st.popover(_("Follow"), icon=":material/notification_add:", type="tertiary"):
        key = f"follow-name-{query}"
        st.text_input(_("Name"), name_of(query), key=key, max_chars=_NAME)
        st.caption(_("It will stand under Following, with the papers that came since you looked there."))
        words = _("Follow this search")
        st.button(words, type="primary", key="follow-this", on_click=_follow_this, args=(query, key))


def of_paper(db: Database, stored: Stored) -> None:
    """A button on a paper's page that opens its authors and topics, each to be followed or not."""
    authors = [name for name in dict.fromkeys(stored.paper.authors) if name != "et al." and any(map(str.isalnum, name))]
    filed = [topic for topic in stored.values("topic") if topic in topics()]
    if not authors and not filed:
        return
    held = {item.query for item in follows.list_follows(db)}
    with st.popover(_("Follow"), icon=":material/notification_add:", type="tertiary"):
        if authors:
            queries = {name: follows.author_query(name) for name in authors}
            _choose(f"follow-authors-{stored.paper.id}", _("Authors"), queries, {name: name for name in authors}, held)
        if filed:
            queries = {topic: follows.topic_query(topic) for topic in filed}
            names = {topic: text(topics()[topic].name) for topic in filed}
            _choose(f"follow-topics-{stored.paper.id}", _("Topics"), queries, names, held)


def unfollow(follow: Follow) -> None:
    """Follow it no longer, and offer to take that back."""
    try:
        gone = follows.remove(catalog(), follow.id)
    except follows.UnknownFollow:
        # Another tab was faster.
        return
    words = _("No longer followed: {name}").format(name=undo.short(title(gone)))
    undo.record(words, partial(follows.restore, follow=gone))


def name_of(query: str) -> str:
    """What a search could be called: the names of what it filters by, and its words."""
    known: dict[TagKind, dict[str, Entry]] = {
        "stage": dict(stages()),
        "topic": dict(topics()),
        "application": dict(applications()),
    }
    parts: list[str] = []
    words: list[str] = []
    for piece in query.split():
        kind, _colon, value = piece.partition(":")
        if kind in _KINDS and value in known[_KINDS[kind]]:
            parts.append(text(entry(_KINDS[kind], value).name))
        else:
            words.append(piece)
    author = _AUTHOR.fullmatch(query)
    if author is not None:
        return (author[1] or author[2])[:_NAME]
    return " · ".join([*parts, *([" ".join(words)] if words else [])])[:_NAME]


def _choose(key: str, label: str, queries: dict[str, str], names: dict[str, str], held: set[str]) -> None:
    """The names, those that are followed chosen."""
    values: Sequence[str] = list(queries)
    # What is followed is the truth; it may have changed elsewhere.
    st.session_state[key] = [value for value in values if queries[value] in held]
    if len(values) > MANY:
        st.multiselect(
            label, values, format_func=names.__getitem__, key=key, on_change=_keep, args=(key, queries, names)
        )
    else:
        st.pills(
            label,
            values,
            selection_mode="multi",
            format_func=lambda value: plain(names[value]),
            key=key,
            on_change=_keep,
            args=(key, queries, names),
        )


def _keep(key: str, queries: dict[str, str], names: dict[str, str]) -> None:
    """Follow what is chosen, and no longer what is not."""
    held = {item.query: item for item in follows.list_follows(catalog())}
    for value, query in queries.items():
        chosen = value in st.session_state[key]
        if chosen and query not in held:
            _follow(query, names[value])
        elif not chosen and query in held:
            unfollow(held[query])


def _follow_this(query: str, key: str) -> None:
    """Follow a search under the name in the field `key`, which may have been written just now."""
    _follow(query, str(st.session_state.get(key, "")))


def _follow(query: str, name: str) -> None:
    kind: FollowKind = "search"
    if _AUTHOR.fullmatch(query):
        kind = "author"
    elif _TOPIC.fullmatch(query):
        kind = "topic"
    follow = follows.add(catalog(), kind=kind, name=name.strip() or name_of(query), query=query)
    words = _("Followed: {name}").format(name=undo.short(title(follow)))
    undo.record(words, partial(_remove, follow_id=follow.id))


def _remove(db: Database, follow_id: int) -> None:
    follows.remove(db, follow_id)
