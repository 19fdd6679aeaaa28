"""What did the project itself find? Results of finished runs, kept beside the code as JSON, one file a run.

A file is written from a run's folder, never by hand: `<experiment>.<preset>.<device>.json`, and `….null.json` for the
null world. It says with which parameters, seed, device, versions and commit, so that anybody can do the run again.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.decision import interval
from core.events import Event, Measure, Skip, Status, Verdict, from_line
from core.params import make_params
from core.registry import discover
from core.replacing import put

FOLDER = Path(__file__).parent
FORMAT_VERSION = 1


class CannotRecord(ValueError):
    """A run that is no reference: unfinished, with failed parts, or not of a preset. One line that says why."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One measure of one arm over the replicates.

    :param values: one a replicate, in their order.
    :param low, high: 95 % Student-t interval of the mean; None where there is one value.
    """

    name: str
    arm: str
    unit_of_measure: str
    exact: bool
    values: tuple[float, ...]
    mean: float
    low: float | None
    high: float | None

    @property
    def n(self) -> int:
        """How many replicates have it."""
        return len(self.values)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The result of one run.

    :param device: "cpu" or "cuda"; `device_name` is the machine's, for people.
    :param seconds: of the whole run, start of the process included.
    :param peak_mib: the most that one of its processes held; None where the system does not say.
    :param skipped: arm to the reason why it could not run there.
    """

    experiment: str
    preset: str
    null: bool
    device: str
    device_name: str
    date: datetime
    commit: str
    seed: int
    params: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: float
    peak_mib: float | None
    measures: tuple[Summary, ...]
    verdicts: tuple[Verdict, ...]
    skipped: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """Where it is kept."""
        world = ".null" if self.null else ""
        return f"{self.experiment}.{self.preset}.{self.device}{world}.json"


def recorded(experiment_id: str, *, folder: Path = FOLDER) -> list[Recorded]:
    """What is recorded of an experiment, sorted by file name; [] where nothing is.

    :raises ValueError: a file that is damaged or of another format.
    """
    return [_read(path) for path in sorted(folder.glob(f"{experiment_id}.*.json"))]


def found_rates(experiment_id: str, *, device: str = "cpu", folder: Path = FOLDER) -> dict[str, float]:
    """The learning rates that preset `standard` found: arm to the median of its measure `best_rate`. {} where none is.

    A quick look may reuse them instead of searching once more.
    """
    found = [item for item in recorded(experiment_id, folder=folder) if item.preset == "standard" and not item.null]
    here = [item for item in found if item.device == device] or found
    return {
        summary.arm: statistics.median(summary.values)
        for item in here[:1]
        for summary in item.measures
        if summary.name == "best_rate"
    }


def record_run(run_folder: Path, *, folder: Path = FOLDER, package: str = "core.experiments") -> Path:
    """Keep the result of a finished run; an earlier one of the same experiment, preset, device and world is replaced.

    :param run_folder: with run.json and events.jsonl.
    :param package: where the experiment is found.
    :returns: the file.
    :raises CannotRecord: the run is unfinished, has failed parts, or was not a preset's.
    """
    result = summarise(run_folder, package=package)
    record = asdict(result) | {"v": FORMAT_VERSION, "date": result.date.isoformat()}
    path = folder / result.file_name
    put(path, json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return path


def summarise(run_folder: Path, *, package: str = "core.experiments") -> Recorded:
    """The result of a finished run; raises as `record_run` does."""
    try:
        run = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
        lines = (run_folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        said = [from_line(line) for line in lines]
    except (OSError, ValueError) as error:
        raise CannotRecord(f"{run_folder} is not the folder of a finished run: {error}") from error
    started, finished = _began_and_ended(run_folder, said)
    _check_preset(run, package)
    events = [event for event, _head in said]
    device_name = str(finished.details.get("device", ""))
    return Recorded(
        experiment=run["experiment"],
        preset=run["preset"],
        null=run["null"],
        device=device_name.partition(" ")[0],
        device_name=device_name,
        date=datetime.fromisoformat(started.details["at"]),
        commit=started.details["commit"],
        seed=run["seed"],
        params=run["params"],
        versions=started.details["versions"],
        seconds=finished.details["seconds"],
        peak_mib=finished.details.get("peak_mib") or None,
        measures=_summaries([event for event in events if isinstance(event, Measure)]),
        verdicts=tuple(event for event in events if isinstance(event, Verdict)),
        skipped={event.arm: event.reason.get("en", "") for event in events if isinstance(event, Skip)},
    )


def _began_and_ended(run_folder: Path, said: list[tuple[Event, dict[str, Any]]]) -> tuple[Status, Status]:
    """The run's own first and last status; those of its units tell of failures."""
    own = [event for event, head in said if isinstance(event, Status) and head["unit"] is None]
    parts = [head["unit"] for event, head in said if isinstance(event, Status) and event.state == "failed"]
    started = next((event for event in own if event.state == "started"), None)
    if started is None or own[-1].state != "finished":
        raise CannotRecord(f"{run_folder} is not the folder of a finished run; wait for it, or run it again")
    if parts:
        raise CannotRecord(f"{run_folder}: {', '.join(map(str, parts))} failed; only a whole run is a reference")
    return started, own[-1]


def _check_preset(run: Mapping[str, Any], package: str) -> None:
    """A file that carries a preset's name must hold what the preset gives today."""
    known = discover(package, "EXPERIMENT")
    experiment = known.get(run["experiment"])
    if experiment is None or run["preset"] not in experiment.presets:
        raise CannotRecord(f"there is no preset {run['preset']!r} of an experiment {run['experiment']!r}")
    values = asdict(make_params(experiment.params, experiment.presets[run["preset"]]))
    expected = json.loads(json.dumps(values))
    changed = sorted(name for name in expected.keys() | run["params"].keys()
                     if expected.get(name) != run["params"].get(name))  # fmt: skip
    if changed:
        raise CannotRecord(f"{', '.join(changed)} differ from preset {run['preset']!r}; run it without changes")


def _summaries(measures: list[Measure]) -> tuple[Summary, ...]:
    by_key: dict[tuple[str, str], dict[int, Measure]] = {}
    for measure in measures:
        # What was not finite travels as null, and is no value.
        if math.isfinite(measure.value):
            by_key.setdefault((measure.name, measure.arm), {})[measure.replicate] = measure
    return tuple(_summary([found for _, found in sorted(by_key[key].items())]) for key in sorted(by_key))


def _summary(measures: list[Measure]) -> Summary:
    values = tuple(measure.value for measure in measures)
    mean, low, high = math.fsum(values) / len(values), None, None
    if len(values) > 1:
        mean, low, high = interval(values)
    first = measures[0]
    return Summary(
        name=first.name,
        arm=first.arm,
        unit_of_measure=first.unit_of_measure,
        exact=first.exact,
        values=values,
        mean=mean,
        low=low,
        high=high,
    )


def _read(path: Path) -> Recorded:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("v", None) != FORMAT_VERSION:
            raise ValueError(f"not of format {FORMAT_VERSION}")
        record["date"] = datetime.fromisoformat(record["date"])
        record["measures"] = tuple(Summary(**item | {"values": tuple(item["values"])}) for item in record["measures"])
        record["verdicts"] = tuple(Verdict(**item) for item in record["verdicts"])
        return Recorded(**record)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no recorded result: {error}; record the run again") from error
