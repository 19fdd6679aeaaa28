"""What does a source want to know the next time, whatever the window? JSON of its own making."""

from __future__ import annotations

import json

from sqlite_utils import Database

from core.papers.source import Checkpoint


def read_memory(db: Database, source: str) -> Checkpoint | None:
    """What this source remembered last, or None."""
    row = db.conn.execute("SELECT memory FROM memories WHERE source = ?", (source,)).fetchone()
    return None if row is None else json.loads(row[0])


def write_memory(db: Database, source: str, memory: Checkpoint) -> None:
    """Keep this for the source, in place of what was there."""
    db.conn.execute("INSERT OR REPLACE INTO memories (source, memory) VALUES (?, ?)", (source, json.dumps(memory)))
