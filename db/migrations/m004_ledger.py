"""What each sync and import did. A row without outcome is under way, or its process died (`owner` tells)."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m004_ledger(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, window TEXT, categories TEXT NOT NULL DEFAULT '',
    file TEXT, outcome TEXT, expected INTEGER, received INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0, duplicate INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
    reasons TEXT NOT NULL DEFAULT '[]', requests INTEGER NOT NULL DEFAULT 0, resume TEXT, error TEXT,
    started TEXT NOT NULL, finished TEXT, continues INTEGER, owner TEXT NOT NULL DEFAULT '')

CREATE INDEX ledger_source ON ledger (source, window, id)

CREATE TABLE cooldowns (source TEXT PRIMARY KEY, until TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID
""",
    )
