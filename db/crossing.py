"""Which sources told of the papers of one announcement? What lets one source show that another one is stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlite_utils import Database

from db.keys import DAY, day_number
from db.rows import marks


@dataclass(frozen=True)
class Announced:
    """A paper of the announcement.

    :param dated: whether its v1 submission is known; else a source only said on which day it was announced.
    :param sources: those asked about that told of it.
    """

    dated: bool
    sources: frozenset[str]


def announced(
    db: Database,
    *,
    first: datetime,
    last: datetime,
    listed: date,
    categories: Sequence[str],
    sources: Sequence[str],
) -> list[Announced]:
    """The papers submitted from `first` on and before `last`, and those without a known submission listed that day.

    :param categories: only papers of one of these; an archive such as `cs` stands for all below it; none for all.
    :param sources: the ids of the sources that are compared.
    """
    days = (first.astimezone(UTC).date(), last.astimezone(UTC).date())
    # A paper of which no submission is known has day 00 of its id's month.
    ranges = [(day_number(days[0]), day_number(days[1])), *((m, m) for m in {_month(day) for day in (*days, listed)})]
    inside = " OR ".join("papers.key BETWEEN ? AND ?" for _ in ranges)
    bounds = [bound for low, high in ranges for bound in (low * DAY, high * DAY + DAY - 1)]
    wanted = " OR ".join("value = ? OR value LIKE ? || '.%'" for _ in categories)
    chosen = f"EXISTS (SELECT 1 FROM json_each(papers.categories) WHERE {wanted})" if categories else "1"
    sql = f"""
SELECT papers.submitted IS NOT NULL, group_concat(DISTINCT sightings.source)
FROM papers JOIN sightings ON sightings.paper = papers.key
WHERE ({inside}) AND {chosen} AND sightings.source IN ({marks(sources)})
AND (papers.submitted >= ? AND papers.submitted < ? OR papers.submitted IS NULL AND papers.announced = ?)
GROUP BY papers.key"""
    values = (
        *bounds,
        *(part for name in categories for part in (name, name)),
        *sources,
        first.astimezone(UTC).isoformat(),
        last.astimezone(UTC).isoformat(),
        listed.isoformat(),
    )
    return [Announced(bool(dated), frozenset(told.split(","))) for dated, told in db.conn.execute(sql, values)]


def _month(day: date) -> int:
    return day_number(day) - day.day
