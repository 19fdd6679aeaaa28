"""attention-maps: what decides its claims, and what it draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Figure, Measure, Outcome, Strip, Table
from core.experiment import Context
from core.experiments.build.attention_maps import EXPERIMENT, Params
from core.head_report import SHOWN_TOKENS
from core.params import BadParam, make_params

INDUCTION, PREVIOUS, SINK = EXPERIMENT.claims
MakeModel = Callable[..., str]


def found(
    *,
    repeated: float = 0.5,
    shuffled: float = 0.02,
    one_back: float = 0.6,
    two_back: float = 0.1,
    in_front: float = 0.3,
    elsewhere: float = 0.02,
) -> list[Measures]:
    """Five replicates that differ a little."""
    return [
        Measures(
            {
                ("induction", "repeated"): repeated + nudge,
                ("induction", "shuffled"): shuffled,
                ("position", "one-back"): one_back + nudge,
                ("position", "two-back"): two_back,
                ("sink", "in-front"): in_front + nudge,
                ("sink", "elsewhere"): elsewhere,
            }
        )
        for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)
    ]


@pytest.mark.parametrize(
    ("repeated", "shuffled", "outcome"),
    [
        (0.6, 0.03, "supported"),
        (0.05, 0.03, "not supported"),
        (0.6, 0.5, "invalid"),  # the head looks at a place, repetition or not
    ],
)
def test_an_induction_head_must_lose_its_score_without_the_repetition(
    repeated: float, shuffled: float, outcome: Outcome
) -> None:
    assert decide(INDUCTION, found(repeated=repeated, shuffled=shuffled)).outcome == outcome


@pytest.mark.parametrize(
    ("one_back", "two_back", "outcome"),
    [(0.7, 0.1, "supported"), (0.3, 0.1, "not supported"), (0.55, 0.5, "invalid")],
)
def test_a_previous_token_head_must_tell_one_back_from_two(one_back: float, two_back: float, outcome: Outcome) -> None:
    assert decide(PREVIOUS, found(one_back=one_back, two_back=two_back)).outcome == outcome


@pytest.mark.parametrize(
    ("in_front", "elsewhere", "outcome"),
    [
        (0.3, 0.02, "supported"),
        (0.05, 0.02, "not supported"),
        (0.11, 0.09, "not supported"),  # much, but hardly more than elsewhere
        (0.5, 0.3, "invalid"),  # it is the token that draws attention, not its place
    ],
)
def test_a_sink_must_come_of_the_place_and_not_of_the_token(
    in_front: float, elsewhere: float, outcome: Outcome
) -> None:
    assert decide(SINK, found(in_front=in_front, elsewhere=elsewhere)).outcome == outcome


def test_an_empty_prompt_is_refused_before_the_run() -> None:
    with pytest.raises(BadParam, match="prompt"):
        EXPERIMENT.units(make_params(Params, {"prompt": " \n"}), [1])


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The first replicate on a long hostile prompt."""
    prompt = "<b onclick=alert(1)>one</b> & two " * 20
    params = make_params(Params, {**EXPERIMENT.tiny, "prompt": prompt})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path_factory.mktemp("cache")))
    return list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3, 4])[0], context))


def test_it_draws_all_heads_and_the_two_strongest(said: list[Event]) -> None:
    figures = {event.name: event for event in said if isinstance(event, Figure)}
    assert {"heads", "induction", "previous", "scores-induction"} <= set(figures)
    many, own = (event for event in said if isinstance(event, Table))
    assert len(figures["heads"].plotly["data"]) == len(many.rows) == len(own.rows)
    assert len(own.columns) == 7  # each kind on the text, and on the text shuffled
    large = figures["induction"].plotly["data"][0]["z"]
    assert len(large) == SHOWN_TOKENS + 1
    for row in large:
        assert sum(value for value in row if value is not None) == pytest.approx(1, abs=0.05)


def test_the_text_is_aligned_with_the_last_row_of_each_map(said: list[Event]) -> None:
    figures = {event.name: event for event in said if isinstance(event, Figure)}
    strips = [event for event in said if isinstance(event, Strip)]
    assert [strip.name for strip in strips] == ["induction", "previous"]
    for strip in strips:
        last = figures[strip.name].plotly["data"][0]["z"][-1]
        assert strip.values == pytest.approx(last, abs=1e-3)
        assert strip.chosen == [len(strip.tokens) - 1]


def test_what_a_sink_draws_is_a_share(said: list[Event]) -> None:
    sinks = {event.arm: event.value for event in said if isinstance(event, Measure) and event.name == "sink"}
    assert sinks.keys() == {"in-front", "elsewhere"}
    assert all(0 <= value <= 1 for value in sinks.values())


def test_tokens_in_the_figures_are_escaped(said: list[Event]) -> None:
    shown = str([event.plotly for event in said if isinstance(event, Figure)])
    assert "&lt;" in shown
    assert "<b" not in shown and "</b" not in shown


def test_a_sequence_that_does_not_fit_into_the_context_is_refused(tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "length": 500})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path))
    with pytest.raises(ValueError, match="1001 tokens are longer than the model's context"):
        list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))


def test_a_model_of_ones_own_without_special_tokens_is_read_too(own_model: MakeModel, tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "model": own_model()})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path / "cache"))
    events = list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))
    measured = {(event.name, event.arm) for event in events if isinstance(event, Measure)}
    assert {("induction", "repeated"), ("position", "one-back"), ("sink", "in-front")} <= measured
    assert any(isinstance(event, Figure) and event.name == "heads" for event in events)


def test_a_model_that_sees_both_sides_is_refused(own_model: MakeModel, tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "model": own_model(causal=False)})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path / "cache"))
    with pytest.raises(BadParam, match="both sides"):
        list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))
