"""What does a running experiment say? Small records, one JSON line each, that a page can draw and a ledger can keep."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

FORMAT_VERSION = 1

Outcome = Literal["supported", "not supported", "too small to tell", "invalid"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. `type` is the word in the JSON line."""

    type: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Status(Event):
    """A change in the life of the run or of one unit: started, finished, failed, cancelled.

    A run may also be `waiting` before it starts: another run holds the device.
    """

    type: ClassVar[str] = "status"
    state: str
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Progress(Event):
    """How far a unit is: `done` from 0 to 1, and what it is doing (language to text)."""

    type: ClassVar[str] = "progress"
    done: float
    note: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Point(Event):
    """One point of a live chart. Points of one `chart`, `arm` and replicate form a line.

    :param x_label, y_label: axis titles with units, language to text.
    """

    type: ClassVar[str] = "point"
    arm: str
    x: float
    y: float
    replicate: int
    chart: str = "main"
    x_label: dict[str, str] = field(default_factory=dict)
    y_label: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measure(Event):
    """One number that counts. `exact` measures are equal in two runs with one seed; time and memory are not exact."""

    type: ClassVar[str] = "measure"
    name: str
    arm: str
    value: float
    unit_of_measure: str
    replicate: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Table(Event):
    """A table: column names (language to text), rows of JSON scalars or of texts by language.

    A later one with the same title replaces it.
    """

    type: ClassVar[str] = "table"
    title: dict[str, str]
    columns: list[dict[str, str]]
    rows: list[list[Any]]


@dataclass(frozen=True, kw_only=True)
class Figure(Event):
    """A Plotly figure as JSON (`data` and `layout`), with texts by language (`core.language.in_language`).

    A later figure with the same name replaces it.
    """

    type: ClassVar[str] = "figure"
    name: str
    title: dict[str, str]
    plotly: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sample(Event):
    """A piece of text that a model read or wrote. Hostile: show it escaped."""

    type: ClassVar[str] = "sample"
    arm: str
    prompt: str
    text: str
    replicate: int


@dataclass(frozen=True, kw_only=True)
class Strip(Event):
    """A text in its tokens with one number each, drawn as shaded text. Hostile: show it escaped.

    A later strip with the same name replaces it.

    :param values: one a token; None where there is none, such as before the first prediction.
    :param high: the number that gets the deepest shade; 0 gets none.
    :param unit_of_measure: of the numbers.
    :param notes: what each token says when it is pointed at; [] for the number alone.
    :param chosen: places of tokens that are marked.
    """

    type: ClassVar[str] = "strip"
    name: str
    title: dict[str, str]
    tokens: list[str]
    values: list[float | None]
    high: float
    unit_of_measure: str
    notes: list[str] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Skip(Event):
    """An arm that could not run here (no library, no device), with the reason."""

    type: ClassVar[str] = "skip"
    arm: str
    reason: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Verdict(Event):
    """What the shared decision said of one claim. Made by `core.decision.decide`, never by hand.

    :param contrast: mean over the replicates, in the contrast's unit.
    :param low, high: 95 % Student-t interval; None where fewer than two replicates.
    :param reason: one sentence that says what decided (language to text).
    """

    type: ClassVar[str] = "verdict"
    claim: str
    outcome: Outcome
    contrast: float | None
    low: float | None
    high: float | None
    margin: float
    n: int
    reason: dict[str, str]
    control: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    null: bool = False
    seed: int | None = None
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    commit: str = ""


EVENTS: dict[str, type[Event]] = {
    kind.type: kind for kind in (Status, Progress, Point, Measure, Table, Figure, Sample, Strip, Skip, Verdict)
}


def _plain(value: Any) -> Any:
    """Numbers as JSON has them: no NaN or infinity (they travel as null), no NumPy scalars."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def to_line(event: Event, *, run: str, unit: str | None, t: float) -> str:
    """One JSON line without its newline: `{"v":1,"type":…,"run":…,"unit":…,"t":…,…}`; `t` is seconds since the start.

    :raises TypeError: the event holds something that JSON cannot carry, such as a tensor.
    """
    head = {"v": FORMAT_VERSION, "type": event.type, "run": run, "unit": unit, "t": round(t, 3)}
    return json.dumps(head | _plain(asdict(event)), ensure_ascii=False, allow_nan=False)


def from_line(line: str) -> tuple[Event, dict[str, Any]]:
    """Read a line back into its event and its head (v, type, run, unit, t). A null where a number must be is NaN.

    :raises ValueError: no JSON object, another format version, an unknown type or missing fields.
    """
    record = json.loads(line)
    if not isinstance(record, dict) or record.get("v") != FORMAT_VERSION:
        raise ValueError(f"not an event of format {FORMAT_VERSION}: {line[:80]!r}")
    kind = EVENTS.get(str(record.get("type")))
    if kind is None:
        raise ValueError(f"unknown event type {record.get('type')!r}")
    known = {item.name: item.type for item in fields(kind)}
    values = {name: record[name] for name in known if name in record}
    values |= {name: math.nan for name, value in values.items() if value is None and known[name] == "float"}
    try:
        event = kind(**values)
    except TypeError as error:
        raise ValueError(f"{record['type']} event lacks a field: {error}") from error
    return event, {key: record.get(key) for key in ("v", "type", "run", "unit", "t")}
