"""Which paper is this, by whom, and where can it be read? The title with its formulas, authors, links, citation."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

import streamlit as st

from app.ui import finding, navigation, papers
from app.ui.escape import plain
from app.ui.words import _, n_
from core.papers.formula import drawn
from core.papers.ids import month_of
from core.papers.latex import pieces, readable
from core.papers.paper import Link, LinkKind, Paper
from db import follows
from db.records import Stored

AUTHORS_SHOWN = 8
AUTHORS_MOST = 300  # a collaboration has thousands
LINKS_SHOWN = 2  # of one kind
_ADDRESS_LONGEST = 34  # letters of an address that are shown
_NOT_UNDERSTOOD = re.compile(r"\\[A-Za-z]|[{}]")
_WEB_VERSIONS_SINCE = (2023, 12)  # arXiv makes them of papers since then; ar5iv has those before


def title(paper: Paper) -> str:
    """The title as Markdown: formulas for KaTeX, all else letter by letter."""
    words = ""
    for piece, inner in pieces(paper.title):
        formula = drawn(inner) if inner is not None else None
        shown = readable(piece)
        if formula is not None:
            # Two dollars in a row would be read as one sign.
            words += f"{' ' if words.endswith('$') else ''}${formula}$"
        elif inner is None and _NOT_UNDERSTOOD.search(shown):
            # A command that holds a formula in it, say: better all of it as text.
            return plain(readable(paper.title))
        else:
            before, after = (" " if edge.isspace() else "" for edge in (shown[:1], shown[-1:]))
            words += f"{before}{plain(shown)}{after}"
    return words.strip() or plain(paper.title)


def authors(paper: Paper) -> None:
    """Each author as a link to the papers by them."""
    names = list(dict.fromkeys(paper.authors))
    if not names:
        st.caption(_("authors unknown"))
        return
    key = f"all-authors-{paper.id}"
    shown = names[: AUTHORS_MOST if st.session_state.get(key) else AUTHORS_SHOWN]
    inbox = navigation.target("inbox")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="authors"):
        for name in shown:
            if name.rstrip(".") == "et al" or not any(map(str.isalnum, name)):
                st.markdown(plain(name), width="content")
                continue
            asked = {finding.PARAM: follows.author_query(name)}
            st.page_link(inbox, label=plain(name), query_params=asked, width="content")
        left = len(names) - len(shown)
        if left and len(shown) < AUTHORS_MOST:
            words = n_("and {n} more", "and {n} more", left)
            st.button(words, key="more-authors", type="tertiary", on_click=_show_all, args=(key,))
        elif left:
            st.caption(n_("and {n} more", "and {n} more", left), width="content")


def _show_all(key: str) -> None:
    st.session_state[key] = True


def line(stored: Stored) -> None:
    """Day, category, what people thought of it, and what it is filed under."""
    paper = stored.paper
    parts = [
        papers.day(paper),
        paper.primary_category or "",
        f"▲ {paper.upvotes:,}" if paper.upvotes else "",
        f"★ {paper.stars:,}" if paper.stars else "",
        _("withdrawn") if paper.withdrawn else "",
    ]
    words = escape(" · ".join(part for part in parts if part))
    st.html(f'<div class="tl-chips"><span class="tl-meta">{words}</span>{papers.chips(stored)}</div>')


def links(paper: Paper) -> None:
    """Where the paper can be read, and its code, models and data."""
    with st.container(horizontal=True, gap="small", key="paper-links"):
        _out("arXiv", f"https://arxiv.org/abs/{paper.id}", ":material/open_in_new:")
        _out("PDF", f"https://arxiv.org/pdf/{paper.id}", ":material/picture_as_pdf:")
        _out("HTML", web_version(paper.id), ":material/language:")
        if paper.listed or paper.upvotes is not None:
            _out("Hugging Face", f"https://huggingface.co/papers/{paper.id}", ":material/sentiment_satisfied:")
        of_kind: dict[LinkKind, list[Link]] = {}
        for link in paper.links:
            if link.kind != "thumbnail" and link.url.startswith(("https://", "http://")):
                of_kind.setdefault(link.kind, []).append(link)
        more = []
        for kind, found in of_kind.items():
            for link in found[:LINKS_SHOWN]:
                _out(_link_words(link), link.url, ICONS.get(kind, ":material/link:"))
            more += found[LINKS_SHOWN:]
        if more:
            with st.popover(n_("{n} more link", "{n} more links", len(more)), type="tertiary"):
                for link in more[:AUTHORS_MOST]:
                    _out(_link_words(link), link.url, ICONS.get(link.kind, ":material/link:"))


ICONS: dict[LinkKind, str] = {
    "code": ":material/code:",
    "project": ":material/home:",
    "model": ":material/deployed_code:",
    "dataset": ":material/database:",
    "space": ":material/play_circle:",
}


def web_version(paper_id: str) -> str:
    """Where the paper can be read as a web page."""
    host = "https://arxiv.org" if month_of(paper_id) >= _WEB_VERSIONS_SINCE else "https://ar5iv.labs.arxiv.org"
    return f"{host}/html/{paper_id}"


def _out(words: str, address: str, icon: str) -> None:
    st.link_button(words, address, icon=icon, type="tertiary")


def _link_words(link: Link) -> str:
    """What a link leads to, and the beginning of its address; safe as Markdown."""
    names: dict[LinkKind, str] = {
        "code": _("Code"),
        "project": _("Project"),
        "model": _("Model"),
        "dataset": _("Data set"),
        "space": _("Demo"),
    }
    try:
        parts = urlsplit(link.url)
        host, path = parts.netloc.removeprefix("www."), parts.path.rstrip("/")
    except ValueError:
        host, path = link.url, ""
    where = path.lstrip("/") if host in ("github.com", "huggingface.co") and path else f"{host}{path}"
    if len(where) > _ADDRESS_LONGEST:
        where = f"{where[: _ADDRESS_LONGEST - 1]}…"
    return f"{names.get(link.kind, plain(link.kind))} · {plain(where)}"
