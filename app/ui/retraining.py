"""Has the tagger learned from the corrections, what is that worth, and how is it taken back?

It stands in a fragment that looks every two seconds, so that a retraining which goes on in the background is seen while
the rest of the page stays as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st
from sqlite_utils import Database

from app.retraining import background, work
from app.settings import settings
from app.tagger import Standing, standing
from app.ui import moments, navigation, style, trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, n_, text
from core.papers.latex import readable
from core.papers.relearning import TELLING, Comparison, effect_of
from core.papers.taxonomy import stages
from db import retrainings
from db.papers import get_many
from db.retrainings import Busy, Retraining

LOOK = 2.0  # seconds between two looks
_STARTS = timedelta(seconds=15)  # that the background may take until it works
_CERTAIN = 0.05  # a smaller p is no chance
_ASKED, _DRAWN = "retraining-asked", "retraining-drawn"


@st.fragment(run_every=LOOK)
def panel() -> None:
    """The button, how far it is, what it is worth, and the way back."""
    db = catalog()
    row, held = retrainings.last(db), standing(db)
    # What else is on the page was drawn for another state of things.
    state = None if row is None else (row.id, row.state)
    if st.session_state.setdefault(_DRAWN, state) != state:
        st.session_state[_DRAWN] = state
        st.rerun()
    with st.container(key="retraining", gap="small"):
        if row is not None and row.is_open:
            _under_way(row)
        else:
            _at_rest(db, row, held)
        if held.teaching is not None and held.name == "personal":
            found = effect_of(held.teaching.figures)
            _comparison(_("Your corrections, each judged by what was learned from the others"), found.corrections)
            _comparison(_("The starter list, from whose labels nothing was learned"), found.curated)
        if row is not None and row.state in ("filing", "finished"):
            _changes(db, row)


def _at_rest(db: Database, row: Retraining | None, held: Standing) -> None:
    found = work.outlook(db)
    if held.name == "set aside":
        words = _("The tagger has been updated since you retrained it. What it learned is set aside: retrain it again.")
        st.warning(words, icon=":material/update:")
    elif held.teaching is not None:
        words = _("The tagger has learned from {n} of your corrections ({when}).")
        n, when = len(held.teaching.corrections), moments.when(held.teaching.created)
        st.markdown(words.format(n=f"{n:,}", when=when))
    else:
        st.markdown(_("The tagger is as shipped."))
    if row is not None and row.state == "failed":
        st.warning(
            _("The last retraining failed: {why}").format(why=plain(row.message)), icon=":material/sync_problem:"
        )
    if not found.corrections:
        st.caption(_("Correct the stages of some papers, here or on the Inbox; then the tagger can learn from them."))
    elif found.fresh:
        st.caption(
            _("It has not learned yet: {n} of {all}.").format(n=f"{found.fresh:,}", all=f"{found.corrections:,}")
        )
    with st.container(horizontal=True, gap="small"):
        if st.button(
            _("Retrain"),
            icon=":material/model_training:",
            key="retrain",
            type="primary" if found.fresh else "secondary",
            disabled=not found.corrections or not found.fresh,
            help=_("Learns from your corrections and files the whole catalog again. Your own word always stands."),
        ):
            _retrain(db)
        if held.teaching is not None and st.button(
            _("Back to the tagger as shipped"), icon=":material/undo:", key="retrain-undo", type="tertiary"
        ):
            work.ask_shipped(db)
            _start()


def _under_way(row: Retraining) -> None:
    asked: datetime | None = st.session_state.get(_ASKED)
    starting = asked is not None and datetime.now(UTC) - asked < _STARTS
    alive = starting or background.is_under_way(settings().home)
    if row.state == "asked":
        st.caption(":material/hourglass_top: " + _("Learning from your corrections …"))
    else:
        words = _("Filing the catalog again: {done} of {total} · {changed} have changed stage")
        done, total = f"{row.done:,}", f"{max(row.done, row.total):,}"
        share = min(1.0, row.done / row.total) if row.total else 1.0
        st.progress(share, text=words.format(done=done, total=total, changed=f"{row.changed:,}"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not alive:
            words = _("It was interrupted; what it printed: {path}")
            path = plain(str(background.log_path(settings().home)))
            st.warning(words.format(path=path), icon=":material/sync_problem:")
            if st.button(_("Go on"), icon=":material/play_arrow:", key="retrain-resume", type="primary"):
                _start()
        if st.button(_("Cancel"), icon=":material/close:", key="retrain-cancel", type="tertiary"):
            retrainings.cancel(catalog())
            _start()


def _retrain(db: Database) -> None:
    try:
        row = work.ask(db)
    except (work.NothingToLearn, Busy) as error:
        st.toast(plain(trouble.told(error)), icon=":material/error:")
        return
    if row is not None:
        undo.record(_("The tagger is retrained"), _take_back)
        _start()


def _take_back(db: Database) -> None:
    work.ask_shipped(db)
    _begin()


def _begin() -> None:
    st.session_state[_ASKED] = datetime.now(UTC)
    background.start(settings().home)


def _start() -> None:
    """Have it done in the background, and draw the whole page anew."""
    _begin()
    st.rerun()


def _comparison(title: str, found: Comparison | None) -> None:
    """Before and after, as a table, and what it says."""
    if found is None:
        return
    st.markdown(f"**{title}** · " + n_("{n} paper", "{n} papers", found.papers))
    pair = (found.before, found.after)
    rows = [
        (_("every stage right"), *(f"{side.right / found.papers:.0%} ({side.right:,})" for side in pair)),
        (_("macro-F1"), *(f"{side.macro_f1:.3f}" for side in pair)),
    ]
    rows += [
        (f"F1 · {text(stages()[stage].name)}", *(f"{side.stages[stage].f1:.3f}" for side in pair))
        for stage, quality in found.before.stages.items()
        if quality.papers and stage in stages()
    ]
    columns = ("", _("as shipped"), _("retrained"))
    st.dataframe([dict(zip(columns, row, strict=True)) for row in rows], hide_index=True, width=480)
    st.caption(_verdict(found))


def _verdict(found: Comparison) -> str:
    if not found.better + found.worse:
        return _("None of them became right or wrong.")
    words = _("{better} papers became right, {worse} wrong (p = {p}).")
    told = words.format(better=f"{found.better:,}", worse=f"{found.worse:,}", p=f"{found.p:.2g}")
    if not found.is_telling:
        few = _("With fewer than {n} papers that says little.").format(n=TELLING)
    elif found.p > _CERTAIN:
        few = _("That is too small to tell from chance.")
    elif found.worse > found.better:
        few = ":material/warning: " + _("It has become worse on these papers.")
    else:
        few = ""
    return f"{told} {few}"


def _changes(db: Database, row: Retraining) -> None:
    """Which papers have changed stage by what was done last."""
    if not row.changed:
        if not row.is_open:
            st.caption(_("No paper of the catalog has changed stage."))
        return
    words = _("{changed} of {done} papers changed stage by that")
    st.markdown(f"**{words.format(changed=f'{row.changed:,}', done=f'{row.done:,}')}**")
    moved = "".join(
        f'{style.chip("stage", stage)} <span class="tl-meta">+{row.moves[stage][0]:,} −{row.moves[stage][1]:,}</span> '
        for stage in stages()
        if stage in row.moves
    )
    st.html(f'<div class="tl-chips">{moved}</div>')
    found = {stored.paper.id: stored for stored in get_many(db, [example.id for example in row.examples])}
    with st.expander(_("The newest of them")):
        for example in row.examples:
            if example.id in found:
                title = plain(readable(found[example.id].paper.title))
                st.page_link(navigation.target("paper"), label=title, query_params={"id": example.id})
                st.html(moved_chips(example.before, example.after))


def moved_chips(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """HTML of the stages of a paper before and after."""
    return f'<div class="tl-chips">{_chips(before)} → {_chips(after)}</div>'


def _chips(values: tuple[str, ...]) -> str:
    none = _("no stage")
    return "".join(style.chip("stage", value) for value in values) or f'<span class="tl-meta">{escape(none)}</span>'
