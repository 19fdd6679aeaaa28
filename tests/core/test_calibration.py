"""Calibration: known errors are found, chance is taken off, and what hangs together is not counted as independent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calibration import LIKELY, best_temperature, floor, joined, predictions, reliability
from core.gpt.config import GPTConfig
from core.gpt.model import GPT

TEMPERATURES = (0.5, 1.0, 2.0)
SHAPE: dict[str, Any] = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16,
}  # fmt: skip


def drawn(tokens: int, *, seed: int, off: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Confidences, and outcomes that come true less often by `off`."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.2, 1.0, tokens)
    return confidence, (rng.random(tokens) < confidence - off).astype(float)


def test_a_calibrated_sampler_shows_no_error_once_chance_is_taken_off() -> None:
    errors, plain = [], []
    for seed in range(30):
        confidence, came = drawn(2000, seed=seed)
        found = reliability(confidence, came, groups=np.arange(2000), bins=15)
        plain.append(found.plain)
        gaps = (found.frequency - found.confidence) ** 2 - found.noise**2
        errors.append(np.average(gaps, weights=found.count))
    assert np.mean(plain) > 0.02  # chance alone makes it look miscalibrated
    # The square without chance is centred on zero.
    assert abs(np.mean(errors)) < 2.5 * np.std(errors) / np.sqrt(len(errors))


@pytest.mark.parametrize("off", [0.05, 0.15])
def test_a_known_error_is_found(off: float) -> None:
    confidence, came = drawn(60_000, seed=1, off=off)
    found = reliability(confidence, came, groups=np.arange(60_000), bins=15)
    assert found.error == pytest.approx(off, abs=0.01)
    assert found.overconfidence == pytest.approx(off, abs=0.01)
    assert found.plain == pytest.approx(off, abs=0.01)


def test_errors_that_cancel_in_the_mean_do_not_cancel_in_the_bins() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0, 1, 40_000)
    came = (rng.random(40_000) < 0.5).astype(float)  # sharp, and without meaning
    found = reliability(confidence, came, groups=np.arange(40_000), bins=20)
    assert abs(found.overconfidence) < 0.01
    assert found.error == pytest.approx(np.sqrt(1 / 12), abs=0.01)


def test_what_hangs_together_makes_more_noise() -> None:
    """Ten tokens of a window, all right or all wrong: as good as one."""
    rng = np.random.default_rng(3)
    confidence = np.full(5000, 0.5)
    groups = np.repeat(np.arange(500), 10)
    came = np.repeat((rng.random(500) < 0.5).astype(float), 10)
    apart = reliability(confidence, came, groups=np.arange(5000), bins=1)
    together = reliability(confidence, came, groups=groups, bins=1)
    assert together.noise[0] / apart.noise[0] == pytest.approx(np.sqrt(10), rel=0.02)


def test_the_floor_is_what_a_calibrated_model_would_show() -> None:
    confidence, came = drawn(3000, seed=4)
    shown = reliability(confidence, came, groups=np.arange(3000), bins=15).plain
    expected = floor(confidence, bins=15, seed=0)
    assert expected == pytest.approx(shown, abs=0.01)
    assert expected < floor(confidence[:300], bins=15, seed=0)
    assert expected == floor(confidence, bins=15, seed=0)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 3)), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_bins_hold_every_prediction_once_in_order(told: list[tuple[float, bool, int]], bins: int) -> None:
    confidence = np.array([value for value, _, _ in told])
    came = np.array([float(right) for _, right, _ in told])
    groups = np.array([group for _, _, group in told])
    found = reliability(confidence, came, groups=groups, bins=bins)
    assert found.count.sum() == len(told)
    assert found.count.max() - found.count.min() <= 1
    assert (np.diff(found.confidence) >= -1e-12).all()
    assert found.overconfidence == pytest.approx(confidence.mean() - came.mean(), abs=1e-9)
    assert abs(found.overconfidence) <= found.plain + 1e-9
    assert 0 <= found.error <= 1


def test_without_a_prediction_there_is_nothing_to_check() -> None:
    with pytest.raises(ValueError, match="no prediction"):
        reliability(np.array([]), np.array([]), groups=np.array([], dtype=int), bins=5)


@pytest.mark.parametrize(("nats", "best"), [((3.0, 2.0, 2.5), None), ((1.0, 2.0, 3.0), 0.5), ((3.0, 2.0, 1.0), 2.0)])
def test_the_best_temperature_lies_at_the_lowest_loss(nats: tuple[float, ...], best: float | None) -> None:
    found = best_temperature(TEMPERATURES, nats)
    if best is None:
        assert 1.0 < found < 2.0
    else:
        assert found == best


def test_a_parabola_finds_its_own_lowest_point() -> None:
    temperatures = (0.5, 0.8, 1.0, 1.3, 2.0)
    nats = [(np.log(value) - np.log(1.1)) ** 2 + 3 for value in temperatures]
    assert best_temperature(temperatures, nats) == pytest.approx(1.1)


@pytest.fixture(scope="module")
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=40, initializer_range=0.5, **SHAPE)).eval()


def test_predictions_are_what_the_model_says(model: GPT) -> None:
    torch.manual_seed(1)
    windows = [torch.randint(40, (8,)) for _ in range(3)] + [torch.randint(40, (5,))]
    said = joined(list(predictions(model, windows, temperatures=TEMPERATURES)))
    assert len(said.target) == 3 * 7 + 4
    assert said.window.tolist() == [0] * 7 + [1] * 7 + [2] * 7 + [3] * 4
    with torch.no_grad():
        logits = model(input_ids=windows[3].unsqueeze(0)).logits[0, :-1]
    for place, temperature in enumerate(TEMPERATURES):
        chances = (logits / temperature).softmax(-1).double()
        np.testing.assert_allclose(said.confidence[place, -4:], chances.max(-1).values, rtol=1e-4)
        came = chances.gather(-1, windows[3][1:, None])[:, 0]
        np.testing.assert_allclose(said.surprisal[place, -4:], -came.log(), rtol=1e-4, atol=1e-5)
    own = logits.softmax(-1).double()
    np.testing.assert_allclose(said.entropy[-4:], -(own * own.log()).sum(-1), rtol=1e-4)
    np.testing.assert_array_equal(said.guess[-4:], logits.argmax(-1))
    last = said.at == len(said.target) - 1
    assert said.token[last].tolist() == (own[-1] >= LIKELY).nonzero()[:, 0].tolist()


def test_likely_tokens_that_come_as_often_as_said_show_no_error(model: GPT) -> None:
    """Windows drawn from the model itself: it cannot be more right than that."""
    torch.manual_seed(2)
    rows = torch.randint(40, (400, 1))
    with torch.no_grad():
        while rows.shape[1] < 16:
            chances = model(input_ids=rows, use_cache=False).logits[:, -1].softmax(-1)
            rows = torch.cat([rows, torch.multinomial(chances, 1)], dim=1)
    own = joined(list(predictions(model, rows, temperatures=TEMPERATURES)))
    moved = joined(list(predictions(model, rows, temperatures=TEMPERATURES, elsewhere=7)))
    assert own.likely_error(bins=10) < 0.02 < moved.likely_error(bins=10)
    assert own.guesses(bins=10, temperature=1).error < 0.02 < own.guesses(bins=10, temperature=0).error


def test_a_model_that_finds_nothing_likely_is_wrong_of_nothing() -> None:
    torch.manual_seed(0)
    flat = GPT(GPTConfig(vocab_size=500, **SHAPE)).eval()
    said = joined(list(predictions(flat, [torch.arange(8)], temperatures=TEMPERATURES)))
    assert len(said.token) == 0
    assert said.likely_error(bins=5) == 0


def test_elsewhere_is_as_sharp_and_holds_the_same_tokens(model: GPT) -> None:
    torch.manual_seed(1)
    windows = [torch.randint(40, (16,)) for _ in range(8)]
    own = joined(list(predictions(model, windows, temperatures=TEMPERATURES)))
    moved = joined(list(predictions(model, windows, temperatures=TEMPERATURES, elsewhere=7)))
    np.testing.assert_array_equal(own.confidence, moved.confidence)
    assert sorted(own.target) == sorted(moved.target)
    assert (own.target != moved.target).any()


def test_batches_do_not_change_what_is_said(model: GPT, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.manual_seed(1)
    windows = [torch.randint(40, (8,)) for _ in range(6)]
    whole = list(predictions(model, windows, temperatures=TEMPERATURES))
    monkeypatch.setattr("core.calibration._LOGITS", 8 * 40 * 2)
    parts = list(predictions(model, windows, temperatures=TEMPERATURES))
    assert (len(whole), len(parts)) == (1, 3)
    np.testing.assert_allclose(joined(parts).surprisal, whole[0].surprisal, rtol=1e-5)
    np.testing.assert_array_equal(joined(parts).window, whole[0].window)
    np.testing.assert_array_equal(joined(parts).at, whole[0].at)
