"""The shared decision: right as often as it says, and never more certain than the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import stats

from core.claim import Claim, Control, Measures, MissingMeasure, Reported
from core.decision import decide, interval
from core.events import Verdict
from core.language import Text


def make_claim(
    *,
    margin: float = 0.2,
    control: Control | None = None,
    contrast: Callable[[Measures], float] = lambda found: found["score", "b"] - found["score", "a"],
) -> Claim:
    return Claim(
        id="b-above-a",
        sentence=Text("b is above a"),
        paper="1706.03762",
        reported=Reported(number=Text("1"), model="m", data="d", checked=True),
        contrast=contrast,
        contrast_text=Text("b minus a"),
        margin=margin,
        unit=Text("points"),
        replicate=Text("training seed"),
        control=control,
        null_world=Text("b gets nothing"),
    )


def replicates(contrasts: Sequence[float], **more: Sequence[float]) -> list[Measures]:
    """Replicates in which b is above a by these amounts; `more` are further measures of arm a."""
    return [
        Measures(
            {("score", "a"): 1.0, ("score", "b"): 1.0 + contrast}
            | {(name, "a"): values[place] for name, values in more.items()}
        )
        for place, contrast in enumerate(contrasts)
    ]


def outcome(contrasts: Sequence[float], *, margin: float = 0.2) -> Verdict:
    return decide(make_claim(margin=margin), replicates(contrasts))


def test_the_interval_of_five_replicates_covers_the_truth_95_times_in_100() -> None:
    generator = np.random.default_rng(20260118)
    worlds = 4000
    covered = 0
    for values in generator.normal(loc=0.7, scale=1.3, size=(worlds, 5)):
        _, low, high = interval(values.tolist())
        covered += low <= 0.7 <= high
    # Three standard errors of a share of .95 among 4,000 are .0103.
    assert covered / worlds == pytest.approx(0.95, abs=0.0103)


def test_a_true_contrast_at_the_margin_is_called_supported_at_most_1_time_in_40() -> None:
    generator = np.random.default_rng(3)
    worlds = 2000
    called = sum(
        outcome(values.tolist()).outcome == "supported"
        for values in generator.normal(loc=0.2, scale=1.0, size=(worlds, 5))
    )
    assert called / worlds <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / worlds)


def test_the_interval_is_that_of_student() -> None:
    values = [0.3, 0.9, 0.4, 1.4, 0.1]
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert interval(values) == pytest.approx((np.mean(values), low, high), rel=1e-12)


def test_an_interval_needs_two_values() -> None:
    with pytest.raises(ValueError, match="at least two"):
        interval([1.0])


def test_measures_that_agree_above_the_margin_support_the_claim() -> None:
    found = outcome([1.0, 1.1, 0.9, 1.05, 0.95])
    assert (found.outcome, found.n, found.contrast) == ("supported", 5, pytest.approx(1.0))
    assert found.low is not None
    assert found.low > 0.2


def test_measures_that_contradict_the_claim_do_not_support_it() -> None:
    assert outcome([-1.0, -1.1, -0.9, -1.05, -0.95]).outcome == "not supported"


def test_wide_noise_is_too_small_to_tell() -> None:
    assert outcome([3.0, -2.0, 1.0, -1.5, 2.5]).outcome == "too small to tell"


def test_a_tight_effect_of_zero_against_a_positive_margin_is_not_supported() -> None:
    assert outcome([0.001, -0.001, 0.0, 0.002, -0.002]).outcome == "not supported"
    assert outcome([0.0] * 5).outcome == "not supported"


def test_an_interval_that_touches_the_margin_decides_nothing() -> None:
    assert outcome([0.5] * 5, margin=0.5).outcome == "too small to tell"


def test_a_control_that_does_not_hold_makes_the_verdict_invalid() -> None:
    control = Control(sentence=Text("a learns"), contrast=lambda found: found["learned", "a"], margin=0.5)
    claim = make_claim(control=control)
    strong = [1.0, 1.1, 0.9, 1.05, 0.95]
    held = decide(claim, replicates(strong, learned=[0.9, 0.91, 0.92, 0.9, 0.89]))
    assert (held.outcome, held.control["held"]) == ("supported", True)
    failed = decide(claim, replicates(strong, learned=[0.1, 0.11, 0.12, 0.1, 0.09]))
    assert (failed.outcome, failed.control["held"]) == ("invalid", False)
    unsure = decide(claim, replicates(strong, learned=[0.9, 0.1, 0.9, 0.1, 0.9]))
    assert unsure.outcome == "invalid"


def test_replicates_without_a_measure_are_left_out_and_named() -> None:
    found = replicates([1.0, 1.1, 0.9, 1.05, 0.95])
    found[1] = Measures({("score", "a"): 1.0})
    found[3] = Measures({("score", "a"): 1.0})
    verdict = decide(make_claim(), found)
    assert (verdict.outcome, verdict.n) == ("supported", 3)
    assert verdict.reason["en"].endswith("Left out replicates 1, 3: score of arm b was not measured.")
    assert "1, 3" in verdict.reason["ko"]


def test_a_replicate_is_named_by_its_own_number() -> None:
    found = [*replicates([1.0, 1.1]), Measures({}, replicate=7)]
    assert "Left out replicate 7:" in decide(make_claim(), found).reason["en"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_left_out_and_said_so(value: float) -> None:
    verdict = decide(make_claim(), replicates([1.0, 1.1, value]))
    assert (verdict.n, verdict.contrast) == (2, pytest.approx(1.05))
    assert "Left out replicate 2: a number is not finite" in verdict.reason["en"]


@pytest.mark.parametrize("found", [[], [1.0]])
def test_fewer_than_two_usable_replicates_are_too_small_to_tell(found: list[float]) -> None:
    verdict = decide(make_claim(), replicates(found))
    assert (verdict.outcome, verdict.n, verdict.low, verdict.high) == ("too small to tell", len(found), None, None)


@pytest.mark.parametrize(
    "contrast", [lambda found: 1.0 / found["zero", "a"], lambda found: math.log(found["zero", "a"])]
)
def test_a_contrast_that_cannot_be_computed_leaves_its_replicate_out(contrast: Callable[[Measures], float]) -> None:
    verdict = decide(make_claim(contrast=contrast), replicates([1.0, 1.0, 1.0], zero=[0.0, 2.0, 2.0]))
    assert verdict.n == 2
    assert "Left out replicate 0: its contrast cannot be computed" in verdict.reason["en"]


def test_a_verdict_carries_where_it_comes_from() -> None:
    verdict = decide(
        make_claim(),
        replicates([1.0, 1.1]),
        skipped={"nf4": "needs CUDA"},
        null=True,
        device="cpu",
        versions={"torch": "2"},
        commit="abc+dirty",
    )
    assert (verdict.skipped, verdict.null, verdict.device) == ({"nf4": "needs CUDA"}, True, "cpu")
    assert (verdict.versions, verdict.commit) == ({"torch": "2"}, "abc+dirty")


def test_a_missing_measure_says_which_one() -> None:
    with pytest.raises(MissingMeasure) as caught:
        Measures({})["loss", "lora"]
    assert str(caught.value) == "loss of arm lora was not measured"
