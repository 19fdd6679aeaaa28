"""What a person did: reading states, notebook entries (pins: a list of {kind, target}), searches, settings."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m003_reading(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE reading (
    paper INTEGER PRIMARY KEY REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    state TEXT CHECK (state IN ('read', 'skip', 'saved')), star INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL)

CREATE INDEX reading_state ON reading (state, paper)

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, changed TEXT NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, pins TEXT NOT NULL)

CREATE INDEX notes_created ON notes (created)

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, filters TEXT NOT NULL, created TEXT NOT NULL, visited TEXT)

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
""",
    )
