"""How does who follows a link to an experiment see it, though it stands further down? The page scrolls to it, once."""

from __future__ import annotations

import streamlit as st

_THERE = "arrived-at"
_scroll = st.components.v2.component(
    "trendlab_scroll",
    html="<span></span>",
    js="""
export default function ({ parentElement }) {
  const place = parentElement.host ?? parentElement
  if (place.arrived) return
  place.arrived = true
  place.style.scrollMarginTop = "4.5rem"
  place.scrollIntoView({ block: "start" })
}
""",
)


def is_there(place: str) -> None:
    """The visitor stands there already, and is not to be moved."""
    st.session_state[_THERE] = place


def scroll_here(place: str) -> None:
    """Bring what is drawn here to the top of the window, where a visitor comes to this place from elsewhere."""
    if st.session_state.get(_THERE) != place:
        _scroll(key=f"scroll-{place}", height=1)
