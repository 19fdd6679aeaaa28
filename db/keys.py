"""Where does a paper stand in the order of all papers? Its key, the rowid, begins with its v1 day.

`key = YYYYMMDD * 1,000,000 + n`, so that "newest first" is a walk down the table and a range of days a range of keys.
Where only the id's month is known, the day is 00. `n` comes from the number in the arXiv id (the order in which arXiv
took the papers in), with room for a neighbour where two would meet.
"""

from __future__ import annotations

import zlib
from datetime import date

from core.papers.ids import month_of, parse_arxiv_id
from core.papers.paper import Paper

DAY = 1_000_000  # keys a day has


def wanted_key(paper: Paper) -> int:
    """The key of a paper, before neighbours are asked whether it is free.

    :raises ValueError: the id is not an arXiv id.
    """
    year, month = month_of(parse_arxiv_id(paper.id).base)
    day = day_number(paper.submitted.date()) if paper.submitted else year * 10_000 + month * 100
    return day * DAY + _number(paper.id)


def next_key(key: int) -> int:
    """The neighbour to try where `key` is taken; it stays within the day."""
    return key - key % DAY + (key + 1) % DAY


def day_number(day: date) -> int:
    """2024-03-09 as 20240309."""
    return day.year * 10_000 + day.month * 100 + day.day


def keys_between(since: date | None, until: date | None) -> tuple[int, int]:
    """The first and the last key of papers submitted from `since` to `until`, both included.

    A paper of which only the month is known counts where its month begins within the range.
    """
    low, high = 0, 99_999_999 * DAY
    if since is not None:
        low = (day_number(since) - (1 if since.day == 1 else 0)) * DAY
    if until is not None:
        high = day_number(until) * DAY + DAY - 1
    return low, high


def _number(base: str) -> int:
    """0 to 999,999 from the id: ten places for each number of the month, a thousand archives for old ids."""
    archive, _, tail = base.rpartition("/")
    if archive:
        return int(tail[4:]) * 1000 + zlib.crc32(archive.encode()) % 1000
    return int(tail.partition(".")[2]) * 10
