"""What is rising at a stage? Its topics and the phrases of its titles that grew by more than chance in thirty days.

The comparison is that of the page Trends (app/trends.py), made once for all stages and kept for some minutes. A phrase
belongs to the stages under which at least half of its papers are filed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import streamlit as st
from sqlite_utils import Database

from app import trends
from app.drawing import percent
from app.settings import settings
from app.ui import navigation
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.period import last_days
from app.ui.words import _, text
from core.papers.taxonomy import stages, topics
from core.papers.terms import TermChange
from core.papers.trends import Change, Period, surges
from db import series
from db.listing import listed
from db.records import Filters

DAYS = 30
TOPICS_SHOWN = 4
TERMS_SHOWN = 6
_TERMS_LOOKED_AT = 24  # the newest ones of all stages
_PAPERS_LOOKED_AT = 60  # of a term
_HOLDS = 600  # seconds that an answer holds


@dataclass(frozen=True, kw_only=True)
class Risen:
    """What grew, of all stages.

    :param before, now: all papers of the two periods.
    :param topics: the strongest first.
    :param terms: with the stages that each belongs to, the newest first.
    """

    before: int
    now: int
    topics: tuple[Change, ...] = ()
    terms: tuple[tuple[TermChange, frozenset[str]], ...] = ()

    @property
    def can_tell(self) -> bool:
        """Whether both periods have papers enough to speak of the field."""
        return bool(self.now) and not trends.is_young(self.before, self.now)


def draw(db: Database, stage: str) -> None:
    """A line of what rose, each a link to its papers."""
    period = Period(*last_days(db, DAYS))
    risen = found(str(settings().catalog), period.start, period.end)
    mine = [change for change in risen.topics if change.value in topics(stage)][:TOPICS_SHOWN]
    terms = [term for term, at in risen.terms if stage in at][:TERMS_SHOWN]
    days = {"since": str(period.start), "until": str(period.end)}
    with st.container(horizontal=True, key=f"rising-{stage}", vertical_alignment="center", gap="small"):
        st.markdown("**{}**".format(_("Rising")), width="content")
        for change in mine:
            shares = f"{percent(change.share_before)} → {percent(change.share_after)}"
            _link(f"**{text(topics()[change.value].name)}** {shares}", {"topic": change.value, **days})
        for term in terms:
            titles = _("{before} → {after} titles").format(before=f"{term.before:,}", after=f"{term.after:,}")
            _link(f"**“{plain(term.term)}”** {titles}", {"q": f'title:"{term.term}"', **days})
        if not mine and not terms:
            st.caption(_nothing(risen), width="content")
        st.page_link(navigation.target("trends"), label=_("All trends"), icon=":material/show_chart:")
    if mine or terms:
        words = _("{period} against the {n} days before, by more than chance; shares are of all papers.")
        st.caption(words.format(period=f"{period.start} – {period.end}", n=DAYS))


def _link(label: str, query: dict[str, str]) -> None:
    st.page_link(navigation.target("inbox"), label=label, icon=":material/trending_up:", query_params=query)


def _nothing(risen: Risen) -> str:
    if not risen.can_tell:
        return _("Too few papers of these two months to say what rises: sync, and it will stand here.")
    return _("No topic or phrase of this stage grew by more than chance in the last {n} days.").format(n=DAYS)


@st.cache_data(ttl=_HOLDS, max_entries=100, show_spinner=False)
def found(path: str, first: date, last: date) -> Risen:
    """What grew between these days. The path tells one catalog's answer from another's."""
    db, period = catalog(), Period(first, last)
    now, before = series.compare_totals(db, period)
    bare = Risen(before=before, now=now)
    if not bare.can_tell:
        return bare
    rising, _falling = surges(trends.changes(db, "topic", period))
    terms = [told.change for told in trends.new_terms(db, period)[:_TERMS_LOOKED_AT]]
    return Risen(
        before=before,
        now=now,
        topics=tuple(rising),
        terms=tuple((term, _stages_of(db, term, period)) for term in terms),
    )


def _stages_of(db: Database, term: TermChange, period: Period) -> frozenset[str]:
    """Under which stages at least half of the papers of the period are filed that have it in their title."""
    asked = Filters(text=f'title:"{term.term}"', since=period.start, until=period.end)
    papers = listed(db, asked, limit=_PAPERS_LOOKED_AT, most=_PAPERS_LOOKED_AT).papers
    counts = Counter(stage for stored in papers for stage in stored.values("stage"))
    return frozenset(stage for stage in stages() if counts[stage] and 2 * counts[stage] >= len(papers))
