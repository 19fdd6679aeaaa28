"""How do units run side by side? In lanes: child processes that take one unit after another and stream their events."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from app.running.devices import core_count, may_have_gpu
from app.running.units import Assignment, Message, serve
from core.experiment import Unit

# Nobody reads a progress bar in a log; a set's order must not differ between two runs; cuBLAS sums in a fixed order.
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
_UNCOLLECTED = "app.running.uncollected"  # by name: imported here, it would change this process
_GRACE = 2.0  # seconds that a child has to end after its last word
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def environment(threads: int) -> dict[str, str]:
    """What a process that runs units must find in its environment when it starts, to use so many threads."""
    return _ENVIRONMENT | dict.fromkeys(_THREADS, str(threads))


class _Lane:
    """One child and the unit that it has in hand."""

    def __init__(self, method: str, assignment: Assignment, unit: Unit) -> None:
        """
        :raises OSError, EOFError: the process could not be started.
        """
        self.connection: Connection
        self.connection, far_end = multiprocessing.Pipe()
        self.unit = unit
        self.in_hand = True
        self.ends_by: float | None = None
        self.connection.send(unit)
        # Not a daemon: a unit may start processes of its own, such as loaders of data.
        self.process: BaseProcess = multiprocessing.get_context(method).Process(  # type: ignore[attr-defined]
            target=serve, args=(far_end, assignment)
        )
        self.process.start()
        far_end.close()

    def give(self, unit: Unit | None) -> None:
        """Hand over the next unit, or None: nothing is left."""
        if unit is None:
            self.release()
        else:
            self.unit, self.in_hand = unit, True
        self.connection.send(unit)

    def release(self) -> None:
        """The child has nothing more to do and ends by itself; a library that hangs at exit must not hold the run."""
        self.in_hand = False
        self.ends_by = time.monotonic() + _GRACE

    def how_it_ended(self) -> str:
        """Why a child that said nothing is gone."""
        self.process.join(5)
        code = self.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            hint = ", perhaps out of memory" if -code == signal.SIGKILL else ""
            return f"its process was killed by {name}{hint}"
        return f"its process ended with exit code {code}; see worker.log"


class Lanes:
    """Runs units, one a core at a time where they may stand side by side, else one after another.

    Where a GPU is used there is one lane. Children are forked from a server that has imported the libraries, so that
    the seconds which that takes are spent once; a process that has touched CUDA cannot be forked, nor can one be
    forked safely outside Linux, so there each child starts from nothing.
    """

    def __init__(self, assignment: Assignment, *, side_by_side: bool) -> None:
        cores = core_count()
        self._width = cores if side_by_side and assignment.device != "cuda" else 1
        self._assignment = replace(assignment, threads=1 if self._width > 1 else cores)
        self._lanes: list[_Lane] = []
        self._device = ""
        os.environ.update(environment(self._assignment.threads))
        if assignment.device == "cpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        multiprocessing.set_forkserver_preload([_UNCOLLECTED, *assignment.libraries])

    def run(self, units: Sequence[Unit]) -> Generator[tuple[Unit, Message]]:
        """Messages as the children send them, each with its unit. A child that dies is reported as `failed`.

        The device is what the first child finds; only then are there others.
        """
        waiting = deque(units)
        try:
            while waiting or self._lanes:
                while waiting and len(self._lanes) < (self._width if self._device == "cpu" else 1):
                    yield from self._start(waiting.popleft())
                for lane in self._heard():
                    yield from self._listen(lane, waiting)
        finally:
            self._end()

    def _start(self, unit: Unit) -> Iterator[tuple[Unit, Message]]:
        may_fork = self._device == "cpu" or self._assignment.device == "cpu" or not may_have_gpu()
        method = "forkserver" if sys.platform == "linux" and may_fork else "spawn"
        try:
            self._lanes.append(_Lane(method, self._assignment, unit))
        except (OSError, EOFError) as error:
            yield unit, Message("failed", f"no process could be started ({type(error).__name__}); see worker.log")

    def _heard(self) -> list[_Lane]:
        """The lanes that have something to say, their end included."""
        # The sentinel too: a grandchild that holds the pipe open would hide the end of its parent.
        ends = [lane.ends_by for lane in self._lanes if lane.ends_by is not None]
        timeout = max(0.0, min(ends) - time.monotonic()) if ends else None
        heard = wait([sign for lane in self._lanes for sign in (lane.connection, lane.process.sentinel)], timeout)
        for lane in self._lanes:
            if lane.ends_by is not None and time.monotonic() > lane.ends_by:
                lane.process.kill()
        return [lane for lane in self._lanes if lane.connection in heard or lane.process.sentinel in heard]

    def _listen(self, lane: _Lane, waiting: deque[Unit]) -> Iterator[tuple[Unit, Message]]:
        gone = not lane.process.is_alive()
        try:
            while lane.connection.poll():
                message: Message = lane.connection.recv()
                if message.kind == "ready":
                    self._device = message.text
                yield lane.unit, message
                if message.kind == "done":
                    lane.give(waiting.popleft() if waiting else None)
                elif message.kind in ("failed", "refused"):
                    lane.release()
        except (EOFError, OSError):
            gone = True
        if not gone:
            return
        self._lanes.remove(lane)
        reason = lane.how_it_ended()
        lane.connection.close()
        if lane.in_hand:
            yield lane.unit, Message("failed", reason)

    def _end(self) -> None:
        for lane in self._lanes:
            lane.process.kill()
        for lane in self._lanes:
            lane.process.join(1)
        self._lanes.clear()
