"""In which order is a list of papers gone through, and under which headings? By when they came, or by stage.

Within a heading the order of the list stays; and how each paper of it stands with its reader is asked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from db.reading import Reading
from db.rows import marks

Arrangement = Literal["", "time", "stage"]
NEWS, TODAY, EARLIER = "news", "today", "earlier"
NOWHERE = "nowhere"  # filed under no stage
_CHUNK = 5_000


@dataclass(frozen=True)
class Place:
    """Where a paper stands in a list.

    :param id: the paper's.
    :param group: the heading: one of the constants above, or a stage; '' for none.
    """

    id: str
    group: str = ""


def arranged(
    db: Database, keys: Sequence[int], *, by: Arrangement, stages: Sequence[str], since: datetime | None
) -> list[Place]:
    """The papers with these keys under their headings; keys that are unknown are left out.

    :param by: "time": what came since the last visit, what Hugging Face lists on its last day, the rest, which has no
        heading where it is all there is; "stage": each under the stage that fits it best; "": as they are, without
        headings.
    :param stages: in the order of their headings.
    :param since: the last visit; None on the first, when nothing is news.
    """
    facts: dict[int, tuple[str, str, str | None]] = {}
    best: dict[int, str] = {}
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        rows = db.conn.execute(f"SELECT key, id, seen, listed FROM papers WHERE key IN ({marks(some)})", some)
        facts |= {key: (paper, seen, listed) for key, paper, seen, listed in rows}
        if by == "stage":
            sql = (
                f"SELECT paper, value FROM tags WHERE paper IN ({marks(some)}) AND kind = 'stage' AND effective = 1 "
                "ORDER BY paper, place DESC"
            )
            best |= dict(db.conn.execute(sql, some).fetchall())
    known = [key for key in keys if key in facts]
    if not by:
        return [Place(facts[key][0]) for key in known]
    if by == "stage":
        order = [*stages, NOWHERE]
        group_of = {key: best.get(key, NOWHERE) for key in known}
    else:
        order = [NEWS, TODAY, EARLIER]
        (last,) = db.conn.execute("SELECT max(listed) FROM papers WHERE listed IS NOT NULL").fetchone()
        group_of = {key: _when(*facts[key][1:], since=since, last=last) for key in known}
        if set(group_of.values()) == {EARLIER}:
            return [Place(facts[key][0]) for key in known]
    return [Place(facts[key][0], group) for group in order for key in known if group_of[key] == group]


def standing(db: Database, ids: Sequence[str]) -> dict[str, Reading]:
    """How those of these papers stand with their reader that are read, saved, skipped or starred."""
    found: dict[str, Reading] = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        sql = (
            "SELECT id, state, star FROM reading JOIN papers ON papers.key = reading.paper "
            f"WHERE papers.id IN ({marks(some)}) AND (state IS NOT NULL OR star)"
        )
        found |= {paper: Reading(state=state, star=bool(star)) for paper, state, star in db.conn.execute(sql, some)}
    return found


def _when(seen: str, listed: str | None, *, since: datetime | None, last: str | None) -> str:
    if since is not None and datetime.fromisoformat(seen) > since:
        return NEWS
    return TODAY if listed is not None and listed == last else EARLIER
