"""How does one run get done? `python -m app.worker FOLDER` reads the folder's run.json and prints events as JSON lines.

It reads that folder and nothing else, and needs `core` and what the experiment itself imports, so that it runs
anywhere: no catalog, no settings, no front end. Heavy libraries are imported in its children (app/running/units.py),
so that the first line does not wait for them.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from app.running.journal import Journal
from app.running.lanes import Lanes
from app.running.ray_lanes import RayLanes
from app.running.task import CannotRun, Task, attend
from app.running.units import Assignment, Message
from core.claim import Measures
from core.decision import decide
from core.events import Event, Measure, Progress, Skip, Status, from_line
from core.experiment import LIBRARIES, Experiment, Unit, spawn_seeds
from core.params import make_params
from core.registry import discover

_VERSIONS_OF = ("torch", "transformers", "peft", "numpy")


@dataclass
class Tally:
    """What the units have said so far, as far as the verdict and the progress bar need it.

    :param values: measures by unit and replicate; those of units that failed are dropped.
    """

    units: Sequence[Unit]
    values: dict[tuple[str, int], dict[tuple[str, str], float]] = field(default_factory=lambda: defaultdict(dict))
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0

    def add(self, event: Event, unit: Unit) -> None:
        """Take in one event of a unit."""
        match event:
            case Measure():
                self.values[unit.id, event.replicate][event.name, event.arm] = event.value
            case Skip():
                self.skipped[event.arm] = event.reason.get("en", "")
            case Progress():
                self.done[unit.id] = min(max(event.done, 0.0), 1.0)
            case Status(state="finished"):
                self.done[unit.id] = 1.0
                self.peak_mib = max(self.peak_mib, event.details.get("peak_mib") or 0.0)
            case Status(state="failed"):
                self.done[unit.id] = 1.0
                self.failed[unit.id] = event.message
                # Half of what a part measures could pass for a smaller whole.
                self.values = defaultdict(dict, {key: found for key, found in self.values.items() if key[0] != unit.id})

    def progress(self) -> Progress:
        """How far the whole run is."""
        n, over = len(self.units), sum(part >= 1.0 for part in self.done.values())
        note = {"en": f"{over} of {n} parts done", "ko": f"{n}개 중 {over}개 완료"}
        return Progress(done=round(sum(self.done.values()) / n, 4), note=note)

    def replicates(self) -> list[Measures]:
        """The measures of each replicate that was planned or measured, empty ones included."""
        found: dict[int, dict[tuple[str, str], float]] = {unit.replicate: {} for unit in self.units}
        for (_unit, number), values in self.values.items():
            found.setdefault(number, {}).update(values)
        return [Measures(found[number], replicate=number) for number in sorted(found)]


class Run:
    """One run on its way: planned, its units run, decided."""

    def __init__(
        self, task: Task, folder: Path, journal: Journal, *, lanes: type[Lanes] | type[RayLanes] = Lanes
    ) -> None:
        """
        :param lanes: where the units run: in children of this process, or on a cluster.
        """
        self._task, self._folder, self._journal, self._lanes = task, folder, journal, lanes
        self._versions = _versions()
        self._device = ""

    def carry_out(self, only: Sequence[str] = ()) -> None:
        """Do it all and write it down.

        :param only: ids of the units to run; then no verdict is made, for that needs them all.
        :raises CannotRun: the experiment, its parameters, a unit or the device do not exist, or all units failed.
        """
        task, journal = self._task, self._journal
        details: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(),
            "versions": self._versions,
            "commit": task.commit,
            "device_asked": task.device,
        }
        journal.emit(Status(state="started", details=details))
        experiment, units = self._plan(only)
        journal.emit(Progress(done=0.0, note={"en": "loading libraries", "ko": "라이브러리를 불러오는 중"}))
        tally = self._measure(experiment, units)
        if len(tally.failed) == len(units):
            unit, why = next(iter(tally.failed.items()))
            which = f"all {len(units)} units failed; the first, {unit}" if len(units) > 1 else f"unit {unit} failed"
            raise CannotRun(f"{which}: {why}")
        if not only:
            self._decide(experiment, tally)
        seconds = round(time.monotonic() - journal.started, 3)
        message = f"{len(tally.failed)} of {len(units)} units failed" if tally.failed else ""
        details = {"device": self._device, "seconds": seconds, "peak_mib": tally.peak_mib}
        journal.emit(Status(state="finished", message=message, details=details))

    def _plan(self, only: Sequence[str]) -> tuple[Experiment, list[Unit]]:
        task = self._task
        known = discover(task.package, "EXPERIMENT")
        if task.experiment not in known:
            raise CannotRun(f"{task.package} has no experiment {task.experiment!r}")
        experiment: Experiment = known[task.experiment]
        params = make_params(experiment.params, task.params)
        units = experiment.units(params, spawn_seeds(task.seed, experiment.replicates))
        ids = [unit.id for unit in units]
        if not units or len(set(ids)) != len(ids):
            raise CannotRun(f"{task.experiment} made no units, or two with one id: {', '.join(ids) or 'none'}")
        if unknown := [name for name in only if name not in ids]:
            raise CannotRun(f"no unit {unknown[0]!r}; there are: {', '.join(ids)}")
        return experiment, [unit for unit in units if not only or unit.id in only]

    def _measure(self, experiment: Experiment, units: Sequence[Unit]) -> Tally:
        assignment = Assignment(
            run=self._task.run,
            folder=self._folder,
            cache=Path(self._task.cache) if self._task.cache else self._folder / "cache",
            package=self._task.package,
            experiment=self._task.experiment,
            device=self._task.device,
            null=self._task.null,
            libraries=tuple(getattr(experiment, "libraries", LIBRARIES)),
            threads=1,
            started=self._journal.started,
        )
        tally = Tally(units)
        said = 0.0
        lanes = self._lanes(assignment, side_by_side=experiment.side_by_side)
        with closing(lanes.run(units)) as messages:
            for unit, message in messages:
                for event in self._take(unit, message):
                    tally.add(event, unit)
                progress = tally.progress()
                if progress.done >= said + 0.01 or (progress.done == 1.0 > said):
                    said = progress.done
                    self._journal.emit(progress)
        return tally

    def _take(self, unit: Unit, message: Message) -> list[Event]:
        """Write down what a child said, and give back the events in it."""
        match message.kind:
            case "line":
                self._journal.write(message.text)
                return [from_line(message.text)[0]]
            case "failed":
                status = Status(state="failed", message=message.text)
                self._journal.emit(status, unit=unit.id)
                return [status]
            case "refused":
                raise CannotRun(message.text)
            case "waiting":
                note = {"en": f"waiting for {message.text}", "ko": f"{message.text} 자리를 기다리는 중"}
                self._journal.emit(Progress(done=0.0, note=note))
            case "ready" if not self._device:
                self._device = message.detail
                note = {"en": f"running on {self._device}", "ko": f"{self._device}에서 실행 중"}
                self._journal.emit(Progress(done=0.0, note=note))
        return []

    def _decide(self, experiment: Experiment, tally: Tally) -> None:
        for claim in experiment.claims:
            verdict = decide(
                claim,
                tally.replicates(),
                skipped=tally.skipped,
                null=self._task.null,
                seed=self._task.seed,
                device=self._device,
                versions=self._versions,
                commit=self._task.commit,
            )
            self._journal.emit(verdict)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONS_OF:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 failed, 2 not a run's folder, 143 cancelled."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m app.worker", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of a run, with its run.json")
    parser.add_argument("--only", nargs="+", default=(), metavar="UNIT", help="run these units only, without a verdict")
    parser.add_argument("--lock", type=Path, help="a lock file to hold while running: one run a device at a time")
    parser.add_argument("--ray", action="store_true", help="units as tasks of the Ray cluster that this process is on")
    asked = parser.parse_args(arguments)
    lanes = RayLanes if asked.ray else Lanes

    def work(task: Task, folder: Path, journal: Journal) -> None:
        Run(task, folder, journal, lanes=lanes).carry_out(asked.only)

    return attend(asked.folder.absolute(), work, lock=asked.lock, started=started)


if __name__ == "__main__":
    sys.exit(main())
