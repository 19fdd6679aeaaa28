"""Where on the pipeline does one stand? The map of the whole app: documents to answer, by way of the four stages.

Each stage is a link with the number of its papers; what goes in and comes out is written over the arrows between them.
Where there is little room the stages stand side by side and the words over the arrows are left out (app/ui/style.py).
"""

from __future__ import annotations

from html import escape

import streamlit as st
from babel.numbers import format_compact_decimal

from app.settings import settings
from app.ui import navigation
from app.ui.catalog import catalog
from app.ui.words import _, language, text
from app.words import translations
from core.papers.taxonomy import stages
from db import series

_HOLDS = 60  # seconds that a count holds
_WRITTEN_OUT = 10_000  # papers; more of them are rounded


def draw(lit: str | None = None) -> None:
    """The map, with the stage `lit` filled; each stage leads to its page."""
    products = [_("documents"), _("pre-trained LM"), _("fine-tuned LM"), _("steered LM"), _("answer")]
    counts = papers_of_stages(str(settings().catalog))
    with (
        st.container(key="pipeline", gap=None),
        st.container(horizontal=True, key="pipeline-map", vertical_alignment="center", gap=None),
    ):
        for product, (key, stage) in zip(products, stages().items(), strict=False):
            _arrow(product)
            with st.container(key=f"map-{key}-lit" if key == lit else f"map-{key}", width="content"):
                label = f"**{text(stage.name)}** :small[{papers(counts.get(key, 0))}]"
                st.page_link(navigation.target(key), label=label, help=text(stage.definition))
        _arrow(products[-1])


@st.cache_data(ttl=_HOLDS, max_entries=100, show_spinner=False)
def papers_of_stages(path: str) -> dict[str, int]:
    """Stage to its papers. The path tells one catalog's answer from another's."""
    return series.all_time(catalog(), "stage")


def papers(n: int) -> str:
    """A number of papers in few letters."""
    short = f"{n:,}" if n < _WRITTEN_OUT else format_compact_decimal(n, locale=language())
    return translations(language()).ngettext("{n} paper", "{n} papers", n).format(n=short)


def _arrow(words: str) -> None:
    st.html(f'<div class="tl-flow"><span>{escape(words)}</span></div>')
