"""Papers a day: of each value that counts, and in all (kind and value ''). `day` is YYYYMMDD, 00 for no known day.

`trend_days` names the days that are to be counted again before the counts are used.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m009_trend_counts(db: Database) -> None:
    run_script(
        db,
        """
DROP TABLE trend_counts

CREATE TABLE trend_counts (
    kind TEXT NOT NULL, value TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (kind, value, day)) WITHOUT ROWID

CREATE TABLE trend_days (day INTEGER PRIMARY KEY)

INSERT INTO trend_days (day) SELECT DISTINCT key / 1000000 FROM papers

CREATE TRIGGER papers_counted_delete AFTER DELETE ON papers
BEGIN INSERT OR IGNORE INTO trend_days (day) VALUES (old.key / 1000000); END
""",
    )
