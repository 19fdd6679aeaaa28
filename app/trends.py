"""What has changed in a period, surely? Tags and joined stages against the period before, new terms, noticed papers."""

from __future__ import annotations

from dataclasses import replace

from sqlite_utils import Database

from app.told import listed_paper
from core.exports.report import JoinedStages, ListedPaper, NoticedPaper, ReportedTerm
from core.papers.dispersion import dispersions, first_day
from core.papers.terms import Counted, background, candidates
from core.papers.terms import new_terms as judged
from core.papers.trends import Change, Period, compare
from core.papers.trends import Counted as Kind
from db import noticed as noticing
from db import series, terms
from db.papers import browse
from db.records import Filters

EXAMPLES = 3
LEAST_BEFORE = 0.25  # of the papers of a period; where the one before has fewer, the catalog was hardly kept then


def changes(db: Database, kind: Kind, period: Period) -> list[Change]:
    """The tags of a kind in a period against the one before it, with their test; the most frequent first."""
    found = series.compare(db, kind, period)
    now, before = series.compare_totals(db, period)
    daily = series.daily(db, kind, since=first_day(period), until=period.end)
    tested = compare(
        {(kind, item.value): item.before for item in found},
        {(kind, item.value): item.now for item in found},
        papers_before=before,
        papers_after=now,
        dispersions=dispersions(daily, period),
    )
    return sorted(tested, key=lambda change: (-change.after, -change.before, change.value))


def is_young(papers_before: int, papers_after: int) -> bool:
    """Whether the period before has so few papers that a comparison tells of the catalog rather than of the field."""
    return papers_before < LEAST_BEFORE * papers_after


def new_terms(db: Database, period: Period) -> tuple[ReportedTerm, ...]:
    """Words and phrases that titles use more than in the period before, the newest first."""
    now, before = series.compare_totals(db, period)
    if not now or not before:
        return ()
    found = terms.count_phrases(db, period)
    given = background(found.before, found.after, papers_before=before, papers_after=now, tested=found.tested)
    chosen = found.keys[candidates(found.before, found.after, given)].tolist()
    phrases = {one.words: one for one in terms.look_closely(db, chosen, period)}
    counted = [Counted(words=one.words, before=one.before, after=one.after, days=one.days) for one in phrases.values()]
    told = []
    for one, change in judged(counted, given, days=period.days):
        written, papers = terms.examples(db, phrases[one.words], most=EXAMPLES)
        told.append(ReportedTerm(change=replace(change, term=written), examples=tuple(map(listed_paper, papers))))
    return tuple(told)


def noticed(db: Database, period: Period, *, limit: int) -> tuple[NoticedPaper, ...]:
    """The papers of a period that most people noticed, as db/noticed.py ranks them."""
    return tuple(
        NoticedPaper(listed=listed_paper(one.stored), votes=one.votes, stars=one.stars, list_days=one.list_days)
        for one in noticing.most_noticed(db, period, limit=limit)
    )


def joined(db: Database, period: Period) -> tuple[JoinedStages, ...]:
    """Pairs of stages that papers of a period join, the most frequent first, with the newest of them."""
    return tuple(
        JoinedStages(change=change, examples=_joining(db, change.value, period))
        for change in changes(db, "join", period)
    )


def _joining(db: Database, value: str, period: Period) -> tuple[ListedPaper, ...]:
    one, _, other = value.partition("+")
    filters = Filters(stage=one, text=f"stage:{other}", since=period.start, until=period.end)
    return tuple(map(listed_paper, browse(db, filters=filters, limit=EXAMPLES)))
