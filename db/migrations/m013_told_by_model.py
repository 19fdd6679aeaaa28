"""What language models said of papers.

`summaries` has the summary that a model wrote, one for each language and model; `version` is the paper's that it read.
What a model would file a paper under stands in `tags` with the origin `model`, and never counts by itself.
`summary_failures` has what became of the last try where it did not succeed; `tries` counts the answers that were no
good, not those that never came.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m013_told_by_model(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE summaries (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    language TEXT NOT NULL, model TEXT NOT NULL, summary TEXT NOT NULL, version INTEGER, told TEXT NOT NULL,
    PRIMARY KEY (paper, language, model)) WITHOUT ROWID

CREATE TABLE summary_failures (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    language TEXT NOT NULL, model TEXT NOT NULL,
    outcome TEXT NOT NULL, why TEXT NOT NULL, tries INTEGER NOT NULL, failed TEXT NOT NULL,
    PRIMARY KEY (paper, language, model)) WITHOUT ROWID
""",
    )
