"""What does this paper look like at a glance? Its overview figure, fetched when one asks for it."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app import figures
from app.settings import settings
from app.ui.escape import plain
from app.ui.words import _, text
from core.papers.paper import Paper


def section(db: Database, paper: Paper) -> None:
    """The figure that is kept, or a button that fetches it."""
    found = figures.kept(settings(), paper.id)
    if found is None and st.button(
        _("Overview figure"), icon=":material/image:", help=_("Fetched from arXiv or Hugging Face, and kept.")
    ):
        with st.spinner(_("Looking for the figure …")):
            found = figures.overview(db, settings(), paper)
    if found is None:
        return
    if found.picture is None:
        st.caption(plain(text(found.why)) if found.why else "")
        return
    st.subheader(_("Overview figure"), anchor=False)
    st.image(found.picture.read_bytes())
    origin = _("Hugging Face's card of the paper") if found.provider == "huggingface" else _("from arXiv's web version")
    st.caption(plain(" · ".join(part for part in (found.caption, origin) if part)))
