"""attention-maps: what decides its claims, and what it draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Figure, Outcome, Table
from core.experiment import Context
from core.experiments.build.attention_maps import EXPERIMENT, SHOWN_TOKENS, Params
from core.params import BadParam, make_params

INDUCTION, PREVIOUS = EXPERIMENT.claims


def found(*, repeated: float, shuffled: float, one_back: float, two_back: float) -> list[Measures]:
    """Five replicates that differ a little."""
    return [
        Measures(
            {
                ("induction", "repeated"): repeated + nudge,
                ("induction", "shuffled"): shuffled,
                ("position", "one-back"): one_back + nudge,
                ("position", "two-back"): two_back,
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
    measures = found(repeated=repeated, shuffled=shuffled, one_back=0.6, two_back=0.1)
    assert decide(INDUCTION, measures).outcome == outcome


@pytest.mark.parametrize(
    ("one_back", "two_back", "outcome"),
    [(0.7, 0.1, "supported"), (0.3, 0.1, "not supported"), (0.55, 0.5, "invalid")],
)
def test_a_previous_token_head_must_tell_one_back_from_two(one_back: float, two_back: float, outcome: Outcome) -> None:
    measures = found(repeated=0.5, shuffled=0.02, one_back=one_back, two_back=two_back)
    assert decide(PREVIOUS, measures).outcome == outcome


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
    assert set(figures) == {"heads", "induction", "previous"}
    table = next(event for event in said if isinstance(event, Table))
    assert len(figures["heads"].plotly["data"]) == len(table.rows)
    large = figures["induction"].plotly["data"][0]["z"]
    assert len(large) == SHOWN_TOKENS + 1
    for row in large:
        assert sum(value for value in row if value is not None) == pytest.approx(1, abs=0.05)


def test_tokens_in_the_figures_are_escaped(said: list[Event]) -> None:
    shown = str([event.plotly for event in said if isinstance(event, Figure)])
    assert "&lt;" in shown
    assert "<b" not in shown and "</b" not in shown


def test_a_sequence_that_does_not_fit_into_the_context_is_refused(tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "length": 500})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path))
    with pytest.raises(ValueError, match="1001 tokens are longer than the model's context"):
        list(EXPERIMENT.run_unit(EXPERIMENT.units(params, [3])[0], context))
