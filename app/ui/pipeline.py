"""Where on the pipeline does one stand? The map of the whole app: documents to answer, by way of the four stages."""

from __future__ import annotations

import streamlit as st

from app.ui import shell
from app.ui.words import _, text
from core.papers.taxonomy import stages


def draw(lit: str | None = None) -> None:
    """The map, with the stage `lit` filled; each stage leads to its page."""
    products = [_("documents"), _("pre-trained LM"), _("fine-tuned LM"), _("steered LM"), _("answer")]
    with st.container(horizontal=True, key="pipeline", vertical_alignment="center", gap="xsmall"):
        for place, (before, (key, stage)) in enumerate(zip(products, stages().items(), strict=False)):
            _product(f"→ {before} →" if place else f"{before} →")
            with st.container(key=f"map-{key}-lit" if key == lit else f"map-{key}", width="content"):
                st.page_link(shell.target(key), label=text(stage.name), help=text(stage.definition))
        _product(f"→ {products[-1]}")


def _product(words: str) -> None:
    st.html(f'<span class="tl-steps">{words}</span>', width="content")
