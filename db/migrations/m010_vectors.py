"""What a paper is like: one int8 vector for each model that has read it."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m010_vectors(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE vectors (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    model TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (paper, model)) WITHOUT ROWID
""",
    )
