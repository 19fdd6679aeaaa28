"""How good is the tagger that ships with the project? Its published figures, beside a floor and a ceiling."""

from __future__ import annotations

import math

import plotly.graph_objects as go
import streamlit as st

from app.pictures import ARM_COLOURS
from app.ui import charts
from app.ui.words import _, text
from core.exports.report import ReportedFigure
from core.language import Text
from core.papers.lens.figures import Blind, View, figures
from core.papers.taxonomy import stages

_LEAST, _MOST = 7, 26  # pixels of a point


def draw() -> None:
    """How it was measured, the figures by stage, and how far its confidence can be believed."""
    found = figures()
    words = _(
        "Measured on {papers} papers of curated lists in {folds} folds, {repeats} times: no paper was judged by a "
        "model that had seen it."
    )
    st.caption(words.format(papers=f"{found.papers:,}", folds=found.folds, repeats=found.repeats))
    names = {"abstract": _("With abstracts"), "title": _("Titles alone")}
    chosen = st.segmented_control(
        _("Read from"),
        list(names),
        default="abstract",
        required=True,
        format_func=names.__getitem__,
        key="lens-view",
        label_visibility="collapsed",
    )
    view = found.abstract if chosen == "abstract" else found.title
    _summary(view)
    left, right = st.columns((1, 1), gap="large")
    with left:
        _stages(view)
        _ceiling(found.blind)
    with right:
        _reliability(view)


def _summary(view: View) -> None:
    with st.container(horizontal=True, gap="small"):
        better = _("{n} points above the floor").format(n=f"{100 * (view.tagger.macro_f1 - view.floor.macro_f1):+.1f}")
        st.metric(
            _("Macro-F1"),
            f"{view.tagger.macro_f1:.3f}",
            better,
            help=_("The mean over the four stages; the floor is a plain classifier of words on the same papers."),
            width="stretch",
        )
        st.metric(
            _("Coverage"),
            f"{view.coverage:.0%}",
            help=_("Of the papers that have a stage, those that get a tag."),
            width="stretch",
        )
        st.metric(
            _("False tags"),
            f"{view.false_tags:.1%}",
            help=_("Of {n} papers without a language model, those that get a tag.").format(n=f"{view.without_model:,}"),
            width="stretch",
        )
        st.metric(
            _("Calibration error"),
            f"{view.calibration_error:.3f}",
            help=_("How far its confidence is from how often it is right, on average."),
            width="stretch",
        )


def _stages(view: View) -> None:
    rows = [
        {
            _("stage"): text(entry.name),
            _("precision"): view.tagger.stages[key].precision,
            _("recall"): view.tagger.stages[key].recall,
            "F1": view.tagger.stages[key].f1,
            _("F1 of the floor"): view.floor.stages[key].f1,
            _("papers"): int(view.tagger.stages[key].papers),
        }
        for key, entry in stages().items()
    ]
    two = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        rows,
        hide_index=True,
        column_config=dict.fromkeys((_("precision"), _("recall"), "F1", _("F1 of the floor")), two),
    )


def _ceiling(blind: Blind) -> None:
    words = _(
        "How far reading gets: two readings of {papers} of these papers, by a language model after one guide and blind "
        "to the labels, reach {first} and {second} there, the tagger {tagger}; the readings agree to {between}."
    )
    scores = {name: f"{getattr(blind, name).macro_f1:.3f}" for name in ("first", "second", "between", "tagger")}
    st.caption(words.format(papers=f"{blind.papers:,}", **scores))
    kappa = ", ".join(f"{text(stages()[key].name)} {value:.2f}" for key, value in blind.kappa.items())
    st.caption(_("Cohen's kappa of the two readings: {kappa}.").format(kappa=kappa))


def _reliability(view: View) -> None:
    """What it says against what is so, a point for each tenth of confidence."""
    most = math.sqrt(max(each.pairs for each in view.reliability))
    sizes = [max(_LEAST, _MOST * math.sqrt(each.pairs) / most) for each in view.reliability]
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"dash": "dot", "width": 1, "color": "#888888"},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[each.confidence for each in view.reliability],
        y=[each.frequency for each in view.reliability],
        customdata=[f"{int(each.pairs):,}" for each in view.reliability],
        mode="lines+markers",
        marker={"size": sizes, "color": ARM_COLOURS[0]},
        line={"color": ARM_COLOURS[0]},
        hovertemplate="%{x:.0%} → %{y:.0%} (%{customdata})<extra></extra>",
        showlegend=False,
    )
    axis = {"range": [-0.03, 1.05], "tickformat": ".0%", "gridcolor": "rgba(128,128,128,.2)", "zeroline": False}
    figure.update_layout(
        xaxis={"title": _("how sure it says it is"), **axis},
        yaxis={"title": _("how often it is right"), **axis},
        height=360,
        margin={"l": 50, "r": 10, "t": 10, "b": 45},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    words = _("Its confidence is off by {points} points on average").format(
        points=f"{100 * view.calibration_error:.1f}"
    )
    charts.show(
        ReportedFigure(name="lens-reliability", title=Text(words, words), plotly=figure.to_plotly_json()),
        key="reliability",
    )
