"""Predictions: kept as first said, gone with their run, counted against verdicts of the real world only."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from core.events import Outcome, Verdict
from db import predictions, runs
from tests.run_rows import run_row

AT = datetime(2026, 3, 1, tzinfo=UTC)


def add_run(db: Database, run_id: str, outcomes: dict[str, Outcome], *, null: bool = False) -> None:
    runs.insert(
        db,
        run_row(run_id, "e", null=null, created=AT),
    )
    verdicts = [
        Verdict(claim=claim, outcome=outcome, contrast=1.0, low=0.5, high=1.5, margin=0.0, n=5, reason={}, null=null)
        for claim, outcome in outcomes.items()
    ]
    runs.keep_results(db, run_id, measures=[], verdicts=verdicts, at=AT)


def test_what_was_said_first_stands(db: Database) -> None:
    add_run(db, "r", {})
    predictions.keep(db, "r", {"a": "supported"}, at=AT)
    predictions.keep(db, "r", {"a": "not supported", "b": "too small to tell"}, at=AT)
    assert predictions.of_run(db, "r") == {"a": "supported", "b": "too small to tell"}
    assert predictions.of_run(db, "another") == {}


def test_hits_count_verdicts_of_the_real_world_only(db: Database) -> None:
    assert predictions.hits(db) == (0, 0)
    add_run(db, "r", {"a": "supported", "b": "not supported"})
    add_run(db, "n", {"a": "supported"}, null=True)
    add_run(db, "open", {})
    predictions.keep(db, "r", {"a": "supported", "b": "supported"}, at=AT)
    predictions.keep(db, "n", {"a": "supported"}, at=AT)
    predictions.keep(db, "open", {"a": "supported"}, at=AT)
    assert predictions.hits(db) == (1, 2)


def test_an_outcome_that_is_none_is_refused(db: Database) -> None:
    add_run(db, "r", {})
    with pytest.raises(sqlite3.IntegrityError):
        predictions.keep(db, "r", {"a": "maybe"}, at=AT)
