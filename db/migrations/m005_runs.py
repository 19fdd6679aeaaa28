"""Runs of experiments, folded from their events."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import run_script


def m005_runs(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, experiment TEXT NOT NULL, stage TEXT NOT NULL, params TEXT NOT NULL DEFAULT '{}',
    preset TEXT, seed INTEGER, is_null INTEGER NOT NULL DEFAULT 0, device TEXT, ran_on TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'failed', 'cancelled')),
    created TEXT NOT NULL, started TEXT, finished TEXT, message TEXT, done REAL NOT NULL DEFAULT 0,
    pid INTEGER, "commit" TEXT, versions TEXT NOT NULL DEFAULT '{}')

CREATE INDEX runs_experiment ON runs (experiment, created)

CREATE INDEX runs_state ON runs (state)

CREATE TABLE measures (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, unit TEXT NOT NULL, name TEXT NOT NULL,
    arm TEXT NOT NULL, value REAL, unit_of_measure TEXT, replicate INTEGER NOT NULL, exact INTEGER NOT NULL,
    PRIMARY KEY (run, unit, name, arm, replicate)) WITHOUT ROWID

CREATE TABLE verdicts (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, claim TEXT NOT NULL, outcome TEXT NOT NULL,
    contrast REAL, low REAL, high REAL, margin REAL, n INTEGER, is_null INTEGER NOT NULL DEFAULT 0,
    device TEXT, created TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (run, claim)) WITHOUT ROWID
""",
    )
