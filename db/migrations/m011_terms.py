"""The words of titles, for new terms; an index of the papers that somebody noticed.

`title_words` numbers the words. `title_days` has the titles of a day, in the order of their papers, as numbers of words
(db/title_words.py says how); `title_months` the phrases that at least two titles of a month have, and in how many. Both
follow the marks in `trend_days`, which is why every day is marked here: the papers that join two stages are counted
with the other trends from now on.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m011_terms(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE title_words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)

CREATE TABLE title_days (day INTEGER PRIMARY KEY, words BLOB NOT NULL)

CREATE TABLE title_months (month INTEGER PRIMARY KEY, phrases BLOB NOT NULL, papers BLOB NOT NULL)

CREATE INDEX papers_noticed ON papers (key, upvotes, stars) WHERE upvotes > 0 OR stars > 0

INSERT OR IGNORE INTO trend_days (day) SELECT DISTINCT key / 1000000 FROM papers
""",
    )
