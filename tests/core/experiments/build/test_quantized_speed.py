"""quantized-speed: what decides its claims, and that its shapes are the sizes that they are called."""

from __future__ import annotations

import pytest

from core.claim import Measures
from core.decision import decide
from core.events import Outcome
from core.experiments.build.quantized_speed import EXPERIMENT, Params
from core.gpt.formats import SHAPES
from core.params import BadParam, make_params

QUALITY, SPEED, OUTLIERS = EXPERIMENT.claims


def found(
    *, rise: float = 0.001, saved: float = 0.74, damage: float = 0.5, int4: float = 100.0, again: float = 50.0
) -> list[Measures]:
    """Five replicates; fp32 writes 50 tokens a second and bf16 60."""
    return [
        Measures(
            {
                ("perplexity", "fp32"): 20.0,
                ("perplexity", "int8"): 20.0 * (1 + rise),
                ("perplexity", "ternary"): 20.0 * (1 + damage + nudge),
                ("weight_bytes", "fp32"): 4000,
                ("weight_bytes", "int8"): 4000 * (1 - saved),
                ("tokens_per_second", "fp32"): 50.0,
                ("tokens_per_second", "fp32-again"): again + nudge,
                ("tokens_per_second", "bf16"): 60.0,
                ("tokens_per_second", "int4"): int4 + nudge,
            }
        )
        for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)
    ]


@pytest.mark.parametrize(
    ("rise", "saved", "damage", "outcome"),
    [
        (0.001, 0.74, 0.5, "supported"),
        (0.02, 0.74, 0.5, "not supported"),
        (0.001, 0.3, 0.5, "not supported"),
        (0.001, 0.74, 0.0, "invalid"),  # a measure that notices no damage shows nothing
    ],
)
def test_int8_must_save_bytes_and_keep_the_perplexity(
    rise: float, saved: float, damage: float, outcome: Outcome
) -> None:
    assert decide(QUALITY, found(rise=rise, saved=saved, damage=damage)).outcome == outcome


@pytest.mark.parametrize(
    ("int4", "again", "outcome"),
    [
        (100.0, 50.0, "supported"),
        (62.0, 50.0, "not supported"),  # faster than fp32, but hardly than bf16
        (100.0, 30.0, "invalid"),  # the same arm twice is not the same
    ],
)
def test_int4_must_beat_the_faster_of_the_formats_that_are_not_quantized(
    int4: float, again: float, outcome: Outcome
) -> None:
    assert decide(SPEED, found(int4=int4, again=again)).outcome == outcome


@pytest.mark.parametrize(
    ("absmax", "apart", "planted", "outcome"),
    [
        (30.0, 20.1, 20.0, "supported"),
        (20.2, 20.1, 20.0, "not supported"),
        (30.0, 30.0, 20.0, "not supported"),  # to keep them apart helps nothing
        (30.0, 20.1, 21.0, "invalid"),  # what was planted did harm by itself
    ],
)
def test_outliers_must_cost_more_than_outliers_kept_apart(
    absmax: float, apart: float, planted: float, outcome: Outcome
) -> None:
    measures = [
        Measures(
            {
                ("perplexity", "fp32"): 20.0,
                ("perplexity", "outliers"): planted,
                ("perplexity", "outliers-absmax"): absmax + nudge,
                ("perplexity", "outliers-apart"): apart,
            }
        )
        for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)
    ]
    assert decide(OUTLIERS, measures).outcome == outcome


def test_an_arm_that_was_skipped_leaves_its_claim_undecided() -> None:
    measures = [Measures({key: value for key, value in one.items() if key[1] != "int4"}) for one in found()]
    verdict = decide(SPEED, measures, skipped={"int4": "no kernel"})
    assert verdict.outcome == "too small to tell"
    assert verdict.skipped == {"int4": "no kernel"}


def test_a_run_without_a_size_is_refused() -> None:
    with pytest.raises(BadParam, match="sizes"):
        EXPERIMENT.units(make_params(Params, {"sizes": ()}), [1])


def test_a_run_that_writes_nothing_alone_is_refused() -> None:
    with pytest.raises(BadParam, match="batches: 1 is missing"):
        EXPERIMENT.units(make_params(Params, {"batches": (2, 4)}), [1])


@pytest.mark.parametrize("millions", SHAPES)
def test_a_shape_has_as_many_parameters_as_it_is_called(millions: int) -> None:
    import torch

    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    width, layers, heads = SHAPES[millions]
    with torch.device("meta"):
        model = GPT(GPTConfig(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads))
    assert model.num_parameters() / 1e6 == pytest.approx(millions, rel=0.12)
