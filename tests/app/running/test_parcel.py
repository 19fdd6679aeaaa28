"""The parcel of a run: all that another machine needs for it, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.running import parcel
from app.running.journal import events
from app.running.parcel import pack
from app.running.task import CannotRun, Task


def make(folder: Path, **changes: object) -> Task:
    record = {"v": 1, "run": "r1", "experiment": "toy", "params": {}, "seed": 7, "device": "cpu", "cache": "/elsewhere"}
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(record | changes), encoding="utf-8")
    return Task.read(folder)


def names(path: Path) -> set[str]:
    with ZipFile(path) as zipped:
        return set(zipped.namelist())


def record(path: Path) -> dict[str, object]:
    with ZipFile(path) as zipped:
        found: dict[str, object] = json.loads(zipped.read("run/run.json"))
        return found


def test_it_holds_the_run_and_the_code_and_nothing_of_front_end_catalog_or_settings(
    tmp_path: Path, laboratory: str
) -> None:
    task = make(tmp_path / "run", package=laboratory)
    (tmp_path / "run" / "papers.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "run" / "events.jsonl").write_text("of an earlier attempt", encoding="utf-8")
    pack(task, tmp_path / "run", tmp_path / "parcel.zip")
    found = names(tmp_path / "parcel.zip")
    assert {"app/worker.py", "core/experiment.py", f"{laboratory}/toy.py", "run/papers.jsonl"} <= found
    assert "core/gpt/weights/nano/model.safetensors" in found
    assert "run/events.jsonl" not in found
    tops = {name.split("/")[0] for name in found}
    assert tops == {"app", "core", "run", laboratory}
    rooms = {name.split("/")[1] for name in found if name.startswith("app/")}
    assert rooms == {"__init__.py", "worker.py", "running"}
    assert not [name for name in found if "__pycache__" in name or "/." in name]
    assert "cache" not in record(tmp_path / "parcel.zip")


def test_its_worker_runs_from_it_alone(tmp_path: Path, laboratory: str) -> None:
    pack(make(tmp_path / "run", package=laboratory), tmp_path / "run", tmp_path / "parcel.zip")
    there = tmp_path / "there"
    with ZipFile(tmp_path / "parcel.zip") as zipped:
        zipped.extractall(there)
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRENDLAB_"))}
    done = subprocess.run([sys.executable, "-m", "app.worker", "run"], cwd=there, env=bare, timeout=120)
    assert done.returncode == 0
    assert [event.type for event, _ in events(there / "run")][-2:] == ["verdict", "status"]


def test_a_model_of_ones_own_goes_along_and_one_of_the_house_is_there_already(tmp_path: Path) -> None:
    model = tmp_path / "my model"
    (model / "part").mkdir(parents=True)
    (model / "part" / "weights").write_bytes(b"1")
    (model / ".secret").write_text("no", encoding="utf-8")
    for value, place in ((str(model), "run/models/0"), ("nano", "nano"), ("no/such-model", "no/such-model")):
        folder = tmp_path / place.replace("/", "-")
        task = make(folder, experiment="attention-maps", package="core.experiments", params={"model": value})
        pack(task, folder, tmp_path / "parcel.zip")
        assert record(tmp_path / "parcel.zip")["params"] == {"model": place}
        own = {name for name in names(tmp_path / "parcel.zip") if name.startswith("run/models/")}
        assert own == ({"run/models/0/part/weights"} if value == str(model) else set())


def test_what_ray_would_not_take_is_refused_in_one_line(
    tmp_path: Path, laboratory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel, "MAX_MIB", 1)
    with pytest.raises(CannotRun, match=r"the run weighs \d+ MiB packed, and Ray takes 1"):
        pack(make(tmp_path / "run", package=laboratory), tmp_path / "run", tmp_path / "parcel.zip")
