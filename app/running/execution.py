"""How does a run get from the queue to its result? Start its worker, follow its events into its row, settle its end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from app.runners import Handle, Runner, runners
from app.running.devices import likely_device
from app.running.journal import EVENTS_FILE, LOG_FILE, RUN_FILE, conclude, events, final_status, set_aside
from core.events import Event, Measure, Progress, Status, Verdict
from db import runs
from db.runs import Run, State

Said = tuple[Event, dict[str, Any]]
_POLL = 0.1  # seconds between two looks at a run's events
_FOLD = 0.5  # seconds between two writes of its row: many points, few transactions


class Places(Protocol):
    """Where things are that runs need; `app.settings.Settings` knows."""

    @property
    def home(self) -> Path: ...

    @property
    def catalog(self) -> Path: ...

    @property
    def runs(self) -> Path: ...

    @property
    def cache(self) -> Path: ...


def folder_of(places: Places, run_id: str) -> Path:
    """A run's folder."""
    return places.runs / run_id


def lock_of(places: Places, device: str) -> Path:
    """The lock of what a run holds while it goes, such as the device that it asks for: one run at a time."""
    return places.home / "locks" / f"{likely_device(device)}.lock"


def runner_of(folder: Path) -> Runner:
    """The runner that a run was started by, or would be."""
    if (handle := Handle.load(folder)) is not None:
        return runners()[handle.runner]
    path = folder / RUN_FILE
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return runners()[record.get("runner", "local")]


def lost(db: Database, places: Places, run: Run) -> bool:
    """Whether an open run has no folder any more, as where a catalog was restored alone; then it has failed."""
    if folder_of(places, run.id).is_dir():
        return False
    message = f"its folder {folder_of(places, run.id)} is gone; run it again"
    runs.advance(db, run.id, state="failed", message=message, finished=datetime.now(UTC))
    return True


def begin(db: Database, places: Places, run: Run) -> bool:
    """Start a queued run's worker, unless somebody else has it in hand. It waits by itself for its device.

    :returns: whether it was started here.
    """
    if lost(db, places, run) or not runs.claim(db, run.id):
        return False
    folder = folder_of(places, run.id)
    set_aside(folder)
    runner = runner_of(folder)
    handle = runner.start(folder, lock=lock_of(places, runner.holds(run.device)))
    runs.set_pid(db, run.id, int(handle.key) if handle.key.isdigit() else 0)
    return True


def follow(db: Database, places: Places, run_id: str) -> Iterator[Said]:
    """Yield a run's events as they come and fold them into its row, until its worker is gone and its end is settled.

    A run that was cancelled meanwhile, by whatever process, has its worker ended.
    """
    folder = folder_of(places, run_id)
    runner = runner_of(folder)
    line = 0
    folded = 0.0
    unfolded: list[Said] = []
    alive = True
    while alive:
        # Asked before reading, so that what was written last is read.
        alive = runner.alive(folder)
        fresh = events(folder, line)
        if fresh:
            line = fresh[-1][1]["line"]
            unfolded += fresh
        if time.monotonic() - folded > _FOLD:
            folded = time.monotonic()
            results = any(isinstance(event, Measure | Verdict) for event, _ in unfolded)
            run = fold(db, places, run_id, results=results) if unfolded else runs.get(db, run_id)
            unfolded.clear()
            if run.state == "cancelled" and alive:
                runner.stop(folder)
        yield from fresh
        if alive and not fresh:
            time.sleep(_POLL)
    settle(db, places, run_id)
    yield from events(folder, line)


def execute(db: Database, places: Places, run_id: str) -> None:
    """Carry a run through: start it if it is queued, follow it if it is under way already."""
    run = runs.get(db, run_id)
    if not run.is_open or lost(db, places, run):
        return
    folder = folder_of(places, run_id)
    if runner_of(folder).alive(folder) or begin(db, places, run):
        for _ in follow(db, places, run_id):
            continue
    elif run.state == "running":
        settle(db, places, run_id)


def settle(db: Database, places: Places, run_id: str) -> Run:
    """Bring the row of a run whose worker is gone to its end; what the worker could not say is said for it."""
    folder = folder_of(places, run_id)
    run = fold(db, places, run_id)
    if final_status(events(folder)) is None:
        if run.state == "cancelled":
            last = Status(state="cancelled", message=run.message)
        else:
            last = Status(state="failed", message=f"the worker ended before its work; see {folder / LOG_FILE}")
        conclude(folder, run_id, last)
        run = fold(db, places, run_id)
    return run


def fold(db: Database, places: Places, run_id: str, *, results: bool = True) -> Run:
    """Make row, measures and verdicts say what the run's events say. May be done again at any time.

    :param results: whether measures and verdicts are to be written too.
    """
    folder = folder_of(places, run_id)
    if not (folder / EVENTS_FILE).exists():
        return runs.get(db, run_id)
    said = events(folder)
    started: datetime | None = None
    before = 0.0
    for event, head in said:
        if isinstance(event, Status) and head["unit"] is None and event.state == "started":
            started, before = datetime.fromisoformat(event.details["at"]), head["t"]
            versions = event.details["versions"]
            runs.advance(db, run_id, state="running", started=started, versions=versions)
    last = final_status(said)
    ended = None
    if last is not None:
        ended = started + timedelta(seconds=said[-1][1]["t"] - before) if started else datetime.now(UTC)
    if results:
        _keep_results(db, run_id, said, at=ended or datetime.now(UTC))
    state: State = _state(last, started)
    message = last.message if last else ""
    if last is None and started is None:
        message = next((event.message for event, _ in said if isinstance(event, Status)), "")
    done = [event.done for event, head in said if isinstance(event, Progress) and head["unit"] is None]
    runs.advance(
        db,
        run_id,
        state=state,
        message=message,
        done=1.0 if state == "finished" else max(done, default=None),
        ran_on=last.details.get("device") if last else None,
        finished=ended,
    )
    return runs.get(db, run_id)


def _state(last: Status | None, started: datetime | None) -> State:
    match last.state if last else None:
        case "finished":
            return "finished"
        case "failed":
            return "failed"
        case "cancelled":
            return "cancelled"
    return "running" if started else "queued"


def _keep_results(db: Database, run_id: str, said: list[Said], *, at: datetime) -> None:
    measures = [(str(head["unit"]), event) for event, head in said if isinstance(event, Measure)]
    verdicts = [event for event, _ in said if isinstance(event, Verdict)]
    if measures or verdicts:
        runs.keep_results(db, run_id, measures=measures, verdicts=verdicts, at=at)
