"""Which papers of a period did most people notice? By votes, stars and repeated days on Hugging Face's lists together.

Votes and stars have scales of their own, so places are added up, not numbers: reciprocal rank fusion (Cormack, Clarke
and Büttcher, 2009), in which a paper that stands high in one list and is there in another comes before one that stands
high in a single one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from core.papers.trends import Period
from db.keys import keys_between
from db.records import Stored
from db.rows import marks
from db.stored import load_stored

_DAMPING = 60  # as in the paper
_LOOKED_UP = 300  # papers whose days on lists are counted
_TRENDING = "huggingface-trending"


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """A paper and who noticed it; None where no source tells.

    :param list_days: days on which it was seen on a list of Hugging Face: its daily list, and each day of trending.
    """

    stored: Stored
    votes: int | None
    stars: int | None
    list_days: int | None


def most_noticed(db: Database, period: Period, *, limit: int) -> list[Noticed]:
    """The papers of a period, the most noticed first."""
    low, high = keys_between(period.start, period.end)
    sql = (
        "SELECT key, upvotes, stars FROM papers INDEXED BY papers_noticed "
        "WHERE (upvotes > 0 OR stars > 0) AND key BETWEEN ? AND ?"
    )
    rows = db.conn.execute(sql, (low, high)).fetchall()
    votes = {key: upvotes for key, upvotes, _ in rows if upvotes}
    stars = {key: given for key, _, given in rows if given}
    first = _fused((votes, stars))[:_LOOKED_UP]
    days = _list_days(db, first)
    # Whatever has votes was listed once; to be listed again says something more.
    again = {key: n for key, n in days.items() if n > 1}
    best = _fused(
        ({key: votes[key] for key in first if key in votes}, {key: stars[key] for key in first if key in stars}, again)
    )
    return [
        Noticed(stored=stored, votes=votes.get(key), stars=stars.get(key), list_days=days.get(key))
        for key, stored in zip(best[:limit], load_stored(db, best[:limit]), strict=True)
    ]


def _fused(lists: Sequence[Mapping[int, int]]) -> list[int]:
    """Keys by the sum of 1 / (60 + place) over the lists; equals share a place, and of two the newer comes first."""
    scores: dict[int, float] = {}
    for numbers in lists:
        place = {number: at for at, number in enumerate(sorted(set(numbers.values()), reverse=True), start=1)}
        for key, number in numbers.items():
            scores[key] = scores.get(key, 0.0) + 1 / (_DAMPING + place[number])
    return sorted(scores, key=lambda key: (-scores[key], -key))


def _list_days(db: Database, keys: Sequence[int]) -> dict[int, int]:
    if not keys:
        return {}
    seen = "(SELECT count(DISTINCT day) FROM sightings WHERE paper = key AND source = ?)"
    sql = f"SELECT key, (listed IS NOT NULL) + {seen} FROM papers WHERE key IN ({marks(keys)})"
    return {key: days for key, days in db.conn.execute(sql, (_TRENDING, *keys)) if days}
