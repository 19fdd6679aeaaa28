"""What techniques are there at a stage, what is each, and what came out when it was tested here?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st
from sqlite_utils import Database

from app.evidence import gather
from app.ui import address, claims, evidence, navigation
from app.ui.escape import plain
from app.ui.words import _, text
from core.experiment import Experiment
from core.papers.taxonomy import Entry, applications, stages, topics
from core.papers.techniques import Technique, techniques
from core.registry import discover
from db.papers import get_many

APPLICATIONS = "applications"
_SHOWN = "field-map-shown"
_COLUMNS = 2


def draw(db: Database) -> None:
    """A switch between the stages, and the cards of the one that is chosen."""
    shown = _chosen()
    if shown == APPLICATIONS:
        st.markdown(_("What language models are used for; these cross the stages."))
        _grid([partial(_application, entry) for entry in applications().values()])
        return
    st.markdown(text(stages()[shown].definition))
    mine = [technique for technique in techniques().values() if technique.stage == shown]
    titles = {stored.paper.id: stored.paper.title for stored in get_many(db, [each.paper for each in mine])}
    outcomes = _outcomes(db)
    for topic, entry in topics(shown).items():
        st.subheader(text(entry.name), anchor=topic, divider="gray")
        st.caption(text(entry.definition))
        here = [each for each in mine if each.topic == topic]
        _grid([partial(_technique, each, titles.get(each.paper), outcomes) for each in here])


def _grid(cards: Sequence[Callable[[], None]]) -> None:
    """Rows of cards, as high as the highest of their row."""
    for start in range(0, len(cards), _COLUMNS):
        for column, card in zip(st.columns(_COLUMNS), cards[start : start + _COLUMNS], strict=False):
            with column:
                card()


def _chosen() -> str:
    known = [*stages(), APPLICATIONS]
    address.ask(_SHOWN, "stage", lambda words: words if words in known else known[0])
    shown = st.segmented_control(
        _("Stage"),
        known,
        format_func=lambda key: _("Applications") if key == APPLICATIONS else text(stages()[key].name),
        key=_SHOWN,
        required=True,
        label_visibility="collapsed",
    )
    found = str(shown)
    address.tell("stage", found)
    return found


def testing(technique: Technique) -> list[Experiment]:
    """The experiments that test it."""
    found = discover("core.experiments", "EXPERIMENT").values()
    return [experiment for experiment in found if technique.id in experiment.techniques]


def _outcomes(db: Database) -> Mapping[str, Counter[str]]:
    """Experiment id to how often each verdict stands there: one's own newest, else the recorded one."""
    found: dict[str, Counter[str]] = {}
    for item in gather(db):
        found.setdefault(item.experiment, Counter())[evidence.outcome_of(item)] += 1
    return found


def _technique(technique: Technique, title: str | None, outcomes: Mapping[str, Counter[str]]) -> None:
    with st.container(border=True, gap="xsmall", key=f"technique-{technique.id}", height="stretch"):
        st.markdown(f"**{text(technique.name)}**")
        st.markdown(text(technique.definition))
        name = plain(title or f"arXiv:{technique.paper}")
        st.page_link(
            navigation.target("paper"), label=name, query_params={"id": technique.paper}, icon=":material/article:"
        )
        _search(technique.query)
        for experiment in testing(technique):
            _experiment(experiment, outcomes.get(experiment.id, Counter()))


def _experiment(experiment: Experiment, outcomes: Mapping[str, int]) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.page_link(
            navigation.target(experiment.stage),
            label=text(experiment.title),
            query_params={"experiment": experiment.id},
            icon=":material/science:",
            width="content",
        )
        for outcome in claims.LOOKS:
            if outcome in outcomes:
                claims.badge(outcome, count=outcomes[outcome])


def _application(entry: Entry) -> None:
    with st.container(border=True, gap="xsmall", key=f"application-{entry.id}", height="stretch"):
        st.markdown(f"**{text(entry.name)}**")
        st.markdown(text(entry.definition))
        _search(f"app:{entry.id}")


def _search(query: str) -> None:
    st.page_link(
        navigation.target("inbox"), label=_("Newest papers on it"), query_params={"q": query}, icon=":material/search:"
    )
