"""How does what was pressed in a list come to the catalog, where its visitor leaves the page at once?

Streamlit drops what a list has told when its page is left while the server still draws. The tab keeps it, and the
courier, which is on every page, tells it from there. A reload in the same moment loses nothing either.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.ui.catalog import catalog
from app.ui.triage.log import Log, hear, last_words

MOST = 100  # lists of which the browser hears that they were noted

_HERE = Path(__file__).parent
_KEY, _NOTED = "courier-tells", "courier-noted"
_courier = st.components.v2.component(
    "trendlab_courier",
    html="<span></span>",
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("untold.js", "courier.js")),
)


def draw() -> None:
    """Nothing that can be seen."""
    with st.container(key="courier"):
        _courier(key=_KEY, data={"noted": st.session_state.get(_NOTED, [])}, on_left_change=_hear)


def _hear() -> None:
    """Do what was pressed in each list that is gone; what meets a busy catalog is told again."""
    # Told on a page that was left at once, it comes without its name; then it is told again.
    left = st.session_state.get(_KEY, {}).get("left")
    for gone in left if isinstance(left, list) else []:
        if isinstance(gone, dict) and isinstance(gone.get("list"), str):
            _refused, whole = hear(catalog(), Log(), last_words(gone.get("log")))
            if whole:
                st.session_state[_NOTED] = [*st.session_state.get(_NOTED, []), gone["list"]][-MOST:]
