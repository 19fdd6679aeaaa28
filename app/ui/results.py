"""Which papers fit, and in which order? A page of them at a time, the newest or the best matches first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st
from sqlite_utils import Database

from app.ui import address, correcting, finding, papers, triage
from app.ui.paging import Pages, Sheet
from app.ui.words import _, n_
from core.papers.taxonomy import stages
from db.arranging import Arrangement, Place, arranged
from db.listing import MOST, Listed, listed
from db.papers import get_many
from db.records import Filters, Found
from db.search import PATIENCE, SECONDS, search

PAGE_SIZE = 1_000  # papers that are gone through in one list
BOXED = 20  # papers on a page of those that are corrected together
BEST = 200  # papers of a ranking that can be paged through
_NEWEST_FIRST, _BEST_FIRST = "newest", "best"
_ALL, _RANKED, _ASKED = "rank-all", "ranked-all", "results-of"
_PAGE, _SORT, _BY = "page", "sort", "by"  # what is kept, and its name in the address
_TURN, _SEEN = "page-turn", "pages-seen"


def draw(db: Database, filters: Filters, *, since: datetime | None, tools: Callable[[], None]) -> bool:
    """The count, the order, the pages and the papers; False where there are none.

    :param since: papers that came after it are marked as new.
    :param tools: draws what else stands in the line above the papers.
    """
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small")
    with head:
        counted = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
        order = _order(filters)
        by = _arrangement() if order == _NEWEST_FIRST else ""
    _open_page(filters, order)
    together = correcting.is_on("inbox")
    held = None if together else triage.held("inbox", _question(filters, order, by))
    if order == _BEST_FIRST:
        found, pages = _best(db, filters, counted)
    else:
        found, pages = _newest(db, filters, counted, by, since, held=held is not None)
    places = found if held is None else held
    if places:
        with counted:
            correcting.toggle("inbox")
    with head:
        tools()
        if held is not None:
            # What was marked may have made the list shorter than the page that stays open.
            pages = max(pages, st.session_state[_PAGE])
        if pages > 1:
            st.pagination(pages, default=st.session_state[_PAGE], key=_pager())
    address.tell(_PAGE, "" if st.session_state[_PAGE] == 1 else f"{st.session_state[_PAGE]}")
    if together:
        papers.listing(db, get_many(db, [place.id for place in places]), scope="inbox", since=since)
    elif places:
        triage.draw(places, scope="inbox", question=_question(filters, order, by), since=since)
    return bool(places)


def _question(filters: Filters, order: str, by: Arrangement) -> object:
    """What the list answers. As long as it is the same, the list on the page stays, whatever is marked in it."""
    return filters, order, by, st.session_state[_PAGE]


def _size() -> int:
    return BOXED if correcting.is_on("inbox") else PAGE_SIZE


def _newest(
    db: Database,
    filters: Filters,
    counted: st.delta_generator.DeltaGenerator,
    by: Arrangement,
    since: datetime | None,
    *,
    held: bool,
) -> tuple[Sequence[Place], int]:
    """The papers of the page that is open, under their headings, and how many pages there are.

    :param held: whether there is a list on the page that stays: no paper is looked up.
    """
    found = listed(db, filters, limit=0)
    seen = _seen((filters, by))
    if not held:
        _turn_back(seen, found)
    opened = st.session_state[_PAGE]
    with counted:
        if found.cut:
            n = f"{found.n:,}"
            st.caption(_("Cut off, it took too long: {n} papers found in time.").format(n=n))
        elif found.more:
            st.caption(_("{n}+ papers").format(n=f"{found.n:,}"))
        elif found.n:
            st.caption(n_("{n} paper", "{n} papers", found.n))
    finding.hints(found.hints)
    if not held and opened not in seen.shown:
        start = seen.begin(opened, found.keys, _size())
        if keys := found.keys[start : start + _size()]:
            places = arranged(db, keys, by=by, stages=list(stages()), since=since)
            seen.shown[opened] = Sheet(places=tuple(places), last=keys[-1])
    pages = seen.count(found.keys, _size())
    return (seen.shown[opened].places if opened in seen.shown else ()), pages


def _turn_back(seen: Pages, found: Listed) -> None:
    """Where the list has become shorter than the page that was open: open the last one that has papers, made anew."""
    while (opened := st.session_state[_PAGE]) > 1:
        if opened in seen.shown or seen.begin(opened, found.keys, _size()) < found.n:
            return
        turn_to(seen.count(found.keys, _size()))
        seen.forget_from(st.session_state[_PAGE])


def _seen(question: object) -> Pages:
    """The pages of this list that were shown and stay as they were: as long as the list stands on the page."""
    seen: Pages | None = st.session_state.get(_SEEN)
    if seen is None or seen.question != question or correcting.is_on("inbox"):
        seen = st.session_state[_SEEN] = Pages(question)
    elif not triage.is_there("inbox"):
        seen.forget_from(st.session_state[_PAGE])
    return seen


def _best(db: Database, filters: Filters, counted: st.delta_generator.DeltaGenerator) -> tuple[Sequence[Place], int]:
    """The papers of the page that is open, and how many pages there are."""
    every = st.session_state.get(_ALL) == filters.text
    found = _ranked(db, filters) if every else search(db, filters.text or "", limit=BEST, filters=filters)
    n = f"{found.considered:,}"
    with counted:
        if found.cut:
            seconds = f"{PATIENCE if every else SECONDS:g}"
            words = _("Cut off after {seconds} seconds: the best of {n} matches found in time.")
            st.caption(words.format(seconds=seconds, n=n), width="content")
        elif not found.whole:
            st.caption(_("The best of the newest {n} matches.").format(n=n), width="content")
        elif found.considered:
            st.caption(n_("The best of {n} match.", "The best of {n} matches.", found.considered), width="content")
        if not every and not found.whole:
            st.button(_("Rank all"), key="rank-all-button", type="tertiary", on_click=_rank_all, args=(filters.text,))
    finding.hints(found.hints)
    total = len(found.hits)
    if _offset() >= total:
        turn_to(1)
    places = [Place(stored.paper.id) for stored, _score in found.hits[_offset() : _offset() + _size()]]
    return places, max(1, -(-total // _size()))


def _ranked(db: Database, filters: Filters) -> Found:
    """All matches ranked: slow, and so done once for a question and kept."""
    kept: tuple[Filters, Found] | None = st.session_state.get(_RANKED)
    if kept is None or kept[0] != filters:
        with st.spinner(_("Ranking all matches …")):
            found = search(db, filters.text or "", limit=BEST, filters=filters, every=True)
        st.session_state[_RANKED] = (filters, found)
        return found
    # How a paper stands with its reader may have changed.
    scores = {stored.paper.id: score for stored, score in kept[1].hits}
    return replace(kept[1], hits=tuple((item, scores[item.paper.id]) for item in get_many(db, list(scores))))


def _rank_all(words: str | None) -> None:
    st.session_state[_ALL] = words


def _order(filters: Filters) -> str:
    """Newest or best first, as a widget where there are words to rank by."""
    if not finding.can_rank(filters.text):
        return _NEWEST_FIRST
    names = {_NEWEST_FIRST: _("Newest"), _BEST_FIRST: _("Best match")}
    address.ask(_SORT, _SORT, lambda words: words if words in names else _NEWEST_FIRST)
    chosen = st.segmented_control(
        _("Order"),
        list(names),
        required=True,
        format_func=names.__getitem__,
        key=_SORT,
        label_visibility="collapsed",
    )
    address.tell(_SORT, "" if chosen == _NEWEST_FIRST else str(chosen))
    return str(chosen)


def _arrangement() -> Arrangement:
    """Under which headings the newest stand, as a widget."""
    names: dict[Arrangement, str] = {"time": _("By arrival"), "stage": _("By stage"), "": _("By date")}
    address.ask(_BY, _BY, lambda words: {"stage": "stage", "date": ""}.get(words, "time"))
    chosen = st.segmented_control(
        _("Headings"),
        list(names),
        required=True,
        format_func=names.__getitem__,
        key=_BY,
        label_visibility="collapsed",
    )
    by: Arrangement = chosen if chosen in names else "time"
    address.tell(_BY, "" if by == "time" else by or "date")
    return by


def _offset() -> int:
    return (int(st.session_state[_PAGE]) - 1) * _size()


def _pager() -> str:
    """The key of the pages' widget: another one each time that the page is not the person's choice."""
    return f"pager-{st.session_state.get(_TURN, 0)}"


def turn_to(page: int) -> None:
    """Open this page of the list; for a button too."""
    st.session_state[_PAGE] = page
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def renew() -> None:
    """Look the list up anew, from its first page on; for a button."""
    turn_to(1)
    triage.forget("inbox")
    st.session_state.pop(_SEEN, None)


def _open_page(filters: Filters, order: str) -> None:
    """The page that the person turned to, or the address asks for; another question begins on its first page."""
    asked = (filters, order)
    other = st.session_state.get(_ASKED, asked) != asked
    st.session_state[_ASKED] = asked
    last = MOST // BOXED
    if address.ask(_PAGE, _PAGE, lambda words: min(int(words), last) if re.fullmatch("[1-9][0-9]{0,5}", words) else 1):
        turn_to(st.session_state[_PAGE])
    elif other:
        turn_to(1)
    else:
        st.session_state[_PAGE] = int(st.session_state.get(_pager()) or st.session_state[_PAGE])
