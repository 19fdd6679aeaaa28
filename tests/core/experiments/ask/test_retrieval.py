"""retrieval: what decides its claims, what the null world hands over, and what stays of a reader between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import RECIPE_FILE, FolderCache
from core.claim import Claim, Measures
from core.decision import decide
from core.events import Event, Figure, Measure, Outcome, Point, Sample, Table
from core.experiment import Context
from core.experiments.ask.retrieval import EXPERIMENT, MOST, Params
from core.params import BadParam, make_params

LOOK_UP, UPDATE, INVENT, MIDDLE = EXPERIMENT.claims
Values = dict[tuple[str, str], float]


def outcome(claim: Claim, values: Values) -> Outcome:
    """Of five replicates that hardly differ."""
    nudged = [{key: value + nudge for key, value in values.items()} for nudge in (0.0, 1e-5, 2e-5, 3e-5, 4e-5)]
    return decide(claim, [Measures(one) for one in nudged]).outcome


def of(name: str, **arms: float) -> Values:
    return {(name, arm.replace("_", "-")): value for arm, value in arms.items()}


@pytest.mark.parametrize(
    ("retrieved", "shuffled", "memory", "expected"),
    [
        (0.8, 0.02, 0.95, "supported"),
        (0.2, 0.02, 0.95, "not supported"),
        (0.8, 0.30, 0.95, "invalid"),  # any text helps
        (0.8, 0.02, 0.50, "invalid"),  # closed book was no opponent
    ],
)
def test_retrieval_must_beat_a_closed_book_that_knows_its_facts(
    retrieved: float, shuffled: float, memory: float, expected: Outcome
) -> None:
    unseen = of("accuracy", unseen_closed=0.02, unseen_retrieved=retrieved, unseen_shuffled=shuffled)
    assert outcome(LOOK_UP, unseen | of("accuracy", known_closed=memory)) == expected


@pytest.mark.parametrize(
    ("new", "stale", "remembered", "expected"),
    [
        (0.7, 0.1, 0.95, "supported"),
        (0.1, 0.8, 0.95, "not supported"),  # the weights win
        (0.5, 0.45, 0.95, "not supported"),
        (0.7, 0.1, 0.40, "invalid"),  # there was no stale memory to win against
    ],
)
def test_the_new_value_must_be_given_more_often_than_the_stale_one(
    new: float, stale: float, remembered: float, expected: Outcome
) -> None:
    values = of("accuracy", changed_retrieved=new) | of("stale", changed_retrieved=stale, changed_closed=remembered)
    assert outcome(UPDATE, values) == expected


@pytest.mark.parametrize(
    ("closed", "shuffled", "retrieved", "known", "expected"),
    [
        (0.6, 0.7, 0.2, 0.01, "supported"),
        (0.6, 0.25, 0.2, 0.01, "not supported"),  # any passages lower it as much
        (0.2, 0.7, 0.2, 0.01, "not supported"),
        (0.6, 0.7, 0.2, 0.30, "invalid"),  # it is as sure where it should know
    ],
)
def test_inventions_must_be_rarer_than_with_none_and_with_other_passages(
    closed: float, shuffled: float, retrieved: float, known: float, expected: Outcome
) -> None:
    wrong = {"unseen_closed": closed, "unseen_shuffled": shuffled, "unseen_retrieved": retrieved, "known_closed": known}
    assert outcome(INVENT, of("made_to_answer", **wrong)) == expected


@pytest.mark.parametrize(
    ("first", "middle", "last", "anywhere", "expected"),
    [
        (0.8, 0.5, 0.7, 0.6, "supported"),
        (0.8, 0.5, 0.5, 0.6, "not supported"),  # a slope, not a valley
        (0.7, 0.7, 0.7, 0.7, "not supported"),
        (0.2, 0.0, 0.2, 0.1, "invalid"),  # it does not read
    ],
)
def test_both_ends_must_beat_the_middle(
    first: float, middle: float, last: float, anywhere: float, expected: Outcome
) -> None:
    found = {"first": first, "middle": middle, "last": last, "anywhere": anywhere}
    values = {(f"accuracy_{name}", "place"): value for name, value in found.items()}
    assert outcome(MIDDLE, values | of("accuracy", unseen_shuffled=0.02)) == expected


def run(folder: Path, *, null: bool = False, seeds: int = 1, **values: Any) -> list[Event]:
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    units = EXPERIMENT.units(params, list(range(5, 5 + seeds)))
    return [event for unit in units for event in EXPERIMENT.run_unit(unit, context)]


def measures(events: list[Event]) -> Values:
    return {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}


def test_in_the_null_world_the_search_never_finds_the_passage_and_the_reader_is_the_same(tmp_path: Path) -> None:
    real, null = measures(run(tmp_path)), measures(run(tmp_path, null=True))
    assert [null[f"recall_at_{limit}", "search"] for limit in (1, 4, 8)] == [0.0, 0.0, 0.0]
    assert real["recall_at_8", "search"] > 0.9
    for arm in ("unseen-closed", "changed-closed", "known-closed"):
        assert null["accuracy", arm] == real["accuracy", arm]
    readers = [path.parent for path in tmp_path.glob(f"*/{RECIPE_FILE}")]
    assert len(readers) == len({path.name for path in readers}) <= 6  # the stages of one training


def test_a_width_that_heads_cannot_share_is_refused() -> None:
    with pytest.raises(BadParam, match="multiple of 8"):
        EXPERIMENT.units(make_params(Params, {"width": 20}), [1])


def test_every_question_is_asked_in_every_way(tmp_path: Path) -> None:
    found = measures(run(tmp_path))
    for group in ("unseen", "changed", "contested", "known"):
        for way in ("closed", "retrieved", "shuffled", "oracle"):
            parts = [found[name, f"{group}-{way}"] for name in ("accuracy", "stale", "unknown")]
            assert all(0 <= part <= 1 for part in parts)
            assert sum(parts) <= 1 + 1e-9
    assert ("stale", "changed-outdated") in found
    assert found["stale", "unseen-retrieved"] == found["stale", "known-retrieved"] == 0.0


def test_charts_grow_and_tables_come_from_the_first_replicate_alone(tmp_path: Path) -> None:
    events = run(tmp_path, seeds=2)
    charts = {event.chart for event in events if isinstance(event, Point)}
    assert charts == {"training", "retrieved", "distractors", "place"}
    assert {event.x for event in events if isinstance(event, Point) and event.chart == "place"} == set(
        range(1, MOST + 1)
    )
    tables = [event for event in events if isinstance(event, Table)]
    assert len({table.title["en"] for table in tables}) == len(tables) == 2
    assert any(folder.name in table.title["en"] for table in tables for folder in tmp_path.iterdir())
    (figure,) = (event for event in events if isinstance(event, Figure))
    for place in range(len(figure.plotly["data"][0]["x"])):
        assert sum(bar["x"][place] for bar in figure.plotly["data"]) == pytest.approx(1.0, abs=0.01)


def test_samples_show_the_passages_and_the_chance(tmp_path: Path) -> None:
    samples = [event for event in run(tmp_path, limit=3) if isinstance(event, Sample)]
    closed = [sample for sample in samples if sample.arm == "unseen-closed"]
    retrieved = [sample for sample in samples if sample.arm == "unseen-retrieved"]
    assert closed and all("\n" not in sample.prompt for sample in closed)
    assert retrieved and all(sample.prompt.count("\n") <= 3 for sample in retrieved)
    assert all(sample.text.endswith("%") for sample in samples)
