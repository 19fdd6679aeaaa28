"""What did a person expect of a run before it began, and how often were they right?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from db.connect import transaction
from db.rows import moment_text


class Hits(NamedTuple):
    """How many predictions came true, of how many whose run reached a verdict."""

    right: int
    told: int


def keep(db: Database, run_id: str, outcomes: Mapping[str, str], *, at: datetime) -> None:
    """Note what is expected of each claim of a run; what was said first stands."""
    with transaction(db):
        db.conn.executemany(
            "INSERT INTO predictions (run, claim, outcome, created) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run, claim) DO NOTHING",
            [(run_id, claim, outcome, moment_text(at)) for claim, outcome in outcomes.items()],
        )


def of_run(db: Database, run_id: str) -> dict[str, str]:
    """Claim to the outcome that was expected; {} where nobody said."""
    return dict(db.conn.execute("SELECT claim, outcome FROM predictions WHERE run = ? ORDER BY claim", (run_id,)))


def hits(db: Database) -> Hits:
    """Over all runs of the real world that reached a verdict."""
    right, told = db.conn.execute(
        "SELECT coalesce(sum(p.outcome = v.outcome), 0), count(*) FROM predictions p "
        "JOIN verdicts v ON v.run = p.run AND v.claim = p.claim WHERE v.is_null = 0"
    ).fetchone()
    return Hits(int(right), int(told))
