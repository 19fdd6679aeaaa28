"""What papers are filed under.

A row with the value '' says "none of this kind" (a person's or a curated source's word). `effective` marks the
rows that count: the best origin of each paper and kind; `place` keeps their order. `taggings` keeps the tagger's
confidence for each stage.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m002_tags(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE tags (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    kind TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL,
    place INTEGER NOT NULL, confidence REAL NOT NULL, evidence TEXT NOT NULL DEFAULT '[]', effective INTEGER NOT NULL,
    PRIMARY KEY (paper, kind, value, origin)) WITHOUT ROWID

CREATE INDEX tags_effective ON tags (kind, value, paper, effective) WHERE effective = 1

CREATE INDEX tags_said ON tags (origin, paper, kind) WHERE origin <> 'tagger'

CREATE TABLE taggings (
    paper INTEGER PRIMARY KEY REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    confidence TEXT NOT NULL)

CREATE TABLE trend_counts (
    by TEXT NOT NULL, period TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (by, period, kind, value)) WITHOUT ROWID
""",
    )
