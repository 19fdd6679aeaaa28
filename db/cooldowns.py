"""Until when did a provider ask not to be asked? Written down, so that it survives a restart; one row a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlite_utils import Database

from db.rows import clean_text


@dataclass(frozen=True, kw_only=True)
class Cooldown:
    """A time in which a provider is left alone.

    :param until: its end, aware, in UTC; it may be over.
    :param why: a few words.
    :param times: refusals in a row, this one included.
    """

    provider: str
    until: datetime
    why: str
    times: int


def read_cooldown(db: Database, provider: str) -> Cooldown | None:
    """The last cool-down of a provider, over or not; None where its last answer was good."""
    sql = "SELECT until, why, times FROM cooldowns WHERE provider = ?"
    row = db.conn.execute(sql, (provider,)).fetchone()
    if row is None:
        return None
    until, why, times = row
    return Cooldown(provider=provider, until=datetime.fromisoformat(until), why=why, times=times)


def write_cooldown(db: Database, cooldown: Cooldown) -> None:
    """Write a cool-down down, in place of the one before."""
    until = cooldown.until.astimezone(UTC).isoformat()
    db.conn.execute(
        "INSERT OR REPLACE INTO cooldowns (provider, until, why, times) VALUES (?, ?, ?, ?)",
        (cooldown.provider, until, clean_text(cooldown.why), cooldown.times),
    )


def clear_cooldown(db: Database, provider: str, *, now: datetime) -> None:
    """Forget the refusals of a provider that gave a good answer; a cool-down that another process has begun stays."""
    found = read_cooldown(db, provider)
    if found is not None and found.until <= now:
        db.conn.execute("DELETE FROM cooldowns WHERE provider = ?", (provider,))
