"""What is new in what one follows, and what stays new while one looks at it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st
from sqlite_utils import Database

from app.settings import settings
from app.ui import finding, following, navigation
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _
from db import follows
from db.follows import MOST, Follow, FollowKind
from db.visits import PAUSE

_ICONS: dict[FollowKind, str] = {
    "search": ":material/search:",
    "topic": ":material/label:",
    "author": ":material/person:",
}
SHOWN = 5  # of those with something new, in one row
_REFRESH = 60  # seconds that a count on the Inbox holds
_NAME = 32  # letters of a name in that row


def at(db: Database, query: str, now: datetime | None = None) -> Follow | None:
    """What is followed under this query; what came after its `visited` is new as long as one looks.

    It counts as looked at from now on. A look lasts until nobody has looked for half an hour, so that what is new stays
    new through a reload.
    """
    follow = following.found(db, query)
    if follow is None:
        return None
    now = now or datetime.now(UTC)
    looks, place = _looks(), (str(settings().catalog), follow.id)
    since, last = looks.get(place, (follow.visited, None))
    if last is None or now - last > PAUSE:
        since = follow.visited
    # Writing waits for a sync that writes: only where it makes a difference.
    if last is None or (now - follow.visited).total_seconds() > _REFRESH or follows.waiting(db, follow).new:
        follows.visit(db, follow.id, now)
    looks[place] = (since, now)
    return replace(follow, visited=since)


@st.cache_resource
def _looks() -> dict[tuple[str, int], tuple[datetime, datetime]]:
    """Catalog and follow: since when papers are new there, and when somebody looked last."""
    return {}


def count_words(n: int) -> str:
    """How many wait; more than are counted read as 99+."""
    return f"{MOST - 1}+" if n >= MOST else f"{n}"


def news(db: Database, open_: Callable[[str], None]) -> None:
    """One row with what has something new; nothing where nothing has.

    :param open_: shows the papers of a query on this page.
    """
    found = [(follow, _new(str(settings().catalog), follow)) for follow in follows.list_follows(db)]
    waiting = [(follow, new) for follow, new in found if new]
    if not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="news"):
        st.caption(_("New in what you follow:"), width="content")
        for follow, new in waiting[:SHOWN]:
            st.button(
                plain(f"{_short(following.title(follow))} · {count_words(new)}"),
                icon=_ICONS[follow.kind],
                key=f"news-{follow.id}",
                type="tertiary",
                on_click=open_,
                args=(follow.query,),
            )
        if len(waiting) > SHOWN:
            st.page_link(navigation.target("following"), label=_("all"), icon=":material/arrow_forward:")


def link(follow: Follow, words: str) -> None:
    """A link to the papers of what is followed.

    :param words: shown letter by letter.
    """
    st.page_link(
        navigation.target("inbox"),
        label=plain(words),
        icon=_ICONS[follow.kind],
        query_params={finding.PARAM: follow.query},
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"


@st.cache_data(ttl=_REFRESH, max_entries=1_000, show_spinner=False)
def _new(path: str, follow: Follow) -> int:
    """How many papers are new there. The path tells one catalog's answers from another's."""
    return follows.waiting(catalog(), follow).new
