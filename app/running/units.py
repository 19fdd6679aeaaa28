"""What happens inside a child of the worker? It gets units one by one, runs them and sends their events as lines.

A child is a fresh process with its own seeds and threads. A unit that raises ends its child, after one line about why:
what it left behind (memory on a GPU, half-changed state) must not reach the next unit, which gets a new child.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple

from app.running.devices import NoDevice, find_device
from app.running.journal import PAPERS_FILE, one_line
from core.checkpoints import FolderCache
from core.events import Event, Status, Verdict, to_line
from core.experiment import Context, Experiment, Unit
from core.registry import discover


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What a child must know besides its units.

    :param package: dotted name of the package that holds the experiments.
    :param device: as asked for: "auto", "cpu" or "cuda".
    :param libraries: imported before the first unit.
    :param threads: how many each child may use.
    :param started: `time.monotonic()` at the start of the run; one clock serves all processes of a machine.
    """

    run: str
    folder: Path
    cache: Path
    package: str
    experiment: str
    device: str
    null: bool
    libraries: tuple[str, ...]
    threads: int
    started: float


class Message(NamedTuple):
    """What a child sends. `ready`: the device and its name; `line`: an event; `refused`, `failed`: why; `done`.

    `waiting`: nothing runs yet, for want of what `text` says (only where others compute on the same machines).
    """

    kind: Literal["waiting", "ready", "refused", "line", "failed", "done"]
    text: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where units are run: what a process has found and read before its first one."""

    experiment: Experiment
    context: Context
    device_name: str


def set_up(assignment: Assignment) -> Bench:
    """Import the libraries, find the device and read what all units of a run need.

    :raises NoDevice: the device that was asked for is not here.
    """
    for name in assignment.libraries:
        # An arm whose library is missing says so itself, with a `Skip`.
        with suppress(ImportError):
            importlib.import_module(name)
    # What was imported stays: a training makes many objects, and need not look through those again and again.
    gc.freeze()
    gc.enable()
    device, device_name = find_device(assignment.device)
    _prepare_torch(device, assignment.threads)
    context = Context(
        device=device,
        null=assignment.null,
        papers=_papers(assignment.folder),
        cache=FolderCache(assignment.cache),
    )
    experiment: Experiment = discover(assignment.package, "EXPERIMENT")[assignment.experiment]
    return Bench(experiment=experiment, context=context, device_name=device_name)


def serve(connection: Connection, assignment: Assignment) -> None:
    """Body of a child: run units as they come, until None comes."""
    _end_with_parent()
    try:
        bench = set_up(assignment)
    except NoDevice as error:
        connection.send(Message("refused", str(error)))
        return
    connection.send(Message("ready", bench.context.device, bench.device_name))
    while (unit := connection.recv()) is not None:
        with ExitStack() as on_error:
            on_error.push(_Report(connection))
            for line in run_unit(bench, unit, assignment):
                connection.send(Message("line", line))
        connection.send(Message("done"))


class _Report:
    """Tells the parent why a unit raised, and lets the exception go on: its traceback belongs in worker.log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if error is not None:
            self._connection.send(Message("failed", one_line(error)))


def run_unit(bench: Bench, unit: Unit, assignment: Assignment) -> Iterator[str]:
    """Run one unit from its own seed; yields its events as lines, from `started` to `finished`.

    :raises TypeError: it yields what is not its to say.
    """
    began = time.monotonic()

    def line(event: Event) -> str:
        return to_line(event, run=assignment.run, unit=unit.id, t=time.monotonic() - assignment.started)

    yield line(Status(state="started"))
    _seed(unit.seed)
    for event in bench.experiment.run_unit(unit, bench.context):
        if not isinstance(event, Event) or isinstance(event, Status | Verdict):
            raise TypeError(f"a unit may not yield {type(event).__name__}: verdicts and states are not its to give")
        yield line(event)
    yield line(
        Status(state="finished", details={"seconds": round(time.monotonic() - began, 3), "peak_mib": _peak_mib()})
    )


def _seed(seed: int) -> None:
    """Make everything random start from the unit's seed, whichever child runs it and whatever ran there before."""
    random.seed(seed)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(seed)


def _prepare_torch(device: str, threads: int) -> None:
    torch = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_num_threads(threads)
    if device == "cuda":
        # Kernels whose sums depend on the order of threads would make exact measures differ between two runs.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False


def _end_with_parent() -> None:
    """A worker that is killed must leave no child behind that computes on for nobody."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _peak_mib() -> float | None:
    """The most memory that this child has held so far, in MiB; None where the system does not say."""
    if sys.platform == "win32":
        return None
    resource: Any = importlib.import_module("resource")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _papers(folder: Path) -> Sequence[Any]:
    path = folder / PAPERS_FILE
    if not path.exists():
        return ()
    from core.papers.record import paper_from_record

    return tuple(paper_from_record(json.loads(line)) for line in path.read_bytes().splitlines())
