"""Runs from submission to result: nothing is lost, nothing runs twice, and a cancelled run is over at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from app import jobs
from app.runners import Handle
from app.runners.local import RUNNER
from app.running.execution import begin, execute, lock_of
from app.running.waiting import Queue
from app.settings import Settings
from core.events import Measure, Status, Verdict
from core.papers.paper import Paper
from core.params import BadParam
from db import runs
from db.connect import open_catalog, transaction
from db.papers import upsert
from db.runs import Run, UnknownRun
from db.tags import correct

Submit = Callable[..., Run]


@pytest.fixture
def submit(catalog: Database, places: Settings, laboratory: str) -> Submit:
    def submit_toy(experiment: str = "toy", **options: Any) -> Run:
        given: dict[str, Any] = {"package": laboratory, "device": "cpu", "seed": 7, "enqueue": False}
        return jobs.submit(catalog, places, experiment, **(given | options))

    return submit_toy


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def has(places: Settings, run: Run, kind: str) -> bool:
    return any(event.type == kind for event, _ in jobs.events(jobs.folder_of(places, run.id)))


def kill_worker(places: Settings, run: Run) -> None:
    handle = Handle.load(jobs.folder_of(places, run.id))
    assert handle is not None
    os.kill(int(handle.key), signal.SIGKILL)


def queued(places: Settings) -> list[str]:
    with closing(Queue(places)) as queue:
        return [task.args[0] for task in queue.huey.pending()]


def test_a_submitted_run_has_a_folder_a_row_and_a_place_in_the_queue(
    catalog: Database, places: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit(params={"sizes": "3,4"}, preset="standard", null=True, enqueue=True)
    second = submit(enqueue=True)
    record = json.loads((jobs.folder_of(places, first.id) / "run.json").read_text(encoding="utf-8"))
    assert record["params"] == {"effect": 2.0, "fault": "none", "seconds": 0.0, "sizes": [3, 4]}
    assert (record["seed"], record["null"], record["device"], record["preset"]) == (7, True, "cpu", "standard")
    assert jobs.status(catalog, first.id) == first
    assert (first.state, first.stage, first.null) == ("queued", "build", True)
    assert [jobs.place_in_queue(catalog, places, run.id) for run in (first, second)] == [1, 2]
    assert queued(places) == [first.id, second.id]
    monkeypatch.setenv("TRENDLAB_RAY_ADDRESS", "http://127.0.0.1:8265")
    elsewhere = submit(enqueue=True, runner="ray")
    assert jobs.place_in_queue(catalog, places, elsewhere.id) == 1


@pytest.mark.parametrize(
    ("experiment", "options", "error", "message"),
    [
        ("toi", {}, jobs.UnknownExperiment, "unknown experiment 'toi'; did you mean 'toy'?"),
        ("xyz", {}, jobs.UnknownExperiment, "unknown experiment 'xyz'; there are: slow-toy, toy"),
        ("toy", {"params": {"effekt": 1}}, BadParam, "unknown parameter 'effekt'; there are: effect, "),
        ("toy", {"params": {"effect": "11"}}, BadParam, "effect: 11.0 is not between"),
        ("toy", {"preset": "fast"}, BadParam, "preset: 'fast' is not one of quick, standard"),
        ("toy", {"device": "tpu"}, BadParam, "device: 'tpu' is not one of auto, cpu, cuda"),
        ("toy", {"seed": -1}, BadParam, "seed: -1 is negative"),
    ],
)
def test_what_cannot_be_submitted_is_refused_and_leaves_nothing(
    places: Settings, submit: Submit, experiment: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        submit(experiment, **options)
    assert str(caught.value).startswith(message)
    assert not places.runs.exists()


def test_a_run_in_the_foreground_yields_its_events_and_has_its_row(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    run = submit()
    said = list(jobs.run_foreground(catalog, places, run))
    assert isinstance(said[0][0], Status)
    assert [head["line"] for _, head in said] == list(range(1, len(said) + 1))
    row = jobs.status(catalog, run.id)
    assert (row.state, row.done, row.message) == ("finished", 1.0, "")
    assert row.ran_on is not None
    assert row.ran_on.startswith("cpu (")
    assert row.started is not None
    assert row.finished is not None
    assert run.created < row.started < row.finished < datetime.now(UTC)
    assert row.versions["python"]
    assert runs.verdicts(catalog, run.id) == [event for event, _ in said if isinstance(event, Verdict)]
    assert sorted(measure.value for _, measure in runs.measures(catalog, run.id)) == sorted(
        event.value for event, _ in said if isinstance(event, Measure)
    )
    # Folding again changes nothing.
    results = (runs.measures(catalog, run.id), runs.verdicts(catalog, run.id))
    assert jobs.fold(catalog, places, run.id) == row
    assert (runs.measures(catalog, run.id), runs.verdicts(catalog, run.id)) == results


def test_the_null_world_reaches_the_units_and_the_row(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit(null=True)
    list(jobs.run_foreground(catalog, places, run))
    (verdict,) = runs.verdicts(catalog, run.id)
    assert (verdict.outcome, verdict.null) == ("not supported", True)


def test_a_run_that_fails_says_why_in_its_row(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit(params={"fault": "all"})
    list(jobs.run_foreground(catalog, places, run))
    row = jobs.status(catalog, run.id)
    assert row.state == "failed"
    assert row.message.startswith("all 6 units failed; the first, ")


def test_a_worker_that_is_killed_makes_a_failed_run_with_a_clear_end(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    run = submit(params={"seconds": 300})
    said = jobs.run_foreground(catalog, places, run)
    next(event for event, _ in said if event.type == "point")
    kill_worker(places, run)
    *_, (last, _) = said
    row = jobs.status(catalog, run.id)
    assert row.state == "failed"
    assert "the worker ended before its work" in row.message
    assert isinstance(last, Status)
    assert (last.state, last.message) == ("failed", row.message)


def test_a_queued_run_that_is_cancelled_never_begins(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit(enqueue=True)
    assert jobs.cancel(catalog, places, run.id).state == "cancelled"
    assert jobs.place_in_queue(catalog, places, run.id) is None
    execute(catalog, places, run.id)
    assert not (jobs.folder_of(places, run.id) / "events.jsonl").exists()


def test_a_running_run_is_cancelled_within_two_seconds(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit(params={"seconds": 300})

    def follow() -> None:
        with closing(open_catalog(places.catalog)) as db:
            execute(db, places, run.id)

    follower = threading.Thread(target=follow)
    follower.start()
    wait_for(lambda: has(places, run, "point"))
    began = time.monotonic()
    row = jobs.cancel(catalog, places, run.id)
    assert time.monotonic() - began < 2
    assert (row.state, row.message) == ("cancelled", "cancelled")
    assert not RUNNER.alive(jobs.folder_of(places, run.id))
    follower.join(5)
    assert not follower.is_alive()
    assert jobs.status(catalog, run.id).state == "cancelled"


def test_leaving_the_foreground_cancels_the_run(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit(params={"seconds": 300})
    with closing(jobs.run_foreground(catalog, places, run)) as said:
        next(event for event, _ in said if event.type == "point")
    assert jobs.status(catalog, run.id).state == "cancelled"
    assert not RUNNER.alive(jobs.folder_of(places, run.id))


def test_a_run_that_has_ended_cannot_be_cancelled(catalog: Database, places: Settings, submit: Submit) -> None:
    run = submit()
    list(jobs.run_foreground(catalog, places, run))
    assert jobs.cancel(catalog, places, run.id).state == "finished"
    with pytest.raises(UnknownRun, match="no run 'nonsense'"):
        jobs.cancel(catalog, places, "nonsense")


def test_a_second_run_waits_until_the_device_is_free_and_says_so(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    first, second = submit(params={"seconds": 300}), submit()
    begin(catalog, places, first)
    wait_for(lambda: has(places, first, "point"))
    begin(catalog, places, second)
    wait_for(lambda: has(places, second, "status"))
    time.sleep(0.3)
    row = jobs.fold(catalog, places, second.id)
    assert (row.state, row.started) == ("queued", None)
    assert "another run holds the device" in row.message
    jobs.cancel(catalog, places, first.id)
    execute(catalog, places, second.id)
    row = jobs.status(catalog, second.id)
    assert (row.state, row.message) == ("finished", "")


def test_a_run_that_waits_for_its_device_can_be_cancelled(catalog: Database, places: Settings, submit: Submit) -> None:
    first, second = submit(params={"seconds": 300}), submit()
    begin(catalog, places, first)
    wait_for(lambda: has(places, first, "point"))
    begin(catalog, places, second)
    wait_for(lambda: has(places, second, "status"))
    assert jobs.cancel(catalog, places, second.id).state == "cancelled"
    assert not RUNNER.alive(jobs.folder_of(places, second.id))
    assert RUNNER.alive(jobs.folder_of(places, first.id))
    jobs.cancel(catalog, places, first.id)


def test_runs_on_different_devices_have_different_locks(places: Settings) -> None:
    assert lock_of(places, "cpu") != lock_of(places, "cuda")
    assert lock_of(places, "auto") in (lock_of(places, "cpu"), lock_of(places, "cuda"))


def test_recovery_follows_the_living_settles_the_dead_and_queues_the_waiting(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    waiting, half_started, dead, done, living = (submit(params={"seconds": 300 * (n > 1)}) for n in range(5))
    runs.claim(catalog, half_started.id)
    begin(catalog, places, dead)
    wait_for(lambda: has(places, dead, "point"))
    jobs.fold(catalog, places, dead.id)
    kill_worker(places, dead)
    wait_for(lambda: not RUNNER.alive(jobs.folder_of(places, dead.id)))
    _finish_unseen(catalog, places, done)
    begin(catalog, places, living)
    wait_for(lambda: has(places, living, "point"))
    order = jobs.recover(catalog, places)
    assert order == [living.id, waiting.id, half_started.id]
    assert queued(places) == order
    assert jobs.status(catalog, dead.id).state == "failed"
    assert "the worker ended before its work" in jobs.status(catalog, dead.id).message
    assert jobs.status(catalog, done.id).state == "finished"
    jobs.cancel(catalog, places, living.id)


def test_a_run_whose_folder_is_gone_has_failed_and_holds_up_nobody(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    running, queued_up, waiting = (submit() for _ in range(3))
    runs.advance(catalog, running.id, state="running")
    for run in (running, queued_up):
        shutil.rmtree(jobs.folder_of(places, run.id))
    execute(catalog, places, queued_up.id)
    assert jobs.status(catalog, queued_up.id).state == "failed"
    assert jobs.recover(catalog, places) == [waiting.id]
    found = jobs.status(catalog, running.id)
    assert found.state == "failed" and "is gone; run it again" in found.message


def _finish_unseen(catalog: Database, places: Settings, run: Run) -> None:
    """Let a run begin before eyes that close, and end after them."""
    folder = jobs.folder_of(places, run.id)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["params"]["seconds"] = 0
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    begin(catalog, places, run)
    runs.advance(catalog, run.id, state="running")
    wait_for(lambda: not RUNNER.alive(folder))


def test_an_experiment_gets_the_newest_papers_of_its_topics(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    kept = [
        Paper(id=f"230{month}.00001", title=f"Paper {month}", submitted=datetime(2023, month, 1, tzinfo=UTC))
        for month in (1, 2, 3, 4)
    ]
    with transaction(catalog):
        upsert(catalog, kept, source="arxiv", day=date(2024, 1, 1), seen_at=datetime(2024, 1, 1, tzinfo=UTC))
        for paper in kept[:3]:
            correct(catalog, paper.id, "topic", ["attention"])
    run = submit()
    folder = jobs.folder_of(places, run.id)
    lines = (folder / "papers.jsonl").read_bytes()
    assert [json.loads(line)["id"] for line in lines.splitlines()] == ["2303.00001", "2302.00001"]
    list(jobs.run_foreground(catalog, places, run))
    seen = {measure.value for _, measure in runs.measures(catalog, run.id) if measure.name == "papers"}
    assert seen == {2.0}
