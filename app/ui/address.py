"""Which choices stand in the page's address, so that what one sees can be shared and bookmarked?

Streamlit's own binding writes a choice as it is shown, in the visitor's language; here its id is written. A page calls
`begin` before its widgets and `end` after them, and each widget stands between `ask` and `tell`. Where the address has
changed since the last run (a link, the back button), it wins. All changes are written at once: one step in the
browser's history.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
_TOLD = "address-told"  # what the widgets of this run have told
_WRITTEN = "address-written"  # what stood in the address at the end of the last one


def begin(page: str, *, foreign: str) -> None:
    """Before all widgets of a page.

    A link to a paper leaves an entry in the browser's history that has this page's path and already the paper's `id`;
    who goes back from the paper ends there, and gets the address again that this page had.

    :param foreign: a parameter that only another page has.
    """
    if foreign in st.query_params:
        st.query_params.from_dict(st.session_state.get(f"address-of-{page}", {}))
    st.session_state[_TOLD] = {}


def ask(key: str, param: str, read: Callable[[str], T]) -> bool:
    """Before the widget `key`: let it show what the address asks for, where that is news; says whether it was.

    :param read: what the words of the address mean; '' is nothing.
    """
    words = st.query_params.get(param, "")
    if key in st.session_state and st.session_state.get(_WRITTEN, {}).get(param, "") == words:
        return False
    st.session_state[key] = read(words)
    return True


def tell(param: str, words: str) -> None:
    """After the widget: what it shows is to stand in the address; '' leaves it out."""
    st.session_state[_TOLD][param] = words


def end(page: str) -> None:
    """After all widgets of a page: write what they show into the address."""
    told: dict[str, str] = st.session_state[_TOLD]
    others = {param: words for param, words in st.query_params.to_dict().items() if param not in told}
    now = others | {param: words for param, words in told.items() if words}
    if now != st.query_params.to_dict():
        st.query_params.from_dict(now)
    st.session_state[_WRITTEN] = st.session_state[f"address-of-{page}"] = now
