"""What do I follow, and what of it waits for me?"""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app.ui import digest, following, looking, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text
from db import follows
from db.follows import Follow, FollowKind


def render() -> None:
    """All that is followed, by kind, each with what waits there."""
    st.title(_("Following"))
    pipeline.draw()
    db = catalog()
    found = follows.list_follows(db)
    if not found:
        words = _(
            "Nothing is followed yet. Press Follow on a paper for its authors and topics, or on the Inbox for a search."
        )
        st.info(words, icon=":material/notification_add:")
        return
    names: dict[FollowKind, str] = {"search": _("Searches"), "topic": _("Topics"), "author": _("Authors")}
    for kind, name in names.items():
        members = [follow for follow in found if follow.kind == kind]
        if members:
            st.subheader(name, anchor=False)
            with st.container(border=True, gap="xsmall", key=f"followed-{kind}"):
                for follow in members:
                    _row(db, follow)
    digest.feeds_section(db)


def _row(db: Database, follow: Follow) -> None:
    waiting = follows.waiting(db, follow)
    name = following.title(follow)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"follow-{follow.id}"):
        looking.link(follow, name)
        if waiting.new:
            st.badge(_("{n} new").format(n=looking.count_words(waiting.new)), color="green")
        st.caption(_("{n} unread").format(n=looking.count_words(waiting.unread)), width="content")
        if follow.kind == "search" and name != follow.query:
            st.caption(f"`{follow.query.replace('`', ' ')}`", width="stretch")
        else:
            st.space("stretch")
        st.button(
            _("Unfollow"),
            icon=":material/notifications_off:",
            key=f"unfollow-{follow.id}",
            type="tertiary",
            on_click=following.unfollow,
            args=(follow,),
        )


PAGE = Page(
    id="following",
    title=Text("Following", "팔로우"),
    icon=":material/notifications:",
    section="read",
    order=1,
    render=render,
)
