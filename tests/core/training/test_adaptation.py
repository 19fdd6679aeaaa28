"""Adapting a model: what is looked at, what is kept, what it costs."""

from __future__ import annotations

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training import adaptation


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=2))


def counting(tokens: int) -> torch.Tensor:
    """A text that is easy to learn."""
    return torch.arange(tokens) % 10


def losses(model: GPT, *, rate: float = 1e-2, steps: int = 12, looks: int = 3) -> list[tuple[int, float]]:
    steps_and_losses = adaptation.adapt(
        model, counting(200), counting(60), rate=rate, steps=steps, batch=4, time=16, seed=1, looks=looks, device="cpu"
    )
    return list(steps_and_losses)


def test_it_looks_before_the_first_step_on_the_way_and_at_the_end(model: GPT) -> None:
    found = losses(model)
    assert [step for step, _ in found] == [0, 4, 8, 12]
    assert found[-1][1] < found[0][1] - 0.5


def test_a_training_that_diverges_ends_early_with_what_it_had(model: GPT) -> None:
    assert losses(model, rate=1e30)[0][0] == 0
    assert losses(model, rate=1e30)[-1][0] < 12


def test_a_snapshot_brings_the_best_moment_back(model: GPT) -> None:
    ids = counting(60)
    before, kept = adaptation.loss(model, ids, time=16), adaptation.snapshot(model)
    losses(model)
    assert adaptation.loss(model, ids, time=16) < before
    adaptation.restore(model, kept)
    assert adaptation.loss(model, ids, time=16) == before


def test_only_what_trains_counts(model: GPT) -> None:
    model.requires_grad_(False)
    head = model.model.norm.weight.requires_grad_(True)
    assert list(adaptation.trainable(model)) == ["model.norm.weight"]
    assert adaptation.moment_bytes(model) == 2 * 4 * head.numel()


def test_what_is_saved_are_the_weights(model: GPT) -> None:
    weights = 4 * model.num_parameters()
    assert weights <= adaptation.saved_bytes(model) < weights + 20_000
