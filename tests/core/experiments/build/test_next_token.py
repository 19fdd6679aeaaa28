"""next-token: what decides its claims, that replicates share no document, and what it shows of one's own text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Figure, Measure, Outcome, Point, Sample, Strip, Table
from core.experiment import Context, Unit
from core.experiments.build.next_token import EXPERIMENT, TEMPERATURES, TRAINED, Params, _documents
from core.params import BadParam, make_params

CALIBRATED, ELSEWHERE = EXPERIMENT.claims


def found(
    *,
    error: float = 0.01,
    likely: float = 0.01,
    spread: float = 0.25,
    cold: float = 0.3,
    home: float = 0.0,
    away: float = 0.2,
    accuracy: float = 0.2,
) -> list[Measures]:
    """Five replicates that differ a little; at home the best guess is right in 45 % of cases."""
    return [
        Measures(
            {
                ("error", "prose"): error / 2,
                ("error", "code"): error + nudge,
                ("error_likely", "prose"): likely,
                ("error_likely", "code"): likely / 2,
                ("spread", "prose"): spread,
                ("spread", "code"): 0.3,
                ("error", "cold"): cold,
                ("overconfidence", "prose"): home + nudge,
                ("overconfidence", "code"): home,
                ("overconfidence", "abstracts"): away,
                ("accuracy", "prose"): 0.4,
                ("accuracy", "code"): 0.5,
                ("accuracy", "abstracts"): accuracy,
            }
        )
        for nudge in (-0.002, -0.001, 0.0, 0.001, 0.002)
    ]


@pytest.mark.parametrize(
    ("error", "likely", "spread", "cold", "outcome"),
    [
        (0.01, 0.01, 0.25, 0.3, "supported"),
        (0.06, 0.01, 0.25, 0.3, "not supported"),
        (0.01, 0.06, 0.25, 0.3, "not supported"),  # the best guesses alone are not enough
        (0.0, 0.0, 0.0, 0.3, "not supported"),  # the same for every token: calibrated, and worthless
        (0.03, 0.01, 0.25, 0.3, "too small to tell"),
        (0.01, 0.01, 0.25, 0.02, "invalid"),  # a measure that does not notice a model that is too sure
    ],
)
def test_it_is_calibrated_only_where_its_probabilities_are_spread_and_come_true(
    error: float, likely: float, spread: float, cold: float, outcome: Outcome
) -> None:
    measures = found(error=error, likely=likely, spread=spread, cold=cold)
    assert decide(CALIBRATED, measures).outcome == outcome


@pytest.mark.parametrize(
    ("home", "away", "accuracy", "outcome"),
    [
        (0.0, 0.2, 0.2, "supported"),
        (0.0, 0.0, 0.2, "not supported"),
        (0.2, 0.2, 0.2, "not supported"),  # it is over-confident everywhere
        (-0.2, 0.0, 0.2, "not supported"),  # less modest than at home, but not over-confident
        (0.0, 0.2, 0.45, "invalid"),  # no harder than at home: the text is of no other kind
    ],
)
def test_over_confidence_must_be_of_the_other_text(home: float, away: float, accuracy: float, outcome: Outcome) -> None:
    assert decide(ELSEWHERE, found(home=home, away=away, accuracy=accuracy)).outcome == outcome


def planned(seeds: list[int]) -> list[Unit]:
    return EXPERIMENT.units(make_params(Params, EXPERIMENT.tiny), seeds)


@pytest.mark.parametrize("kind", [*TRAINED, "abstracts", "korean"])
def test_no_two_replicates_read_the_same_document(kind: str) -> None:
    read = [set(_documents(unit, kind, null=False)) for unit in planned([5, 6, 7])]
    assert all(read)
    assert len(set.union(*read)) == sum(map(len, read))
    again = [set(_documents(unit, kind, null=False)) for unit in planned([8, 6, 7])]
    assert read != again  # another seed deals anew


def test_in_the_null_world_nothing_is_of_another_kind() -> None:
    first, second = planned([5, 6])
    elsewhere = set(_documents(first, "abstracts", null=True))
    at_home = {text for kind in TRAINED for text in _documents(second, kind, null=True)}
    assert elsewhere == at_home
    assert elsewhere.isdisjoint(_documents(first, "prose", null=True))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The first replicate, with a text of one's own."""
    params = make_params(Params, {**EXPERIMENT.tiny, "text": "def <b>add</b>(a, b):\n    return a + b\n" * 30})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path_factory.mktemp("cache")))
    return list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3, 4])[0], context))


def test_ones_own_text_stands_beside_the_others(said: list[Event]) -> None:
    kinds = {*TRAINED, "abstracts", "korean", "own"}
    by_kind, by_temperature = (event for event in said if isinstance(event, Table))
    assert len(by_kind.rows) == len(by_temperature.rows) == len(kinds)
    assert all(len(row) == len(by_kind.columns) for row in by_kind.rows)
    assert len(by_temperature.columns) == 1 + len(TEMPERATURES)
    figures = {event.name for event in said if isinstance(event, Figure)}
    assert figures == {f"reliability-{kind}" for kind in kinds}
    assert {event.arm for event in said if isinstance(event, Sample)} == kinds
    measured = {event.arm for event in said if isinstance(event, Measure) and event.name == "perplexity"}
    assert measured == kinds


def test_a_text_that_repeats_itself_surprises_less_at_its_end(said: list[Event]) -> None:
    strip = next(event for event in said if isinstance(event, Strip))
    assert "".join(strip.tokens).startswith("def <b>add</b>(a, b):")
    assert len(strip.tokens) == len(strip.values)
    bits = [value for value in strip.values if value is not None]
    assert len(bits) == len(strip.values)  # the token that begins a document stands before the first
    assert sum(bits[-40:]) < sum(bits[:40]) / 2


def test_what_the_points_end_at_is_what_is_measured(said: list[Event]) -> None:
    for kind in TRAINED:
        last = [event for event in said if isinstance(event, Point) and event.arm == kind and event.chart == "main"][-1]
        measure = next(
            event for event in said if isinstance(event, Measure) and (event.name, event.arm) == ("error", kind)
        )
        assert last.y == measure.value


def test_a_model_of_ones_own_is_measured_too(own_model: Callable[..., str], tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "model": own_model()})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path / "cache"))
    events = list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))
    measured = {event.arm: event.value for event in events if isinstance(event, Measure) and event.name == "perplexity"}
    assert measured.keys() == {*TRAINED, "abstracts", "korean", "own"}
    assert all(value > 100 for value in measured.values())  # untrained: it hesitates between nearly all letters
    strip = next(event for event in events if isinstance(event, Strip))
    assert strip.values[0] is None  # nothing stands before the first letter
    assert len(strip.values) == len(strip.tokens)


def test_a_model_that_sees_both_sides_is_refused(own_model: Callable[..., str], tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "model": own_model(causal=False)})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path / "cache"))
    with pytest.raises(BadParam, match="both sides"):
        list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))
