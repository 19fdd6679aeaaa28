"""A laboratory for the tests of runs: a home folder, and a package of small experiments that needs no torch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.settings import Settings

LABORATORY = "toy_laboratory"

_SOURCE = '''"""Is arm b above arm a? As far as it is told to be."""

from __future__ import annotations

import multiprocessing.util
import os
import random
import time
from dataclasses import dataclass

import numpy

from core.events import Measure, Point, Progress, Skip, Status
from core.claim import Claim, Reported
from core.experiment import PaperQuery, Unit
from core.params import param
from core.language import Text

FAULTS = ("none", "raise", "kill", "skip", "all", "nan", "verdict", "hang")


@dataclass(frozen=True, kw_only=True)
class Params:
    effect: float = param(1.0, help=Text("What b has over a."), low=-10.0, high=10.0)
    fault: str = param("none", help=Text("What goes wrong."), choices=FAULTS)
    seconds: float = param(0.0, help=Text("How long each unit takes."), low=0.0, high=600.0)
    sizes: tuple[int, ...] = param((1, 2), help=Text("Some sizes."))


class Toy:
    id = "EXPERIMENT-ID"
    stage = "build"
    topics = ("attention",)
    title = question = how = Text("A toy.")
    claims = (
        Claim(
            id="b-above-a",
            sentence=Text("b is above a"),
            paper="1706.03762",
            reported=Reported(number=Text("1"), model="none", data="none", checked=True),
            contrast=lambda found: found["score", "b"] - found["score", "a"],
            contrast_text=Text("b minus a"),
            margin=0.2,
            unit=Text("points"),
            replicate=Text("seed"),
            control=None,
            null_world=Text("b gets nothing"),
        ),
    )
    params = Params
    presets = {"quick": {}, "standard": {"effect": 2.0}}
    papers = PaperQuery(topics=("attention",), text_needed=True, limit=2)
    replicates = 3
    side_by_side = SIDE_BY_SIDE
    labels = {}
    libraries = ("numpy",)

    def units(self, params, seeds):
        return [
            Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for arm in "ab"
        ]

    def run_unit(self, unit, context):
        fault = unit.params.fault
        print("noise on stdout", flush=True)
        os.write(2, b"noise on stderr\\n")
        if fault == "all" or (fault == "raise" and unit.id == "a-1"):
            raise ValueError(f"bad luck in {unit.id}\\nand more of it")
        if fault == "kill" and unit.id == "a-1":
            os.kill(os.getpid(), 9)
        if fault == "skip" and unit.arm == "b":
            yield Skip(arm="b", reason={"en": "no such device"})
            return
        if fault == "hang":
            multiprocessing.util.Finalize(None, time.sleep, args=(600,), exitpriority=1)
        if fault == "verdict":
            yield Status(state="finished")
        yield Progress(done=0.5)
        deadline = time.monotonic() + unit.params.seconds
        step = 0
        while time.monotonic() < deadline:
            yield Point(arm=unit.arm, x=step, y=1.0 / (step + 1), replicate=unit.replicate)
            time.sleep(0.05)
            step += 1
        value = random.random() * 0.01 + numpy.random.random() * 0.01
        if unit.arm == "b" and not context.null:
            value += unit.params.effect
        measures = {
            "score": numpy.float32("nan" if fault == "nan" else value),
            "hash": hash("the order of a set") % 1000,
            "papers": len(context.papers),
            "pid": os.getpid(),
            "threads": int(os.environ["OMP_NUM_THREADS"]),
        }
        for name, found in measures.items():
            yield Measure(
                name=name,
                arm=unit.arm,
                value=found,
                unit_of_measure="points",
                replicate=unit.replicate,
                exact=name not in ("pid", "threads"),
            )


EXPERIMENT = Toy()
'''


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dotted name of a package with the experiments `toy` (side by side) and `slow-toy` (one after another)."""
    root = tmp_path_factory.mktemp("laboratory")
    (root / LABORATORY).mkdir()
    (root / LABORATORY / "__init__.py").touch()
    for name, side_by_side in (("toy", "True"), ("slow_toy", "False")):
        text = _SOURCE.replace("EXPERIMENT-ID", name.replace("_", "-")).replace("SIDE_BY_SIDE", side_by_side)
        (root / LABORATORY / f"{name}.py").write_text(text, encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(root), *([before] if before else [])])
    sys.path.insert(0, str(root))
    yield LABORATORY
    sys.path.remove(str(root))
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def places(home: Path) -> Settings:
    """Settings with an empty home."""
    return Settings(home=home)


@pytest.fixture
def catalog(places: Settings, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    """The catalog of that home."""
    db = open_new(places.catalog)
    yield db
    db.close()
