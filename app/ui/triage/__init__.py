"""How are a thousand papers gone through in ten minutes? A list that reads like mail, worked by keys or by touch.

The browser holds the list and paints what is pressed at once; the server hears of it in a log, writes it down, and says
how far it has got. Papers come in pieces, as one goes down the list. The list stays as it was when it was asked for:
a paper that is marked read does not vanish from under the reader, and the place is kept.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import figures
from app.settings import settings
from app.ui import following, papers, shell, style
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.triage.words import heading, looks, words
from app.ui.words import _, text
from core.papers.latex import readable
from core.papers.taxonomy import entry
from db import follows, notes, reading
from db.arranging import Place
from db.follows import Follow
from db.papers import get, get_many
from db.records import STATES, State, Stored
from db.rows import UnknownPaper

PIECE = 60  # papers that come together
LONGEST_NOTE = 4_000

_HERE = Path(__file__).parent
_HTML = """<div id="triage">
<div id="head"><span id="place" role="status"></span><button id="help" type="button"></button></div>
<div id="sheet" hidden></div><ol id="rows"></ol>
</div>"""
_list = st.components.v2.component(
    "trendlab_triage",
    html=_HTML,
    css=(_HERE / "triage.css").read_text(encoding="utf-8"),
    js=(_HERE / "triage.js").read_text(encoding="utf-8"),
)


def draw(places: Sequence[Place], *, scope: str, since: datetime | None = None) -> None:
    """The list of these papers.

    :param places: all of them, in their order; another list begins at its top.
    :param scope: tells this list from another on the same page.
    :param since: papers that came after it are marked as new.
    """
    _drawn(tuple(places), scope, since)


@st.fragment
def _drawn(places: tuple[Place, ...], scope: str, since: datetime | None) -> None:
    db = catalog()
    key = _key(scope, places)
    have = st.session_state.get(key, {}).get("have") or 0
    piece = places[have : have + PIECE]
    groups = {place.id: place.group for place in piece}
    some = get_many(db, [place.id for place in piece])
    followed = follows.list_follows(db)
    told = _list(
        key=key,
        data={
            "noted": st.session_state.get(f"{key}-noted", 0),
            "chunk": {
                "from": have,
                "total": len(places),
                "rows": [_row(stored, since, heading(groups[stored.paper.id]), followed) for stored in some],
            },
            "answers": _answers(db, key),
            "words": words(),
            "looks": looks(),
        },
        default={"log": [], "have": 0},
        on_log_change=partial(_note_down, key),
        on_have_change=_nothing,
        on_go_change=_nothing,
    )
    if told.go:
        st.switch_page(shell.target("paper"), query_params={"id": str(told.go)})


def _key(scope: str, places: tuple[Place, ...]) -> str:
    """The component's, which is another one for another list."""
    kept = f"triage-{scope}-list"
    before, number = st.session_state.get(kept, ((), 0))
    if before != places:
        number += 1
        st.session_state[kept] = (places, number)
    return f"triage-{scope}-{number}"


def _row(stored: Stored, since: datetime | None, group: str, followed: Sequence[Follow]) -> dict[str, Any]:
    paper = stored.paper
    return {
        "id": paper.id,
        "href": f"paper?id={paper.id}",
        "title": readable(paper.title),
        "meta": papers.meta_words(stored),
        "chips": [
            {
                "name": text(entry(tag.kind, tag.value).name),
                "colour": style.colour(entry(tag.kind, tag.value)),
                "soft": tag.kind != "stage",
                "hint": papers.hint(tag),
            }
            for tag in stored.tags
        ],
        "abstract": readable(paper.abstract or papers.summary(paper) or ""),
        "state": stored.state,
        "star": stored.star,
        "fresh": since is not None and stored.seen > since,
        "group": group,
        "why": _why(stored, followed),
    }


def _why(stored: Stored, followed: Sequence[Follow]) -> str:
    """What of it somebody follows."""
    queries = {follows.topic_query(topic) for topic in stored.values("topic")}
    queries |= {follows.author_query(author) for author in stored.paper.authors}
    names = [following.title(follow) for follow in followed if follow.query in queries]
    return _("you follow {names}").format(names=", ".join(names)) if names else ""


def _answers(db: Database, key: str) -> dict[str, dict[str, str | None]]:
    """The figures that were asked for last, once each."""
    wanted: list[str] = st.session_state.pop(f"{key}-figures", [])
    found: dict[str, dict[str, str | None]] = {}
    for stored in get_many(db, wanted):
        seen = figures.overview(db, settings(), stored.paper)
        source = None if seen.picture is None else _inline(seen.picture)
        found[stored.paper.id] = {
            "source": source,
            "words": seen.caption if source else text(seen.why) if seen.why else "",
        }
    return found


def _inline(picture: Path) -> str:
    return f"data:image/webp;base64,{b64encode(picture.read_bytes()).decode('ascii')}"


def _note_down(key: str) -> None:
    """Do what the log says that was not done yet, each once."""
    db = catalog()
    done = st.session_state.get(f"{key}-noted", 0)
    log = st.session_state[key].get("log")
    for item in log if isinstance(log, list) else []:
        number = item.get("number") if isinstance(item, dict) else None
        if not isinstance(number, int) or number <= done:
            continue
        try:
            _do(db, key, item)
        except (UnknownPaper, ValueError) as error:
            st.toast(plain(str(error)), icon=":material/error:")
        done = number
    st.session_state[f"{key}-noted"] = done


def _do(db: Database, key: str, item: dict[str, Any]) -> None:
    """One entry of the log, which comes from a browser and may hold anything.

    :raises UnknownPaper: no such paper.
    :raises ValueError: nothing that can be done.
    """
    act, paper = item.get("act"), str(item.get("id"))
    if act == "mark":
        if "state" in item:
            state: State | None = item["state"]
            if state is not None and state not in STATES:
                raise ValueError(f"state {state!r} does not exist; use {', '.join(STATES)}")
            papers.set_state(paper, state)
        if "star" in item and reading.reading_of(db, paper).star != bool(item["star"]):
            papers.star(paper)
    elif act == "note":
        if get(db, paper) is None:
            raise UnknownPaper(paper)
        body = str(item.get("text", ""))[:LONGEST_NOTE]
        notes.add(db, title=(body.splitlines() or [""])[0][:80], body=body, pins=[notes.Pin("paper", paper)])
    elif act == "figure":
        st.session_state.setdefault(f"{key}-figures", []).append(paper)
    else:
        raise ValueError(f"{act!r} is nothing that can be done with a paper")


def _nothing() -> None:
    """A state has a callback."""
