"""Syncs in the background: they block nobody, never two at once, never for ever; and the daily one tries again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from app import ingest, jobs, schedule
from app.queue import ask_for_sync, is_served
from app.schedule import Plan, Schedule, read_plan
from app.settings import Settings, settings
from app.syncing import background
from db import ledger
from tests.faults.hostile import API, Answer, Hostile, Request, listed_row, some_papers

ROOT = Path(__file__).resolve().parents[2]
YESTERDAY = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), datetime.min.time(), UTC)


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    """arXiv with three papers of yesterday, and lists of Hugging Face; the settings lead there."""
    papers = some_papers(3, day=YESTERDAY)
    days = [YESTERDAY.date() - timedelta(days=number) for number in range(15)]
    server = Hostile(papers, {day: [listed_row(papers[0], day)] for day in days})
    monkeypatch.setenv("TRENDLAB_ARXIV_URL", server.url + API)
    monkeypatch.setenv("TRENDLAB_HF_URL", server.url)
    monkeypatch.setenv("TRENDLAB_ARXIV_DELAY", "0")
    settings.cache_clear()
    yield server
    server.close()


@contextmanager
def consumer(places: Settings, first_retry: float = 900.0) -> Iterator[subprocess.Popen[bytes]]:
    """A consumer that serves this home, whose daily sync is first tried again after so many seconds."""
    code = (
        "from datetime import timedelta; from app.queue import serve; from app.settings import settings; "
        f"serve(settings(), first_retry=timedelta(seconds={first_retry}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        wait_for(lambda: is_served(places))
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def outcomes(catalog: Database, source: str = "arxiv") -> list[str | None]:
    """What became of the syncs of a source, oldest first."""
    return [row.outcome for row in reversed(ledger.newest(catalog, source=source))]


def starts(home: Path) -> int:
    """How many background syncs there were."""
    path = background.log_path(home)
    return path.read_text(encoding="utf-8").count("--- ") if path.exists() else 0


def held(server: Hostile) -> list[bool]:
    """Let arXiv's answers wait until the list says True."""
    free: list[bool] = []

    def wait(request: Request, honest: Answer) -> None:
        while request.path == API and not free and not server.closing.wait(0.05):
            continue

    server.fault = wait
    return free


@pytest.mark.parametrize("served", [True, False])
def test_a_sync_that_was_asked_for_goes_on_in_the_background_and_there_are_never_two(
    served: bool, catalog: Database, places: Settings, server: Hostile
) -> None:
    free = held(server)
    with consumer(places) if served else nullcontext():
        began = time.monotonic()
        ask_for_sync(places)
        ask_for_sync(places)
        assert time.monotonic() - began < 2
        wait_for(lambda: server.asked(API))
        assert background.is_under_way(places.home)
        assert [row.outcome for row in ledger.open_syncs(catalog)] == [None]
        ask_for_sync(places)
        free.append(True)
        wait_for(lambda: "huggingface" in ledger.last_good(catalog))
        wait_for(lambda: not background.is_under_way(places.home))
        time.sleep(1)
    assert outcomes(catalog) == ["complete"]
    assert starts(places.home) == 1


def test_a_long_run_holds_up_no_sync(catalog: Database, places: Settings, server: Hostile, laboratory: str) -> None:
    run = jobs.submit(catalog, places, "toy", params={"seconds": 8.0}, package=laboratory, device="cpu")
    with consumer(places):
        wait_for(lambda: jobs.status(catalog, run.id).state == "running")
        ask_for_sync(places)
        wait_for(lambda: outcomes(catalog) == ["complete"])
        assert jobs.status(catalog, run.id).state == "running"
        jobs.cancel(catalog, places, run.id)


def test_one_that_hangs_is_ended_and_the_next_one_completes(
    catalog: Database, places: Settings, server: Hostile
) -> None:
    free = held(server)
    process = background.start(places.home, ["arxiv"], limit=3)
    assert process is not None
    assert background.start(places.home) is None
    assert process.wait(20) == -signal.SIGALRM
    assert not background.is_under_way(places.home)
    ingest.bury_dead(catalog, places)
    assert outcomes(catalog) == ["partial"]
    free.append(True)
    process = background.start(places.home, ["arxiv"])
    assert process is not None
    assert process.wait(30) == 0
    assert outcomes(catalog) == ["partial", "complete"]


def test_one_whose_starter_was_killed_still_counts_as_under_way(places: Settings, server: Hostile) -> None:
    free = held(server)
    code = f"from pathlib import Path; from app.syncing.background import start; start(Path({str(places.home)!r})); 1/0"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=20)
    assert background.is_under_way(places.home)
    assert background.start(places.home) is None
    free.append(True)
    wait_for(lambda: not background.is_under_way(places.home))


def test_one_that_was_started_since_it_was_asked_for_is_the_answer(places: Settings, server: Hostile) -> None:
    asked = datetime.now(UTC)
    first = background.start(places.home, ["arxiv"], asked=asked)
    assert first is not None
    first.wait(30)
    assert background.start(places.home, ["arxiv"], asked=asked) is None
    second = background.start(places.home, ["arxiv"], asked=datetime.now(UTC))
    assert second is not None
    assert second.wait(30) == 0


def plan_ahead(catalog: Database, seconds: float, sources: tuple[str, ...] = ("arxiv", "huggingface")) -> Plan:
    """A daily sync whose next moment is this far off."""
    now = datetime.now(UTC)
    schedule.choose(
        catalog, Schedule(on=True, at=now.time().replace(second=0, microsecond=0), zone="UTC", sources=sources), now=now
    )
    plan = Plan(planned=now + timedelta(seconds=seconds), due=now + timedelta(seconds=seconds))
    schedule.write_plan(catalog, plan)
    return plan


def test_the_daily_sync_fails_tries_again_and_completes(catalog: Database, places: Settings, server: Hostile) -> None:
    fails = [503, 429]

    def fail(request: Request, honest: Answer) -> Answer | None:
        return Answer(fails[0], b"no", {"Retry-After": "1"}) if request.path == API and fails else None

    server.fault = fail
    plan = plan_ahead(catalog, 2)
    with consumer(places, first_retry=1.0):
        wait_for(lambda: outcomes(catalog) == ["unreachable"])
        fails.pop(0)
        wait_for(lambda: (found := read_plan(catalog)) and found.tries == 1 and found.missing == ("arxiv",))
        wait_for(lambda: outcomes(catalog)[1:] == ["throttled"])
        fails.pop(0)
        wait_for(lambda: outcomes(catalog)[2:] == ["complete"])
        wait_for(lambda: (found := read_plan(catalog)) and not found.missing)
    found = read_plan(catalog)
    assert found is not None
    assert found.due - plan.due > timedelta(hours=23)
    # What had become good at once was asked once.
    assert outcomes(catalog, "huggingface") in (["complete"], ["quiet day"])


def test_a_missed_one_is_made_up_for_once_when_the_consumer_starts(
    catalog: Database, places: Settings, server: Hostile
) -> None:
    plan_ahead(catalog, -3 * 24 * 3600, sources=("arxiv",))
    with consumer(places):
        wait_for(lambda: outcomes(catalog) == ["complete"])
        wait_for(lambda: (found := read_plan(catalog)) and found.due > datetime.now(UTC))
        time.sleep(3)
    assert starts(places.home) == 1


def test_one_that_outlived_its_consumer_is_not_done_twice(catalog: Database, places: Settings, server: Hostile) -> None:
    free = held(server)
    plan_ahead(catalog, -1, sources=("arxiv",))
    with consumer(places) as first:
        wait_for(lambda: server.asked(API))
        os.kill(first.pid, signal.SIGKILL)
    with consumer(places):
        time.sleep(3)
        assert starts(places.home) == 1
        free.append(True)
        wait_for(lambda: (found := read_plan(catalog)) and found.due > datetime.now(UTC))
    assert outcomes(catalog) == ["complete"]
    assert starts(places.home) == 1


def test_it_is_off_when_nobody_chose_it(catalog: Database, places: Settings, server: Hostile) -> None:
    plan_ahead(catalog, -1)
    choice = schedule.read_schedule(catalog)
    schedule.choose(catalog, Schedule(on=False, at=choice.at, zone="UTC"), now=datetime.now(UTC))
    with consumer(places):
        time.sleep(3)
    assert not server.seen
