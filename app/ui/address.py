"""Which choices stand in the page's address, so that what one sees can be shared and bookmarked?

Streamlit's own binding writes a choice as it is shown, in the visitor's language; here its id is written. A widget is
drawn between `ask` and `tell`; where the address has changed in the meantime (a link, the back button), it wins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def ask(key: str, param: str, read: Callable[[str], T]) -> None:
    """Before the widget `key`: let it show what the address asks for, where that is news.

    :param read: what the words of the address mean; '' is nothing.
    """
    words = st.query_params.get(param, "")
    if key not in st.session_state or st.session_state.get(_place(key), "") != words:
        st.session_state[key] = read(words)


def tell(key: str, param: str, words: str) -> None:
    """After the widget: write what it shows into the address; '' takes it out."""
    if words != st.query_params.get(param, ""):
        if words:
            st.query_params[param] = words
        else:
            del st.query_params[param]
    st.session_state[_place(key)] = words


def restore(place: str, foreign: str) -> None:
    """Before all widgets of a page: keep its address, and take it up again where only another page's is left of it.

    A link to a paper leaves an entry in the browser's history that has this page's path and already the paper's `id`;
    going back from the paper ends there.

    :param place: the page.
    :param foreign: a parameter that this page never has.
    """
    key = f"address-of-{place}"
    if foreign in st.query_params:
        st.query_params.from_dict(st.session_state.get(key, {}))


def keep(place: str) -> None:
    """After all widgets of a page: this is its address."""
    st.session_state[f"address-of-{place}"] = st.query_params.to_dict()


def _place(key: str) -> str:
    return f"address-{key}"
