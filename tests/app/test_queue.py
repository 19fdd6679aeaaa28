"""The queue's consumer: one run after another, and a run outlives the consumer that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import jobs
from app.queue import is_served
from app.runners.local import LocalRunner
from app.settings import Settings
from db.runs import Run

ROOT = Path(__file__).resolve().parents[2]
Submit = Callable[..., Run]


@pytest.fixture
def submit(catalog: Database, places: Settings, laboratory: str) -> Submit:
    def submit_toy(seconds: float = 0.0, **options: Any) -> Run:
        params = {"seconds": seconds}
        return jobs.submit(catalog, places, "toy", params=params, package=laboratory, device="cpu", **options)

    return submit_toy


@contextmanager
def consumer() -> Iterator[subprocess.Popen[bytes]]:
    """A consumer on the home of this test, which is in the environment."""
    process = subprocess.Popen([sys.executable, "-m", "app.queue"], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def has(places: Settings, run: Run, kind: str) -> bool:
    return any(event.type == kind for event, _ in jobs.events(jobs.folder_of(places, run.id)))


def state(catalog: Database, run: Run) -> str:
    return jobs.status(catalog, run.id).state


def test_queued_runs_are_done_in_order_one_at_a_time(catalog: Database, places: Settings, submit: Submit) -> None:
    submitted = [submit(0.2) for _ in range(2)]
    with consumer():
        wait_for(lambda: all(state(catalog, run) == "finished" for run in submitted))
        later = submit()
        wait_for(lambda: state(catalog, later) == "finished")
    rows = [jobs.status(catalog, run.id) for run in (*submitted, later)]
    for before, after in zip(rows, rows[1:], strict=False):
        assert before.finished is not None
        assert after.started is not None
        assert before.finished <= after.started


def test_a_run_outlives_its_consumer_and_the_one_that_stood_by_follows_it(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    run, next_run = submit(2.0), submit()
    assert not is_served(places)
    with consumer() as first, ExitStack() as then:
        wait_for(lambda: has(places, run, "point"))
        assert is_served(places)
        then.enter_context(consumer())
        began = time.monotonic()
        first.terminate()
        assert first.wait(10) == 0
        assert time.monotonic() - began < 2
        assert LocalRunner().alive(jobs.folder_of(places, run.id))
        wait_for(lambda: state(catalog, next_run) == "finished", 30)
    assert state(catalog, run) == "finished"
    events = jobs.events(jobs.folder_of(places, run.id))
    assert [event.type for event, _ in events].count("verdict") == 1


def test_a_run_in_the_foreground_waits_for_one_from_the_queue(
    catalog: Database, places: Settings, submit: Submit
) -> None:
    first, second = submit(0.5), submit(enqueue=False)
    with consumer():
        wait_for(lambda: has(places, first, "point"))
        list(jobs.run_foreground(catalog, places, second))
        wait_for(lambda: state(catalog, first) == "finished")
    done, waited = jobs.status(catalog, first.id), jobs.status(catalog, second.id)
    assert waited.state == "finished"
    assert done.finished is not None
    assert waited.started is not None
    assert done.finished <= waited.started


def test_a_consumer_that_cannot_open_the_catalog_says_so_in_one_line(places: Settings) -> None:
    places.home.mkdir()
    places.catalog.write_text("not a database", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "app.queue"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "not a SQLite database" in done.stderr
