"""How is a trend told on a page? Chart, table and sentences, and from each of them a way to the papers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import streamlit as st
from sqlite_utils import Database

from app import trend_pictures, trends
from app.drawing import percent
from app.trend_lines import Measure
from app.ui import charts, navigation, notebook, style
from app.ui.escape import plain
from app.ui.papers import day
from app.ui.words import _, language, n_
from core.exports.report import ListedPaper, NoticedPaper
from core.papers.latex import readable
from core.papers.tags import TagKind
from core.papers.trends import Change, Period
from db import series

NOTICED_SHOWN = 20
_PARAMS = {"stage": "stage", "topic": "topic", "application": "app"}


def tags(db: Database, kind: TagKind, period: Period, *, by: series.By, measure: Measure) -> None:
    """Shares or counts over time, and what changed against the period before."""
    picture = trend_pictures.of_trend(
        db,
        kind,
        by=by,
        since=period.start,
        until=period.end,
        language=language(),
        measure=measure,
        colours=style.stage_colours() if kind == "stage" else None,
    )
    if picture is None:
        words = _("No tagged paper in this period. Choose a longer one, or sync on the Inbox.")
        st.info(words, icon=":material/show_chart:")
        return
    _open(kind, charts.show(picture, key=f"trend-{picture.name}", choosable=True))
    st.caption(
        _(
            "Counted by the day of the first version; a paper may stand under several tags. Bands are 95 % intervals. "
            "A hollow point is a week or month that is not over, or that lies only partly between the two days: its "
            "share may be compared, its count may not. Of fewer than ten papers no share is drawn. Press a point for "
            "its papers."
        )
    )
    notebook.pin_button(db, kind="chart", target=picture.name, scope="trends")
    st.subheader(_("Against the period before"), anchor=False)
    st.caption(f"{period.before()} → {period}")
    _compared(db, kind, trends.changes(db, kind, period), period)
    st.caption(
        _(
            "q: false-discovery rate over all tags of the table; rising and falling need q ≤ 0.05 and five papers. "
            "Papers come in bursts: a change must be larger than chance, than the usual changes between the periods "
            "before, and than the unevenness within the two periods."
        )
    )


def terms(db: Database, period: Period) -> None:
    """Words and phrases that titles use more than before, with papers that show them."""
    st.caption(f"{period.before()} → {period}")
    _warn_of_a_young_catalog(db, period)
    found = trends.new_terms(db, period)
    if not found:
        st.info(_("No word or phrase became more usual in titles by more than chance."), icon=":material/title:")
    for term in found:
        change = term.change
        counts = f"{change.before:,} → {change.after:,} · q {change.q:.3f}"
        with st.container(gap=None, key=f"term-{change.term}"):
            query = {"q": f'title:"{change.term}"', **_days(period)}
            st.page_link(navigation.target("inbox"), label=f"**{plain(change.term)}** · {counts}", query_params=query)
            _examples(term.examples)
    st.caption(
        _(
            "Papers with the words in their title, before and now. The newest first, by log-odds with an informative "
            "Dirichlet prior (Monroe et al. 2008); the false-discovery rate over all phrases is at most 5 %. At least "
            "five papers on three days. Words that only a longer phrase made more usual are told by that one."
        )
    )


def noticed(db: Database, period: Period) -> None:
    """The papers of the period that most people noticed."""
    found = trends.noticed(db, period, limit=NOTICED_SHOWN)
    if not found:
        st.info(_("No source tells votes or stars of a paper in this period."), icon=":material/star:")
    for place, paper in enumerate(found, start=1):
        with st.container(gap=None, key=f"noticed-{paper.listed.paper.id}"):
            _paper_link(paper.listed, f"{place}\\. ")
            st.caption(" · ".join((day(paper.listed.paper), *_attention(paper))))
    st.caption(
        _(
            "Votes and stars have scales of their own, so a paper's places are added up: 1 / (60 + place) by votes, by "
            "stars and by days on Hugging Face's lists, where it was listed again (reciprocal rank fusion)."
        )
    )


def joins(db: Database, period: Period) -> None:
    """Papers about two stages at once, against the period before."""
    st.caption(f"{period.before()} → {period}")
    found = trends.joined(db, period)
    if not found:
        st.info(_("No paper of this period is about two stages."), icon=":material/join_inner:")
        return
    _compared(db, "join", [join.change for join in found], period)
    for join in found:
        if join.examples:
            with st.container(gap=None, key=f"join-{join.change.value}"):
                name = trend_pictures.name_of("join", join.change.value, language())
                where = _where("join", join.change.value, period.start, period.end)
                st.page_link(navigation.target("inbox"), label=f"**{name}**", query_params=where)
                _examples(join.examples)


def direction_name(direction: str) -> str:
    """A change's direction in the visitor's language, with a sign that needs no colour."""
    return {"rising": "▲ " + _("rising"), "falling": "▼ " + _("falling")}.get(direction, "–")


def _compared(db: Database, kind: str, changes: Sequence[Change], period: Period) -> None:
    """The changes as a chart beside their table; the table alone where there is nothing fair to draw."""
    young = _warn_of_a_young_catalog(db, period)
    drawn = None if young else trend_pictures.of_changes(changes, period, language=language())
    if drawn is None:
        _table(kind, changes, period)
        return
    chart, table = st.columns([1, 2], gap="small")
    with chart:
        _open(kind, charts.show(drawn, key=f"changes-{drawn.name}", choosable=True))
        notebook.pin_button(db, kind="chart", target=drawn.name, scope="changes")
    with table:
        _table(kind, changes, period)


def _warn_of_a_young_catalog(db: Database, period: Period) -> bool:
    """Says whether there was something to warn of."""
    now, before = series.compare_totals(db, period)
    young = bool(now) and trends.is_young(before, now)
    if young:
        words = _(
            "The catalog has {before} papers of the period before and {now} of this one: what follows tells more of "
            "the catalog than of the field. Sync those days, or choose a shorter period."
        )
        st.warning(words.format(before=f"{before:,}", now=f"{now:,}"), icon=":material/balance:")
    return young


def _table(kind: str, changes: Sequence[Change], period: Period) -> None:
    rows = [
        {
            _("tag"): trend_pictures.name_of(kind, change.value, language()),
            _("change"): direction_name(change.direction),
            _("before"): change.before,
            _("now"): change.after,
            _("share before"): _share(change.share_before, change.interval_before),
            _("share now"): _share(change.share_after, change.interval_after),
            "q": change.q,
            _("papers"): "/?" + urlencode(_where(kind, change.value, period.start, period.end)),
        }
        for change in changes
    ]
    config = {
        _("tag"): st.column_config.TextColumn(width=165),
        _("change"): st.column_config.TextColumn(width=75),
        _("before"): st.column_config.NumberColumn(width=55),
        _("now"): st.column_config.NumberColumn(width=55),
        _("share before"): st.column_config.TextColumn(width=115),
        _("share now"): st.column_config.TextColumn(width=115),
        "q": st.column_config.NumberColumn(format="%.3f", width=55),
        _("papers"): st.column_config.LinkColumn(display_text="↗", width=45),
    }
    event = st.dataframe(
        rows,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        key=f"table-{kind}-{period}",
    )
    if chosen := event.selection.rows:
        _open(kind, [changes[chosen[0]].value, str(period.start), str(period.end)])


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    low, high = interval or (None, None)
    return "–" if share is None else f"{percent(share)} ({percent(low)[:-1]}–{percent(high)})"


def _days(period: Period) -> dict[str, str]:
    return {"since": str(period.start), "until": str(period.end)}


def _where(kind: str, value: str, since: date, until: date) -> dict[str, str]:
    """What the Inbox is asked for."""
    days = _days(Period(since, until))
    if kind == "join":
        return {"q": " ".join(f"stage:{stage}" for stage in value.split("+")), **days}
    return {_PARAMS[kind]: value, **days}


def _open(kind: str, chosen: Sequence[str] | None) -> None:
    """Go to the papers of a point or row: tag, first and last day."""
    if chosen:
        value, since, until = chosen
        where = _where(kind, value, date.fromisoformat(since), date.fromisoformat(until))
        st.switch_page(navigation.target("inbox"), query_params=where)


def _examples(papers: Sequence[ListedPaper]) -> None:
    for paper in papers:
        _paper_link(paper, "")


def _paper_link(listed: ListedPaper, before: str) -> None:
    paper = listed.paper
    st.page_link(
        navigation.target("paper"), label=f"{before}{plain(readable(paper.title))}", query_params={"id": paper.id}
    )


def _attention(paper: NoticedPaper) -> list[str]:
    told = []
    if paper.votes is not None:
        told.append("▲ " + n_("{n} vote", "{n} votes", paper.votes))
    if paper.stars is not None:
        told.append("★ " + n_("{n} star", "{n} stars", paper.stars))
    if paper.list_days is not None and paper.list_days > 1:
        told.append(n_("{n} day on Hugging Face's lists", "{n} days on Hugging Face's lists", paper.list_days))
    return told
