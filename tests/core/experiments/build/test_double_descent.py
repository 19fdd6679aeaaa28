"""double-descent: what decides its claims, and what the null world switches off."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Figure, Measure, Outcome, Table
from core.experiment import Context
from core.experiments.build.double_descent import EXPERIMENT, RATIOS, WIDTHS, Params, threshold
from core.params import make_params

PEAK, WIDTH, EPOCHS, SUPERPOSITION = EXPERIMENT.claims
NUDGES = (0.95, 0.98, 1.0, 1.02, 1.05)


def features(peak_at: float, nudge: float, *, survives: float = 1.0) -> Measures:
    """A test error of 0.5 with a peak of 10; `survives` is the height that both controls leave of it."""
    values = {}
    for arm, height in (("noisy", 10.0 * nudge), ("clean", survives), ("ridge", survives)):
        for ratio in RATIOS:
            values[f"test_error:{ratio:g}", arm] = height if ratio == peak_at else 0.5
    return Measures(values)


@pytest.mark.parametrize(
    ("peak_at", "survives", "outcome"),
    [
        (1.0, 1.0, "supported"),
        (2.0, 0.1, "not supported"),  # a peak away from as many features as rows
        (0.5, 0.1, "not supported"),
        (1.0, 9.0, "invalid"),  # a peak that ridge and clean targets do not lower is another one
    ],
)
def test_the_peak_must_stand_at_as_many_features_as_rows(peak_at: float, survives: float, outcome: Outcome) -> None:
    found = [features(peak_at, nudge, survives=survives) for nudge in NUDGES]
    if outcome == "not supported":  # its controls hold: the error at the threshold is large for another reason
        found = [Measures({**dict(item), ("test_error:1", "noisy"): 2.0}) for item in found]
    assert decide(PEAK, found).outcome == outcome


def networks(nudge: float, *, peak: int, fits_from: int | None = 8, clean: float = 1.2) -> Measures:
    values = {}
    for arm, height in (("network", 5.0 * nudge), ("clean-network", clean)):
        for width in WIDTHS:
            fits = fits_from is not None and width >= fits_from
            values[f"train_label_error:{width}", arm] = 0.0 if fits else 0.1
            values[f"test_loss:{width}", arm] = height if width == peak else 1.0
    return Measures(values)


@pytest.mark.parametrize(
    ("peak", "fits_from", "clean", "outcome"),
    [
        (8, 8, 1.2, "supported"),
        (10, 8, 1.2, "supported"),
        (48, 8, 1.2, "invalid"),  # the peak is elsewhere, and clean labels do no better at the threshold
        (8, None, 1.2, "invalid"),  # nothing is fitted, so there is no threshold
        (8, 8, 6.0, "invalid"),  # not the noise
    ],
)
def test_networks_must_peak_where_they_first_fit(
    peak: int, fits_from: int | None, clean: float, outcome: Outcome
) -> None:
    found = [networks(nudge, peak=peak, fits_from=fits_from, clean=clean) for nudge in NUDGES]
    assert decide(WIDTH, found).outcome == outcome


def test_the_threshold_is_the_narrowest_that_fits_everything() -> None:
    assert threshold(networks(1.0, peak=8, fits_from=12)) == 12
    assert threshold(networks(1.0, peak=8, fits_from=None)) is None


@pytest.mark.parametrize(
    ("errors", "outcome"),
    [
        ((0.4, 0.2, 0.3, 0.2), "supported"),
        ((0.4, 0.2, 0.3, 0.3), "not supported"),  # it rises and stays
        ((0.4, 0.3, 0.2, 0.1), "not supported"),
    ],
)
def test_over_training_the_error_must_fall_twice(errors: tuple[float, ...], outcome: Outcome) -> None:
    found = [
        Measures(
            {(f"error_at_step:{10**place}", "network"): error * nudge for place, error in enumerate(errors)}
            | {(f"train_label_error:{WIDTHS[-1]}", "network"): 0.0}
        )
        for nudge in NUDGES
    ]
    assert decide(EPOCHS, found).outcome == outcome


@pytest.mark.parametrize(
    ("sparse", "dense", "outcome"), [(3.7, 1.0, "supported"), (1.0, 1.0, "not supported"), (3.7, 2.0, "invalid")]
)
def test_sparse_features_must_be_packed_and_dense_ones_not(sparse: float, dense: float, outcome: Outcome) -> None:
    found = [
        Measures(
            {
                ("features_a_dimension", "active-0.1"): sparse * nudge,
                ("features_a_dimension", "active-1"): dense * nudge,
            }
        )
        for nudge in NUDGES
    ]
    assert decide(SUPERPOSITION, found).outcome == outcome


def run(folder: Path, *, null: bool) -> tuple[Measures, set[str]]:
    params = make_params(Params, {"rows": 40, "steps": 400, "packing_steps": 150})
    (unit,) = EXPERIMENT.units(params, [5])
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    events = list(EXPERIMENT.run_unit(unit, context))
    values = {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}
    drawn = {event.name for event in events if isinstance(event, Figure)}
    assert any(isinstance(event, Table) for event in events)
    return Measures(values), drawn


def test_a_small_run_peaks_and_packs_and_the_null_world_does_neither(tmp_path: Path) -> None:
    real, drawn = run(tmp_path, null=False)
    null, _drawn = run(tmp_path, null=True)
    assert drawn == {"features", "overlaps"}
    assert PEAK.contrast(real) > PEAK.margin
    assert PEAK.contrast(null) < 0
    assert SUPERPOSITION.contrast(real) > SUPERPOSITION.margin
    assert SUPERPOSITION.contrast(null) == pytest.approx(0, abs=0.2)
    assert real[f"train_label_error:{WIDTHS[-1]}", "network"] == 0
    assert null[f"train_label_error:{WIDTHS[-1]}", "network"] > 0
    assert threshold(null) is None
