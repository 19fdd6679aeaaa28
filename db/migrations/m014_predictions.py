"""What a person expected of a run before it began.

`predictions` has one row a claim of the run; how it came out stands in `verdicts`.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m014_predictions(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE predictions (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, claim TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('supported', 'not supported', 'too small to tell')),
    created TEXT NOT NULL, PRIMARY KEY (run, claim)) WITHOUT ROWID
""",
    )
