"""What must hold for every experiment, those to come included: each is found, checked and run on its tiny budget."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Figure, Measure, Point, Progress, Sample, Skip, Strip, Table, Verdict, from_line, to_line
from core.experiment import PRESETS, Context, Experiment, spawn_seeds
from core.language import Text
from core.papers.ids import parse_arxiv_id
from core.params import make_params
from core.registry import discover

ROOT = Path(__file__).resolve().parents[3]
EXPERIMENTS = discover("core.experiments", "EXPERIMENT")
ALLOWED = (Progress, Point, Measure, Table, Figure, Sample, Strip, Skip)
each = pytest.mark.parametrize("name", EXPERIMENTS)


@cache
def starter_ids() -> frozenset[str]:
    files = (ROOT / "core" / "papers" / "starter").glob("*.jsonl")
    return frozenset(json.loads(line)["id"] for path in files for line in path.read_text("utf-8").splitlines())


def texts_of(experiment: Experiment) -> Iterator[Text]:
    yield from (experiment.title, experiment.question, experiment.how, experiment.matched, *experiment.labels.values())
    for item in fields(experiment.params):
        yield item.metadata["help"]
        if item.metadata["label"] is not None:
            yield item.metadata["label"]
    for claim in experiment.claims:
        yield from (claim.sentence, claim.reported.number, claim.contrast_text, claim.replicate, claim.null_world)
        if claim.control:
            yield claim.control.sentence
        if claim.n_why:
            yield claim.n_why


@dataclass
class World:
    """What two replicates of an experiment said, in the real world or in the null world."""

    events: list[Event] = field(default_factory=list)
    exact: dict[tuple[str, str, int], float] = field(default_factory=dict)

    def measures(self) -> list[Measures]:
        numbers = sorted({event.replicate for event in self.events if isinstance(event, Measure)})
        return [
            Measures(
                {(e.name, e.arm): e.value for e in self.events if isinstance(e, Measure) and e.replicate == number}
            )
            for number in numbers
        ]

    def skipped(self) -> dict[str, str]:
        return {event.arm: event.reason["en"] for event in self.events if isinstance(event, Skip)}

    def verdicts(self, experiment: Experiment, *, null: bool) -> list[Verdict]:
        return [decide(claim, self.measures(), skipped=self.skipped(), null=null) for claim in experiment.claims]


def exact_measures(events: list[Event]) -> dict[tuple[str, str, int], float]:
    return {(e.name, e.arm, e.replicate): e.value for e in events if isinstance(e, Measure) and e.exact}


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def run(cache_folder: Path) -> Any:
    @cache
    def run_world(name: str, null: bool) -> World:
        experiment: Experiment = EXPERIMENTS[name]
        context = Context(device="cpu", null=null, papers=(), cache=FolderCache(cache_folder))
        world = World()
        for unit in experiment.units(make_params(experiment.params, experiment.tiny), spawn_seeds(1, 2)):
            world.events += list(experiment.run_unit(unit, context))
        return world

    return run_world


def test_the_first_experiments_are_found() -> None:
    assert {"attention-maps", "lora-vs-full", "quantized-speed"} <= EXPERIMENTS.keys()


def test_finding_the_experiments_and_planning_them_loads_no_heavy_library() -> None:
    code = """
import sys
from core.registry import discover
from core.params import make_params
for experiment in discover("core.experiments", "EXPERIMENT").values():
    for values in (*experiment.presets.values(), experiment.tiny):
        experiment.units(make_params(experiment.params, values), [1, 2])
print(sorted({"torch", "transformers", "peft", "torchao", "bitsandbytes"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@each
def test_every_word_is_there_in_english_and_korean(name: str) -> None:
    for text in texts_of(EXPERIMENTS[name]):
        assert text.en.strip()
        assert text.ko and text.ko.strip(), text.en


@each
def test_every_claim_is_of_a_paper_in_the_starter_catalog(name: str) -> None:
    claims = EXPERIMENTS[name].claims
    assert claims
    assert len({claim.id for claim in claims}) == len(claims)
    for claim in claims:
        assert parse_arxiv_id(claim.paper).base == claim.paper
        assert claim.paper in starter_ids()


@each
def test_presets_and_the_tiny_budget_are_allowed_values(name: str) -> None:
    experiment: Experiment = EXPERIMENTS[name]
    assert set(experiment.presets) == set(PRESETS)
    for values in (*experiment.presets.values(), experiment.tiny, {}):
        params = make_params(experiment.params, values)
        units = experiment.units(params, spawn_seeds(0, experiment.replicates))
        assert {unit.replicate for unit in units} == set(range(experiment.replicates))
        assert len({unit.id for unit in units}) == len(units)
        assert {unit.arm for unit in units} <= experiment.labels.keys()


@each
def test_a_unit_depends_on_its_seed_alone(name: str) -> None:
    experiment: Experiment = EXPERIMENTS[name]
    params = make_params(experiment.params, experiment.tiny)
    assert experiment.units(params, [7, 8]) == experiment.units(params, [7, 8])
    assert experiment.units(params, [7, 8])[0].seed != experiment.units(params, [9, 8])[0].seed


@each
def test_what_it_says_can_be_written_down_and_drawn(name: str, run: Any) -> None:
    experiment: Experiment = EXPERIMENTS[name]
    world: World = run(name, False)
    assert any(isinstance(event, Point) for event in world.events)
    for event in world.events:
        assert isinstance(event, ALLOWED)
        arm = getattr(event, "arm", None)
        assert arm is None or arm in experiment.labels
        for shown in ("note", "title", "x_label", "y_label", "reason"):
            words: Mapping[str, str] = getattr(event, shown, {})
            assert not words or {"en", "ko"} <= words.keys()
        read, _head = from_line(to_line(event, run="r", unit="u", t=0.0))
        assert type(read) is type(event)


@each
def test_its_measures_are_enough_to_decide_every_claim(name: str, run: Any) -> None:
    world: World = run(name, False)
    for verdict in world.verdicts(EXPERIMENTS[name], null=False):
        assert verdict.n == 2 or verdict.skipped, verdict.reason["en"]


@each
def test_replicates_that_measured_nothing_are_left_out_by_every_claim(name: str) -> None:
    for claim in EXPERIMENTS[name].claims:
        verdict = decide(claim, [Measures({}, replicate=number) for number in range(5)])
        assert (verdict.n, verdict.outcome) == (0, "too small to tell"), claim.id
        assert "Left out" in verdict.reason["en"] and "arg is an empty" not in verdict.reason["en"], verdict.reason


@each
def test_in_the_null_world_nothing_is_supported(name: str, run: Any) -> None:
    world: World = run(name, True)
    for verdict in world.verdicts(EXPERIMENTS[name], null=True):
        assert verdict.outcome != "supported", verdict.reason["en"]


@each
def test_the_same_seed_gives_the_same_exact_measures_whatever_ran_before(
    name: str, run: Any, cache_folder: Path
) -> None:
    experiment: Experiment = EXPERIMENTS[name]
    first = exact_measures(run(name, False).events)
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(cache_folder))
    units = experiment.units(make_params(experiment.params, experiment.tiny), spawn_seeds(1, 2))
    again = exact_measures(list(experiment.run_unit(units[0], context)))
    assert again
    assert again == {key: first[key] for key in again}
