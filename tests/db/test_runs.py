"""Rows of runs: what goes in comes out, and a run that has ended stays as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from core.events import Measure, Verdict
from db import runs
from db.runs import Run, UnknownRun

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    opened = open_new(tmp_path / "catalog.db")
    yield opened
    opened.close()


def make_run(run_id: str, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": run_id,
        "experiment": "toy",
        "stage": "build",
        "params": {"rank": 8, "sizes": [1, 2], "prompt": "안녕"},
        "preset": "quick",
        "seed": 7,
        "null": False,
        "device": "auto",
        "created": NOON,
    }
    return Run(**(values | changes))


def measure(value: float, *, replicate: int = 0, arm: str = "a") -> Measure:
    return Measure(name="loss", arm=arm, value=value, unit_of_measure="nats", replicate=replicate, exact=True)


def verdict(outcome: Any = "supported", *, claim: str = "c") -> Verdict:
    return Verdict(
        claim=claim,
        outcome=outcome,
        contrast=1.0,
        low=0.5,
        high=1.5,
        margin=0.2,
        n=5,
        reason={"en": "above", "ko": "위"},
        skipped={"nf4": "needs CUDA"},
    )


def test_a_run_comes_back_as_it_went_in(db: Database) -> None:
    run = make_run("r1", commit="abc+dirty", versions={"python": "3.11"}, null=True)
    runs.insert(db, run)
    assert runs.get(db, "r1") == run


def test_an_unknown_run_is_named(db: Database) -> None:
    with pytest.raises(UnknownRun, match="no run 'r9'"):
        runs.get(db, "r9")


def test_runs_are_found_by_what_they_are_newest_first(db: Database) -> None:
    runs.insert(db, make_run("r1", created=NOON))
    runs.insert(db, make_run("r2", created=NOON + timedelta(hours=1), null=True))
    runs.insert(db, make_run("r3", created=NOON + timedelta(hours=2), experiment="other", stage="adapt"))

    def found(**filters: Any) -> list[str]:
        return [run.id for run in runs.find(db, **filters)]

    assert found() == ["r3", "r2", "r1"]
    assert found(limit=1, offset=1) == ["r2"]
    assert found(experiment="toy") == ["r2", "r1"]
    assert found(stage="adapt") == ["r3"]
    assert found(null=False) == ["r3", "r1"]
    assert found(states=("finished", "failed")) == []
    assert found(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2)) == ["r2"]


def test_a_queued_run_can_be_taken_in_hand_once(db: Database) -> None:
    runs.insert(db, make_run("r1"))
    assert runs.claim(db, "r1")
    assert not runs.claim(db, "r1")
    runs.set_pid(db, "r1", None)
    assert runs.claim(db, "r1")


def test_a_run_advances_until_it_has_ended(db: Database) -> None:
    runs.insert(db, make_run("r1"))
    assert runs.advance(db, "r1", state="running", done=0.5, started=NOON, versions={"torch": "2"})
    assert runs.advance(db, "r1", state="cancelled", message="cancelled", finished=NOON + timedelta(seconds=3))
    assert not runs.advance(db, "r1", state="failed", message="too late")
    run = runs.get(db, "r1")
    assert (run.state, run.message, run.done, run.started) == ("cancelled", "cancelled", 0.5, NOON)
    assert (run.versions, run.is_open) == ({"torch": "2"}, False)


def test_places_in_the_queue_go_by_age_and_close_up(db: Database) -> None:
    for number in range(3):
        runs.insert(db, make_run(f"r{number}", created=NOON + timedelta(seconds=number)))
    assert runs.queued_up_to(db, "r2") == ["r0", "r1", "r2"]
    runs.advance(db, "r0", state="running")
    assert [runs.queued_up_to(db, f"r{number}") for number in range(3)] == [[], ["r1"], ["r1", "r2"]]
    assert runs.queued_up_to(db, "unknown") == []


def test_results_are_replaced_not_piled_up(db: Database) -> None:
    runs.insert(db, make_run("r1"))
    for value in (1.0, 2.0):
        runs.keep_results(db, "r1", measures=[("u1", measure(value))], verdicts=[verdict()], at=NOON)
    assert runs.measures(db, "r1") == [("u1", measure(2.0))]
    assert runs.verdicts(db, "r1") == [verdict()]


def test_a_measure_that_is_not_finite_comes_back_as_nan(db: Database) -> None:
    runs.insert(db, make_run("r1"))
    runs.keep_results(db, "r1", measures=[("u1", measure(math.nan))], verdicts=[], at=NOON)
    ((_, found),) = runs.measures(db, "r1")
    assert math.isnan(found.value)


def test_the_latest_verdict_of_each_experiment_leaves_out_failed_runs_and_other_worlds(db: Database) -> None:
    for number, (experiment, state, null) in enumerate(
        [("toy", "finished", False), ("toy", "finished", False), ("toy", "failed", False), ("toy", "finished", True)]
    ):
        run_id = f"r{number}"
        runs.insert(db, make_run(run_id, experiment=experiment, null=null, created=NOON + timedelta(days=number)))
        runs.keep_results(db, run_id, measures=[], verdicts=[verdict(claim="b"), verdict(claim="a")], at=NOON)
        runs.advance(db, run_id, state=state)
    runs.insert(db, make_run("undecided", experiment="other"))
    runs.advance(db, "undecided", state="finished")
    found = runs.latest_verdicts(db)
    assert {name: run.id for name, (run, _) in found.items()} == {"toy": "r1"}
    assert [said.claim for said in found["toy"][1]] == ["a", "b"]
    assert runs.latest_verdicts(db, null=True)["toy"][0].id == "r3"
