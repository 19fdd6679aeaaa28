"""What the tagger was taught, and how far the catalog follows.

`teachings.difference` is what corrections (`corrections`, id to stages) add to the shipped tagger that `base` names;
`figures` say how good that is. A row of `retrainings` puts one in force, or the tagger as shipped (NULL): the newest
that is `filing` or `finished` counts. `at` is the key down to which the catalog has been filed again, `moves` and
`examples` say which papers changed stage by that.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m012_retrainings(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE teachings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, base TEXT NOT NULL, corrections TEXT NOT NULL,
    difference TEXT NOT NULL, figures TEXT NOT NULL)

CREATE TABLE retrainings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('asked', 'filing', 'finished', 'cancelled', 'failed')),
    teaching INTEGER REFERENCES teachings (id), created TEXT NOT NULL, finished TEXT,
    at INTEGER, done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0, moves TEXT NOT NULL DEFAULT '{}', examples TEXT NOT NULL DEFAULT '[]',
    message TEXT NOT NULL DEFAULT '')

CREATE INDEX retrainings_state ON retrainings (state, id)
""",
    )
