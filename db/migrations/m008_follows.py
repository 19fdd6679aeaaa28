"""What a person follows: each is a query of the search box, whatever it was made from."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m008_follows(db: Database) -> None:
    run_script(
        db,
        """
DROP TABLE saved_searches

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('author', 'topic', 'search')),
    name TEXT NOT NULL, query TEXT NOT NULL UNIQUE, created TEXT NOT NULL, visited TEXT NOT NULL)
""",
    )
