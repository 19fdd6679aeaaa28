"""How is a run given to somebody else? As one JSON file with all that it said, which any TrendLab can draw again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.running.journal import EVENTS_FILE, RUN_FILE
from core.events import Event, from_line
from core.language import Told
from db.runs import Run

FORMAT = "trendlab-run"
FORMAT_VERSION = 1
# What another machine has no use for: where this one keeps its files.
_LOCAL = ("cache", "runner")
Said = tuple[Event, dict[str, Any]]


class NoSharedRun(Told, ValueError):
    """A file that holds no run, or a run that said nothing. One line."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A run that somebody gave away. Everything in it is a stranger's: show it escaped.

    :param about: as in run.json: experiment, params, preset, seed, null, device, commit, created.
    """

    run: str
    experiment: str
    about: dict[str, Any]
    said: Sequence[Said]


def file_name(run: Run) -> str:
    """A name for the file, of letters that every file system takes."""
    return f"trendlab-{run.experiment}-{run.id}.json"


def write(folder: Path) -> bytes:
    """The run in `folder` as a file: the same run gives the same bytes.

    :raises NoSharedRun: it has no events yet.
    """
    try:
        about = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        lines = (folder / EVENTS_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise NoSharedRun(
            f"run {folder.name} has no events; it may not have begun",
            f"실행 {folder.name}에 이벤트가 없습니다. 아직 시작하지 않았을 수 있습니다",
        ) from error
    about = {key: value for key, value in about.items() if key not in _LOCAL}
    record = {
        "format": FORMAT,
        "v": FORMAT_VERSION,
        "run": about,
        "events": [json.loads(line) for line in lines if line.endswith("}")],
    }
    return (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _checked(event: Event, head: dict[str, Any]) -> tuple[Event, dict[str, Any]]:
    """The event, if every field is what its type says: somebody else's file may hold anything.

    :raises ValueError: one line that names the field.
    """
    try:
        found: Event = TypeAdapter(type(event)).validate_python(asdict(event))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, (event.type, *first["loc"])))
        raise ValueError(f"{where}: {first['msg']}") from error
    return found, head


def read(content: bytes) -> Shared:
    """The run that a file holds.

    :raises NoSharedRun: it is not a file that `write` made, or its events are damaged.
    """
    try:
        record = json.loads(content)
        if record["format"] != FORMAT or record["v"] != FORMAT_VERSION:
            raise ValueError(f"not of format {FORMAT} {FORMAT_VERSION}")
        about = dict(record["run"])
        said = [_checked(*from_line(json.dumps(event))) for event in record["events"]]
        run, experiment = str(about["run"]), str(about["experiment"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
        raise NoSharedRun(
            f"this is no shared run ({why}); ask for the JSON file that a run's page offers",
            f"공유된 실행이 아닙니다({why}). 실행 페이지에서 내려받는 JSON 파일을 받으세요",
        ) from error
    numbered = [(event, head | {"line": number}) for number, (event, head) in enumerate(said, start=1)]
    return Shared(run=run, experiment=experiment, about=about, said=numbered)
