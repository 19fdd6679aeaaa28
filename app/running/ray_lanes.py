"""How do units run on a cluster? As tasks of Ray, each on a core of its own (and a GPU), which stream their events.

The worker that uses these lanes is a job of that cluster (app/running/ray_job.py). A task is a process of Ray, and
does what a child of `Lanes` does: the same set-up, seeds and environment. Ray gives a process that ended one task the
next one, except after a task that raised, and after one on a GPU.
"""

from __future__ import annotations

import importlib
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple

from app.running.devices import NoDevice
from app.running.journal import one_line
from app.running.lanes import environment
from app.running.units import Assignment, Bench, Message, run_unit, set_up
from core.experiment import Unit

_PATIENCE = 5.0  # seconds without a unit that runs, until this is said


class _Room(NamedTuple):
    """What each unit asks of the cluster. `node`: the id of the node that it must run on; "" for any."""

    cores: int
    gpus: int
    node: str = ""

    def __str__(self) -> str:
        gpus = f", {self.gpus} GPU" if self.gpus else ""
        return f"Ray ({self.cores} CPU{gpus})"


class RayLanes:
    """Runs units on a Ray cluster: all that may stand side by side are handed over at once, and Ray spreads them.

    Others, such as those that are timed, run one after another on one node, which they have for themselves.
    """

    def __init__(self, assignment: Assignment, *, side_by_side: bool) -> None:
        # Folders are named from where the job's files lie, which is another place on each node.
        here = Path.cwd()
        folder, store = (path.relative_to(here) for path in (assignment.folder, assignment.cache))
        # And clocks that count from the start of a machine are compared by the time of day.
        began = time.time() - (time.monotonic() - assignment.started)
        self._assignment = replace(assignment, folder=folder, cache=store, started=began)
        self._side_by_side = side_by_side
        self._said: SimpleQueue[tuple[Unit, Message]] = SimpleQueue()
        self._ray: Any = None

    def run(self, units: Sequence[Unit]) -> Generator[tuple[Unit, Message]]:
        """Messages as the tasks send them, each with its unit. A task that dies is reported as `failed`.

        What still runs when the worker ends is ended by Ray.
        """
        self._ray = _connect()
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        where = f"Ray, {len(nodes)} node{'s' * (len(nodes) > 1)}"
        room = self._room(nodes)
        self._hand_over(units, room)
        open_units = {unit.id for unit in units}
        patience: float | None = _PATIENCE
        while open_units:
            # A signal breaks into this wait, while it would be lost inside Ray's own.
            try:
                unit, message = self._said.get(timeout=patience)
            except Empty:
                unit, message = units[0], Message("waiting", str(room))
            patience = None
            if message.kind == "ready":
                message = message._replace(detail=f"{message.detail}, {where}")
            elif message.kind in ("done", "failed"):
                open_units.discard(unit.id)
            yield unit, message

    def _room(self, nodes: Sequence[Mapping[str, Any]]) -> _Room:
        with_gpu = [node for node in nodes if node["Resources"].get("GPU", 0) >= 1]
        asked = self._assignment.device
        # "auto" without torch is the CPU, as it is here.
        gpus = int(asked == "cuda" or (asked == "auto" and "torch" in self._assignment.libraries and bool(with_gpu)))
        if self._side_by_side:
            return _Room(1, gpus)
        sizes = {node["NodeID"]: int(node["Resources"].get("CPU", 0)) for node in (with_gpu if gpus else nodes)}
        largest = max(sizes, key=lambda node: sizes[node], default="")
        # A cluster that grows when it is asked to may have no such node yet.
        return _Room(sizes[largest], gpus, largest) if sizes.get(largest) else _Room(1, gpus)

    def _hand_over(self, units: Sequence[Unit], room: _Room) -> None:
        assignment = replace(self._assignment, threads=room.cores)
        variables = environment(room.cores)
        options: dict[str, Any] = {"num_cpus": room.cores, "num_gpus": room.gpus, "max_retries": 0}
        if not room.gpus:
            variables["CUDA_VISIBLE_DEVICES"] = ""
        if room.node:
            affinity = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
            options["scheduling_strategy"] = affinity(node_id=room.node, soft=False)
        else:
            options["scheduling_strategy"] = "SPREAD"
        # A process that keeps memory of a GPU must not stand in the way of the next one.
        task = self._ray.remote(max_calls=int(room.gpus > 0))(_perform)
        options |= {"num_returns": "streaming", "runtime_env": {"env_vars": variables}}
        for part in [[unit] for unit in units] if self._side_by_side else [units]:
            threading.Thread(target=self._carry, args=(task, options, assignment, part), daemon=True).start()

    def _carry(self, task: Any, options: dict[str, Any], assignment: Assignment, units: Sequence[Unit]) -> None:
        """Body of a thread: hand over one unit after another, and pass on what each says."""
        crashed, failed = (getattr(self._ray.exceptions, name) for name in ("WorkerCrashedError", "RayError"))
        for unit in units:
            last: Message | None = None
            why = "its task ended without a word; see worker.log"
            try:
                for reference in task.options(name=unit.id, **options).remote(assignment, unit):
                    last = self._ray.get(reference)
                    self._said.put((unit, last))
            except crashed:
                why = "its process was killed, perhaps out of memory"
            except failed as error:
                why = one_line(error)
            finally:
                # Also after an error that nobody thought of: a run must not wait for this unit for ever.
                if last is None or last.kind not in ("done", "failed", "refused"):
                    self._said.put((unit, Message("failed", why)))


def _connect() -> Any:
    """Ray, as the job that this process is. The handlers of signals stay those of the worker."""
    ray = importlib.import_module("ray")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    ray.init(address="auto")
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return ray


class _Kept:
    """Keeps what a unit raised, so that it can be told before the process ends."""

    error: Exception | None = None

    def __call__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None


def _perform(assignment: Assignment, unit: Unit) -> Iterator[Message]:
    """Body of a task: run one unit, with the set-up that the process has from an earlier one."""
    kept = _Kept()
    with ExitStack() as on_error:
        on_error.push(kept)
        try:
            bench = _bench(assignment)
        except NoDevice as error:
            yield Message("refused", str(error))
            return
        yield Message("ready", bench.context.device, bench.device_name)
        since = time.monotonic() - (time.time() - assignment.started)
        for line in run_unit(bench, unit, replace(assignment, started=since)):
            yield Message("line", line)
        yield Message("done")
    if kept.error is not None:
        traceback.print_exception(kept.error)
        yield Message("failed", one_line(kept.error))
        # What it left behind must not reach the next unit.
        sys.exit(1)


@cache
def _bench(assignment: Assignment) -> Bench:
    return set_up(assignment)
