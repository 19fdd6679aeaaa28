"""How is a run submitted, watched and cancelled? Every run, queued or in the foreground, goes through here."""

from __future__ import annotations

import difflib
import hashlib
import json
import secrets
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from app.provenance import commit_of_code
from app.runners import runners
from app.running.execution import Places, Said, begin, fold, folder_of, follow, lost, runner_of, settle
from app.running.journal import EVENTS_FILE, PAPERS_FILE, RUN_FILE, conclude, events, final_status
from app.running.waiting import Queue
from core.events import FORMAT_VERSION, Status
from core.experiment import Experiment, PaperQuery
from core.papers.ids import month_of
from core.papers.paper import Paper
from core.papers.record import paper_to_record
from core.params import BadParam, make_params
from core.registry import discover
from core.replacing import put
from db import papers, runs
from db.records import Filters
from db.runs import Run

__all__ = [
    "Places",
    "Said",
    "UnknownExperiment",
    "cancel",
    "events",
    "experiment",
    "fold",
    "folder_of",
    "place_in_queue",
    "recover",
    "run_foreground",
    "status",
    "submit",
]

_PACKAGE = "core.experiments"
_DEVICES = ("auto", "cpu", "cuda")


class UnknownExperiment(LookupError):
    """There is no experiment of that id. One line, with the nearest ones."""


def experiment(experiment_id: str, *, package: str = _PACKAGE) -> Experiment:
    """The experiment of this id.

    :raises UnknownExperiment: there is none.
    """
    known = discover(package, "EXPERIMENT")
    if experiment_id not in known:
        near = difflib.get_close_matches(experiment_id, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise UnknownExperiment(f"unknown experiment {experiment_id!r}; {hint}")
    found: Experiment = known[experiment_id]
    return found


def values_of(chosen: Experiment, preset: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every parameter's value as JSON has it: the preset's, and in their place those given.

    :raises BadParam: one line that says what is allowed.
    """
    if preset not in chosen.presets:
        raise BadParam(f"preset: {preset!r} is not one of {', '.join(chosen.presets)}")
    values = asdict(make_params(chosen.params, {**chosen.presets[preset], **(params or {})}))
    found: dict[str, Any] = json.loads(json.dumps(values))
    return found


def submit(
    db: Database,
    places: Places,
    experiment_id: str,
    *,
    params: Mapping[str, Any] | None = None,
    preset: str = "quick",
    seed: int = 0,
    null: bool = False,
    device: str = "auto",
    runner: str = "local",
    enqueue: bool = True,
    package: str = _PACKAGE,
) -> Run:
    """Make the folder and the row of a new run, and put it into the queue.

    :param params: values that differ from the preset's.
    :param null: the null world, with the mechanism switched off.
    :param runner: where it is to run; `app.runners.runners` says which can be had.
    :param enqueue: False for a run that `run_foreground` is to do.
    :param package: where the experiment is found.
    :raises UnknownExperiment, BadParam: one line that says what there is.
    """
    chosen = experiment(experiment_id, package=package)
    values = values_of(chosen, preset, params)
    if device not in _DEVICES:
        raise BadParam(f"device: {device!r} is not one of {', '.join(_DEVICES)}")
    if seed < 0:
        raise BadParam(f"seed: {seed} is negative")
    if runner not in runners():
        raise BadParam(f"runner: {runner!r} is not one of {', '.join(runners())}")
    if (hindrance := runners()[runner].hindrance()) is not None:
        raise BadParam(f"runner: {hindrance.en}")
    created = datetime.now(UTC)
    run = Run(
        id=f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        experiment=chosen.id,
        stage=chosen.stage,
        params=values,
        preset=preset,
        seed=seed,
        null=null,
        device=device,
        created=created,
        commit=commit_of_code(),
    )
    _make_folder(db, places, run, chosen.papers, package=package, runner=runner)
    runs.insert(db, run)
    if enqueue:
        with closing(Queue(places, runner)) as queue:
            queue.put(run.id)
    return run


def run_foreground(db: Database, places: Places, run: Run) -> Generator[Said]:
    """Do a run that was submitted with `enqueue=False`, and yield its events as they come.

    It waits until its device is free. Closing the generator, or any exception in it, such as that of Ctrl-C, cancels
    the run.
    """
    if not begin(db, places, run):
        _await_handle(folder_of(places, run.id))
    ended = False
    try:
        yield from follow(db, places, run.id)
        ended = True
    finally:
        if not ended:
            cancel(db, places, run.id)


def status(db: Database, run_id: str) -> Run:
    """How a run is.

    :raises UnknownRun: there is none of that id.
    """
    return runs.get(db, run_id)


def place_in_queue(db: Database, places: Places, run_id: str) -> int | None:
    """1 for the run that is next where it is to run; None for one that does not wait. A cluster has its own queue."""
    waiting = [runner_of(folder_of(places, each)).id for each in runs.queued_up_to(db, run_id)]
    return waiting.count(waiting[-1]) if waiting else None


def cancel(db: Database, places: Places, run_id: str) -> Run:
    """End a run: one that waits will not begin, one that runs is ended within two seconds. One that has ended stays.

    :raises UnknownRun: there is none of that id.
    """
    folder = folder_of(places, run_id)
    run = fold(db, places, run_id)
    if not runs.advance(db, run_id, state="cancelled", message="cancelled", finished=datetime.now(UTC)):
        return run
    if run.pid == 0:
        _await_handle(folder)
    # Who starts or follows the run sees the row, and ends the worker too.
    runner_of(folder).stop(folder, grace=1.5)
    if (folder / EVENTS_FILE).exists() and final_status(events(folder)) is None:
        conclude(folder, run_id, Status(state="cancelled", message="cancelled"))
    return fold(db, places, run_id)


def recover(db: Database, places: Places) -> list[str]:
    """Put the queue in order when a consumer starts: runs that live are followed, those that died are settled.

    :returns: ids of the runs that were queued, in order; the living first, for they hold their device.
    """
    found = sorted(runs.find(db, states=runs.OPEN, limit=-1), key=lambda run: (run.created, run.id))
    still_open = [run for run in found if not lost(db, places, run)]
    alive = [run for run in still_open if runner_of(folder_of(places, run.id)).alive(folder_of(places, run.id))]
    waiting = []
    for run in still_open:
        if run in alive:
            continue
        if fold(db, places, run.id).state != "queued":
            settle(db, places, run.id)
        else:
            # One that was taken in hand but not started is given back.
            runs.set_pid(db, run.id, None)
            waiting.append(run)
    order = [run.id for run in (*alive, *waiting)]
    for runner in runners().values():
        with closing(Queue(places, runner.id)) as queue:
            queue.clear()
            for run_id in order:
                if runner_of(folder_of(places, run_id)) is runner:
                    queue.put(run_id)
    return order


def _make_folder(
    db: Database, places: Places, run: Run, query: PaperQuery | None, *, package: str, runner: str
) -> None:
    folder = folder_of(places, run.id)
    folder.mkdir(parents=True)
    record: dict[str, Any] = {
        "v": FORMAT_VERSION,
        "run": run.id,
        "experiment": run.experiment,
        "package": package,
        "params": run.params,
        "preset": run.preset,
        "seed": run.seed,
        "null": run.null,
        "device": run.device,
        "runner": runner,
        "commit": run.commit,
        "created": run.created.isoformat(),
        "cache": str(places.cache / "checkpoints"),
    }
    if query is not None and query.text_needed:
        chosen = _newest(db, query)
        lines = "".join(json.dumps(paper_to_record(paper), ensure_ascii=False) + "\n" for paper in chosen).encode()
        (folder / PAPERS_FILE).write_bytes(lines)
        record["papers"] = {"count": len(chosen), "sha256": hashlib.sha256(lines).hexdigest()}
    put(folder / RUN_FILE, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _newest(db: Database, query: PaperQuery) -> list[Paper]:
    """The papers that an experiment asks for, newest first."""
    found = {
        stored.paper.id: stored.paper
        for topic in query.topics
        for stored in papers.browse(db, filters=Filters(topic=topic), limit=query.limit)
    }
    return sorted(found.values(), key=_age, reverse=True)[: query.limit]


def _age(paper: Paper) -> tuple[datetime, str]:
    year, month = month_of(paper.id)
    return paper.submitted or datetime(year, month, 1, tzinfo=UTC), paper.id


def _await_handle(folder: Path) -> None:
    """A run that is being started this moment: its handle is there in milliseconds, unless its starter died."""
    deadline = time.monotonic() + 0.5
    while not runner_of(folder).alive(folder) and time.monotonic() < deadline:
        time.sleep(0.01)
