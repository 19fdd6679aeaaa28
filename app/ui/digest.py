"""How does one get digests and feeds? A choice that is kept, the newest one at a glance, and where the files lie."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from sqlite_utils import Database

from app.digests import choice as chosen
from app.digests.choice import Choice, Often
from app.digests.feeds import INDEX
from app.digests.files import CannotWrite
from app.digests.folder import feed_name
from app.digests.gathering import gather
from app.digests.writing import refresh_feeds, write_digest
from app.queue import is_served
from app.settings import settings
from app.ui import moments, trouble
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language
from core.digests.markdown import digest_markdown
from core.digests.page import page
from core.digests.span import Every, Span, last_ready
from core.digests.words import title
from core.exports.markdown_html import markdown_html
from core.language import LANGUAGES

_OFTEN, _FOLDER, _LANGUAGE, _FEEDS = "digest-often", "digest-folder", "digest-language", "digest-feeds"
_KIND, _SAID = "digest-kind", "digest-said"
_HEADINGS = {"# ": "##### ", "## ": "##### ", "### ": "###### "}
_TONGUES = {"en": "English", "ko": "한국어"}


def section(db: Database) -> None:
    """The digest: the newest one to read or keep, and whether it is written by itself."""
    st.subheader(_("Digest"), anchor=False)
    st.caption(
        _(
            "What arXiv announced and Hugging Face listed, against what is usual, with what you follow first: ten "
            "minutes to read. Where nothing came, it says why."
        )
    )
    choice = _choice(db)
    _newest(db, choice)
    _by_itself(db, choice)


def feeds_section(db: Database) -> None:
    """The feeds of what is followed."""
    choice = _choice(db)
    st.subheader(_("Feeds"), anchor=False)
    st.caption(
        _("Each of these is an Atom feed for your feed reader, and {file} subscribes to them all.").format(
            file=f"`{INDEX}`"
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(_("Write the feeds"), icon=":material/rss_feed:", key="feeds-write", on_click=_write_feeds)
        st.toggle(
            _("Write them after each sync"),
            value=choice.feeds,
            key=f"{_FEEDS}-{choice.feeds}",
            on_change=_keep_feeds,
            args=(not choice.feeds,),
        )
    _where(choice.feeds_folder / INDEX)
    _said("feeds")


def _choice(db: Database) -> Choice:
    """The choice; in the visitor's language where nobody has chosen yet."""
    return chosen.read_choice(db, settings(), language=language())


def _newest(db: Database, choice: Choice) -> None:
    """The last finished day or week: to read here, to keep, to write."""
    names: dict[Every, str] = {"day": _("Last announcement"), "week": _("Last week")}
    every: Every = "week" if choice.often == "week" else "day"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        kind: Every = st.segmented_control(
            _("Digest"),
            list(names),
            default=every,
            required=True,
            format_func=names.__getitem__,
            key=_KIND,
            label_visibility="collapsed",
        )
        span = last_ready(kind, datetime.now(UTC), announced=True)
        is_open = st.toggle(_("Read it here"), key="digest-read")
        st.button(
            _("Write it now"),
            icon=":material/save:",
            key="digest-write",
            on_click=_write,
            args=(span,),
            type="secondary",
        )
    _said("digest")
    if not is_open:
        return
    text = digest_markdown(gather(db, span), language())
    with st.container(border=True, key="digest-preview"):
        # Its headings stand below those of this page, and are smaller.
        st.markdown(re.sub(r"^#{1,3} ", lambda found: _HEADINGS[found[0]], text, flags=re.MULTILINE))
    name = title(span, language())
    st.download_button(
        _("Web page"),
        page(name, markdown_html(text), language()),
        file_name=f"digest-{span.name}.html",
        mime="text/html",
        icon=":material/download:",
        key="digest-page",
        on_click="ignore",
    )


def _by_itself(db: Database, choice: Choice) -> None:
    """Whether digests are written by themselves, how often, and where."""
    names: dict[Often, str] = {"never": _("Never"), "day": _("Every day"), "week": _("Every week")}
    # What is kept is the truth; it may have been changed by a command.
    st.session_state[_OFTEN], st.session_state[_LANGUAGE] = choice.often, choice.language
    st.session_state[_FOLDER] = str(choice.folder)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            _("Write it after a sync"),
            list(names),
            required=True,
            format_func=names.__getitem__,
            key=_OFTEN,
            on_change=_keep,
            help=_("A sync that fails is told too. The days are Monday to Friday, as arXiv's announcements."),
        )
        st.segmented_control(
            _("Language of the files"),
            LANGUAGES,
            required=True,
            format_func=_TONGUES.__getitem__,
            key=_LANGUAGE,
            on_change=_keep,
        )
        st.text_input(_("Folder"), key=_FOLDER, on_change=_keep, width="stretch")
    _where(choice.folder / feed_name(choice.language))
    _how_it_went(db, choice)


def _where(file: Path) -> None:
    """That files are not served, and where they lie."""
    st.caption(
        _(
            "The app serves nothing to others: a feed reader on this machine opens {address}, and other devices need a "
            "folder that is synced to them."
        ).format(address=f"`{file.as_uri().replace('`', '%60')}`")
    )


def _how_it_went(db: Database, choice: Choice) -> None:
    """When the last one was written, and what keeps the next one from it."""
    if not choice.is_on:
        return
    state, now = chosen.read_state(db), datetime.now(UTC)
    if state.error:
        time = moments.clock(state.again or now, now)
        words = _("The folder could not be written: {why} It is tried again at {time}.")
        st.warning(words.format(why=plain(f"{state.error}."), time=time), icon=":material/folder_off:")
    elif state.written is not None:
        words = _("Written last: {time}").format(time=moments.clock(state.written, now))
        newest = "" if state.upto is None else f" · {plain(title(Span.parse(state.upto), language()))}"
        st.caption(f":material/check: {words}{newest}")
    if not is_served(settings()):
        st.caption(
            ":material/schedule: " + _("Nobody writes digests at the moment: they wait until python -m app serve runs.")
        )


def _keep() -> None:
    db = catalog()
    before = _choice(db)
    try:
        folder = chosen.read_folder(st.session_state[_FOLDER])
    except ValueError:
        _say("digest", _("Write the folder as a whole path, such as {path}").format(path=plain(str(before.folder))))
        return
    chosen.choose(
        db,
        Choice(
            often=st.session_state[_OFTEN] or before.often,
            folder=folder,
            language=st.session_state[_LANGUAGE] or before.language,
            feeds=before.feeds,
        ),
    )


def _keep_feeds(wanted: bool) -> None:
    db = catalog()
    before = _choice(db)
    chosen.choose(db, Choice(often=before.often, folder=before.folder, language=before.language, feeds=wanted))


def _write(span: Span) -> None:
    db, places = catalog(), settings()
    choice = _choice(db)
    try:
        _digest, written = write_digest(db, places, span, folder=choice.folder, language=choice.language)
    except CannotWrite as error:
        _say("digest", plain(trouble.told(error)))
        return
    _say("digest", _("Written: {file}").format(file=plain(str(written.page))), well=True)


def _write_feeds() -> None:
    db, places = catalog(), settings()
    choice = _choice(db)
    try:
        wrote = refresh_feeds(db, places, folder=choice.feeds_folder, language=choice.language)
    except CannotWrite as error:
        _say("feeds", plain(trouble.told(error)))
        return
    _say("feeds", _("Written: {file}").format(file=plain(str(wrote.folder / INDEX))), well=True)


def _say(place: str, words: str, *, well: bool = False) -> None:
    """Keep words for the part of the page that is drawn next."""
    st.session_state[f"{_SAID}-{place}"] = (words, well)


def _said(place: str) -> None:
    """What a button did, once."""
    words, well = st.session_state.pop(f"{_SAID}-{place}", ("", True))
    if words:
        (st.success if well else st.error)(words, icon=":material/check:" if well else ":material/folder_off:")
