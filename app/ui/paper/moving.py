"""How does one go on to the next paper without going back to the list? By the order of the list that one came from.

The letters are those of the list, and its switch turns them off here too.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.ui import navigation, triage
from app.ui.words import _

_JS = (Path(__file__).parent / "keys.js").read_text(encoding="utf-8")
_keys = st.components.v2.component("trendlab_paper_keys", html="<span></span>", js=_JS)


def draw(paper_id: str) -> None:
    """The way back to the Inbox as it was, and to the papers before and after this one in its list."""
    ids = triage.order("inbox", paper_id)
    at = ids.index(paper_id) if paper_id in ids else None
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="moving"):
        back = st.session_state.get("address-of-inbox", {})
        st.page_link(navigation.target("inbox"), label=_("Inbox"), icon=":material/arrow_back:", query_params=back)
        if at is not None:
            words = _("{n} of {of}").format(n=f"{at + 1:,}", of=f"{len(ids):,}")
            with st.container(key="previous-paper", width="content"):
                _step(_("Previous"), ids[at - 1] if at else None, ":material/chevron_left:")
            with st.container(key="next-paper", width="content"):
                _step(_("Next"), ids[at + 1] if at + 1 < len(ids) else None, ":material/chevron_right:")
            st.caption(words, width="content")
        with st.popover(_("Keys"), icon=":material/keyboard:", type="tertiary", key="paper-keys"):
            _sheet()
    _keys(key="paper-keys-listen", data={"asked": st.query_params.to_dict()})


def _step(words: str, paper_id: str | None, icon: str) -> None:
    here = navigation.target("paper")
    params = {"id": paper_id} if paper_id else {}
    st.page_link(here, label=words, icon=icon, query_params=params, disabled=paper_id is None, width="content")


def _sheet() -> None:
    sheet = {
        "J": _("next paper of the list"),
        "K": _("previous paper of the list"),
        "S": _("save"),
        "X": _("skip"),
        "R": _("read"),
        "T": _("star"),
        "F": _("overview figure"),
        "P": _("pin to the notebook"),
        "N": _("write a note"),
        "U": _("undo"),
    }
    st.markdown("\n".join(f"- `{key}` {words}" for key, words in sheet.items()))
    st.caption(_("They are switched off where those of the Inbox are."))
