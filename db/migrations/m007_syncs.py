"""Waits of a sync, how long a provider asked not to be asked, and what a source wants to know next time.

`cooldowns.times` counts the refusals in a row; `memories` holds, for each source, JSON of its own making.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m007_syncs(db: Database) -> None:
    run_script(
        db,
        """
ALTER TABLE ledger ADD COLUMN waited REAL NOT NULL DEFAULT 0

DROP TABLE cooldowns

CREATE TABLE cooldowns (
    provider TEXT PRIMARY KEY, until TEXT NOT NULL, why TEXT NOT NULL, times INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID

CREATE TABLE memories (source TEXT PRIMARY KEY, memory TEXT NOT NULL) WITHOUT ROWID
""",
    )
