"""What does another machine need for a run? One zip: the run's folder, the worker, `core`, and models of one's own.

Nothing of the front end, the catalog or the settings goes along, and so no key does.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from app.running.journal import PAPERS_FILE, RUN_FILE
from app.running.task import CannotRun, Task
from core.gpt.loading import house, hub
from core.registry import discover

FOLDER = "run"  # of the run, in the parcel
MAX_MIB = 500  # what Ray takes as a job's files
_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("app/__init__.py", "app/worker.py", "app/running", "core")
_LEFT_OUT = ("__pycache__", "checkpoint.safetensors")


def pack(task: Task, folder: Path, parcel: Path) -> None:
    """Write the parcel of a run.

    Its run.json differs from the folder's in places only: checkpoints are kept in the folder, and a model that lies on
    this machine goes along and is named by where it lies then.

    :raises CannotRun: it weighs more than Ray takes.
    """
    models = _own_models(task)
    with ZipFile(parcel, "w", ZIP_DEFLATED, compresslevel=1) as zipped:
        for path, name in _code(task.package):
            zipped.write(path, name)
        record = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        record.pop("cache", None)
        for number, (name, model) in enumerate(models.items()):
            place = f"{FOLDER}/models/{number}"
            record["params"][name] = place
            for path in _files(model):
                zipped.write(path, f"{place}/{path.relative_to(model)}")
        zipped.writestr(f"{FOLDER}/{RUN_FILE}", json.dumps(record, ensure_ascii=False))
        if (folder / PAPERS_FILE).exists():
            zipped.write(folder / PAPERS_FILE, f"{FOLDER}/{PAPERS_FILE}")
    size = parcel.stat().st_size / 2**20
    if size >= MAX_MIB:
        named = ", ".join(map(str, models.values())) or "core/gpt/weights"
        raise CannotRun(
            f"the run weighs {size:.0f} MiB packed, and Ray takes {MAX_MIB}; of that are the models in {named}: "
            "choose a smaller one, or run it with the runner local"
        )


def _code(package: str) -> Iterator[tuple[Path, str]]:
    """Each file of the code with its name in the parcel; the experiment's own package too, wherever it lies."""
    for part in _CODE:
        for path in _files(_ROOT / part):
            yield path, str(path.relative_to(_ROOT))
    top = package.partition(".")[0]
    if top != "core":
        (place,) = importlib.import_module(top).__path__
        for path in _files(Path(place)):
            yield path, f"{top}/{path.relative_to(place)}"


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in path.relative_to(place).parts)
        if path.is_file() and not hidden:
            yield path


def _own_models(task: Task) -> dict[str, Path]:
    """The parameters that name a model, with its folder; none of the house, for those are in `core`."""
    experiment: Any = discover(task.package, "EXPERIMENT").get(task.experiment)
    kinds = {item.name: item.metadata.get("kind") for item in fields(experiment.params)} if experiment else {}
    named = {name: value for name, value in task.params.items() if kinds.get(name) == "model"}
    found = {name: _folder_of(value) for name, value in named.items() if value not in house.models()}
    return {name: folder for name, folder in found.items() if folder is not None}


def _folder_of(name: str) -> Path | None:
    """Where a model lies here: a folder, or one that was downloaded from the hub."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    model = hub.read_id(name)
    return None if model is None else hub.cached_folder(model)
