"""What came in on the days of a digest? Papers by the day on which they were news, and what a reader wants of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from statistics import median, quantiles

from sqlite_utils import Database

from app import trends
from app.digests import asked
from app.told import followed_name, listed_paper, reported_run
from core.digests.arrival import Arrivals, Look, covered
from core.digests.record import Digest, FollowedNews, StageNews, Usual
from core.digests.span import Every, Span
from core.exports.report import ReportedTerm
from core.papers.merge import STARTER
from core.papers.paper import Paper
from core.papers.taxonomy import stages
from core.papers.trends import Period
from core.registry import discover
from db import arrivals, follows, ledger, runs
from db.records import Stored
from db.stored import load_stored

LATE = timedelta(days=30)  # how long after its submission a paper is looked for
RUNS_MOST = 50
TERMS = 6  # that a week is told with


@dataclass(frozen=True, kw_only=True)
class _Size:
    """How much of everything ten minutes hold."""

    follow: int
    noticed: int
    stage: int
    before: int  # spans that say what is usual
    fewest: int  # of them


_SIZES: dict[Every, _Size] = {
    "day": _Size(follow=15, noticed=5, stage=6, before=20, fewest=5),
    "week": _Size(follow=20, noticed=10, stage=10, before=8, fewest=3),
}


def gather(db: Database, span: Span) -> Digest:
    """The digest of these days, as the catalog and its ledger have it now."""
    size = _SIZES[span.every]
    before = list(islice(span.before(), size.before))
    days = Period(min(before[-1].day, span.day) - LATE, span.end)
    found = asked.looks(db, days)
    came = _Came(db, days, found, [span, *before])
    keys = came.keys[span.name]
    listed = arrivals.listed(db, span.listed.start, span.listed.end)
    every = sorted({*keys, *listed}, reverse=True)
    told = dict(zip(every, load_stored(db, every), strict=True))
    shown: set[int] = set()
    followed, fitting = _followed(db, every, told, shown, size.follow)
    noticed = _best([key for key in every if key not in shown and _is_noticed(told[key])], told, size.noticed)
    shown.update(noticed)
    sources, settled = asked.states(db, found, span, announced=len(keys), listed=len(listed))
    finished = _runs(db, span.listed)
    moments = [
        *(stored.seen for stored in told.values()),
        *(source.moment for source in sources if source.moment is not None),
        *(run.finished for run in finished if run.finished is not None),
    ]
    return Digest(
        span=span,
        announced=len(keys),
        listed=len(listed),
        papers=len(every),
        usual=came.usual(size.fewest),
        stages=came.news_by_stage(told, shown, size),
        without_stage=sum(not told[key].values("stage") for key in keys),
        follows=len(follows.list_follows(db)),
        fitting=fitting,
        followed=followed,
        noticed=tuple(listed_paper(told[key]) for key in noticed),
        terms=_terms(db, span) if keys else (),
        runs=tuple(reported_run(db, run) for run in finished),
        sources=sources,
        synced=bool(ledger.latest(db)),
        quiet_days=tuple(span.quiet_days),
        settled=settled,
        newest=max([span.ready_at, *moments]),
        ids=tuple(told[key].paper.id for key in every),
    )


def _terms(db: Database, span: Span) -> tuple[ReportedTerm, ...]:
    """The new terms of a week's announcements; the titles of one day are too few to tell."""
    if span.every == "day" or not span.batches:
        return ()
    return trends.new_terms(db, Period(span.batches[0].first.date(), span.batches[-1].last.date()))[:TERMS]


class _Came:
    """The papers that arXiv announced in a span and in those before it.

    :param spans: the one that is told first.
    """

    def __init__(self, db: Database, days: Period, looks: Sequence[Look], spans: Sequence[Span]) -> None:
        self._db, self._looks, self._span, self._before = db, looks, spans[0], spans[1:]
        sources = discover("core.papers.sources", "SOURCE").values()
        lists = [source.id for source in sources if source.about.days == "listed"]
        knows = Arrivals(looks, since=days.start, until=days.end)
        self.keys: dict[str, list[int]] = {span.name: [] for span in spans}
        names: dict[date | None, str | None] = {None: None}
        for one in arrivals.candidates(db, days.start, days.end, lists=[*lists, STARTER]):
            if one.by_lists:
                continue
            day = knows.day_of(one)
            if day is not None and day not in names:
                names[day] = (Span.of_week(day) if self._span.every == "week" else Span.of_day(day)).name
            if (name := names[day]) in self.keys:
                self.keys[name].append(one.key)

    def usual(self, fewest: int) -> Usual | None:
        """What such spans brought before; None where too few were looked at whole."""
        counts = [len(self.keys[span.name]) for span in self._whole()]
        if len(counts) < fewest:
            return None
        low, _middle, high = quantiles(counts, n=4, method="inclusive")
        return Usual(median=median(counts), low=low, high=high, spans=len(counts))

    def news_by_stage(self, told: dict[int, Stored], shown: set[int], size: _Size) -> tuple[StageNews, ...]:
        """The stages in the order of the pipeline, each with the best of its papers that stand nowhere above."""
        here = self.keys[self._span.name]
        whole = self._whole()
        before = self._staged_before(whole)
        news: list[StageNews] = []
        taken = set(shown)
        for stage in stages():
            inside = [key for key in here if stage in told[key].values("stage")]
            best = _best([key for key in inside if key not in taken], told, size.stage, stage=stage)
            news.append(
                StageNews(
                    stage=stage,
                    n=len(inside),
                    usual=median(before[span.name][stage] for span in whole) if len(whole) >= size.fewest else None,
                    above=sum(key in taken for key in inside),
                    papers=tuple(listed_paper(told[key]) for key in best),
                )
            )
            taken.update(best)
        return tuple(news)

    def _staged_before(self, whole: Sequence[Span]) -> dict[str, Counter[str]]:
        """Span to how many papers of each stage it brought."""
        names = {key: span.name for span in whole for key in self.keys[span.name]}
        counts: dict[str, Counter[str]] = {span.name: Counter() for span in whole}
        for stage in stages() if names else ():
            for key in arrivals.filed_under(self._db, stage, min(names), max(names)):
                if key in names:
                    counts[names[key]][stage] += 1
        return counts

    def _whole(self) -> list[Span]:
        """The spans before of which one source was asked for every announcement, with the categories of today."""
        newest = next((look for look in reversed(self._looks) if look.days != "listed"), None)
        if newest is None:
            return []
        same = [look for look in self._looks if look.categories == newest.categories]
        return [span for span in self._before if span.batches and all(covered(same, batch) for batch in span.batches)]


def _followed(
    db: Database, keys: Sequence[int], told: dict[int, Stored], shown: set[int], most: int
) -> tuple[tuple[FollowedNews, ...], int]:
    """What came for each thing that is followed, and how many papers fit any; those that are told join `shown`."""
    groups: list[FollowedNews] = []
    fitting: set[int] = set()
    for follow in follows.list_follows(db):
        found = arrivals.fitting(db, follow.query, keys)
        best = _best([key for key in found if key not in shown], told, most)
        if found:
            groups.append(
                FollowedNews(
                    name=followed_name(follow),
                    query=follow.query,
                    n=len(found),
                    above=sum(key in shown for key in found),
                    papers=tuple(listed_paper(told[key]) for key in _by_stage(best, told)),
                )
            )
        fitting.update(found)
        shown.update(best)
    return tuple(groups), len(fitting)


def _best(keys: Iterable[int], told: dict[int, Stored], most: int, *, stage: str | None = None) -> list[int]:
    """The most noticed first, then those that are clearest about the stage, then the newest; withdrawn ones aside."""

    def rank(key: int) -> tuple[float, ...]:
        paper = told[key].paper
        sure = 0.0 if stage is None else told[key].confidence.get(stage, 0.0)
        return (-(paper.upvotes or 0), -(paper.stars or 0), -sure, -key)

    return sorted((key for key in keys if not told[key].paper.withdrawn), key=rank)[:most]


def _by_stage(keys: Sequence[int], told: dict[int, Stored]) -> list[int]:
    """In the order of the pipeline, those without a stage last."""
    order = {stage: place for place, stage in enumerate(stages())}

    def place(key: int) -> int:
        return min((order.get(stage, len(order)) for stage in told[key].values("stage")), default=len(order))

    return sorted(keys, key=place)


def _is_noticed(stored: Stored) -> bool:
    paper: Paper = stored.paper
    return bool(paper.upvotes or paper.stars)


def _runs(db: Database, days: Period) -> list[runs.Run]:
    """The runs begun on these days that came to an end, the mechanism switched on, newest first."""
    first = datetime.combine(days.start, time(0), UTC)
    after = datetime.combine(days.end + timedelta(days=1), time(0), UTC)
    return runs.find(db, states=("finished",), null=False, since=first, until=after, limit=RUNS_MOST)
