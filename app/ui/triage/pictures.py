"""Which of the figures that a browser waits for are there? Each is fetched beside the page, which goes on meanwhile."""

from __future__ import annotations

import threading
from base64 import b64encode

import streamlit as st
from sqlite_utils import Database

from app import figures
from app.figures import Overview
from app.settings import Settings, settings
from app.ui.words import _, text
from core.papers.latex import readable
from core.papers.paper import Paper
from db.connect import open_catalog
from db.papers import get_many

MOST = 4  # that are looked for at once, for one browser


class _Fetch:
    """A figure on its way; of one that was given up, the thread ends with the time-outs of the network."""

    def __init__(self, settings: Settings, paper: Paper) -> None:
        self.found: Overview | None = None
        self.ended = False
        threading.Thread(target=self._run, args=(settings, paper), daemon=True, name=f"figure-{paper.id}").start()

    def _run(self, settings: Settings, paper: Paper) -> None:
        try:
            db = open_catalog(settings.catalog)
            try:
                self.found = figures.overview(db, settings, paper)
            finally:
                db.close()
        finally:
            self.ended = True


def answers(db: Database, wanted: object) -> dict[str, dict[str, str | None]]:
    """Of the papers that were asked for, those whose figure is there, or of which it is known why there is none.

    :param wanted: ids, as a browser told them; it may hold anything.
    """
    ids = [paper for paper in wanted if isinstance(paper, str)][:MOST] if isinstance(wanted, list) else []
    found: dict[str, dict[str, str | None]] = {}
    for stored in get_many(db, ids):
        seen = figures.kept(settings(), stored.paper.id)
        if seen is None:
            seen = _fetched(stored.paper)
        if seen is not None:
            found[stored.paper.id] = _answer(seen)
    return found


def _fetched(paper: Paper) -> Overview | None:
    """What has been fetched, once; None while it is on its way."""
    place = (str(settings().home), paper.id)
    fetch = _fetches().get(place)
    if fetch is None:
        fetch = _fetches()[place] = _Fetch(settings(), paper)
    if not fetch.ended:
        return None
    _fetches().pop(place, None)
    return fetch.found or Overview()


@st.cache_resource
def _fetches() -> dict[tuple[str, str], _Fetch]:
    """Home and paper: the figures on their way, for all visitors."""
    return {}


def _answer(seen: Overview) -> dict[str, str | None]:
    if seen.picture is not None:
        try:
            picture = b64encode(seen.picture.read_bytes()).decode("ascii")
        except FileNotFoundError:
            # The folder keeps to its size, and this one was the oldest.
            return {"source": None, "words": _("The figure could not be fetched.")}
        return {"source": f"data:image/webp;base64,{picture}", "words": readable(seen.caption)}
    return {"source": None, "words": text(seen.why) if seen.why else _("The figure could not be fetched.")}
