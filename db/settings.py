"""What does the catalog remember of choices and of what was done once? Small values under names."""

from __future__ import annotations

from sqlite_utils import Database


def read_setting(db: Database, key: str) -> str | None:
    """The value kept under `key`, or None."""
    row = db.conn.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def write_setting(db: Database, key: str, value: str) -> None:
    """Keep `value` under `key`, in place of what was there."""
    db.conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))
