"""Adapting a model: what is looked at, what is kept, what it costs, and whether the costs are real."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.gpt.adapters import attach
from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.reference import found_rates
from core.text.batches import random_batches
from core.training import adaptation
from core.training.rates import RateSearch


def make(width: int = 32, layers: int = 1, vocabulary: int = 40) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=2))


@pytest.fixture
def model() -> GPT:
    return make()


def counting(tokens: int) -> torch.Tensor:
    """A text that is easy to learn."""
    return torch.arange(tokens) % 10


def batches() -> Iterator[torch.Tensor]:
    return random_batches(counting(200), batch=4, time=16, seed=1)


def score(model: torch.nn.Module) -> float:
    return adaptation.loss(model, counting(60), time=16)


def losses(model: GPT, *, rate: float = 1e-2, steps: int = 12, looks: int = 3) -> list[tuple[int, float]]:
    return list(adaptation.adapt(model, batches(), score, rate=rate, steps=steps, seed=1, looks=looks, device="cpu"))


def trials(*rates: float, frozen: bool = False) -> adaptation.Trials:
    search = RateSearch(rates, extra=0)
    return adaptation.Trials(make, batches, score, rates=search, steps=12, looks=3, seed=1, device="cpu", frozen=frozen)


def test_it_looks_before_the_first_step_on_the_way_and_at_the_end(model: GPT) -> None:
    found = losses(model)
    assert [step for step, _ in found] == [0, 4, 8, 12]
    assert found[-1][1] < found[0][1] - 0.5


def test_a_training_that_diverges_ends_early_with_what_it_had(model: GPT) -> None:
    assert losses(model, rate=1e30)[0][0] == 0
    assert losses(model, rate=1e30)[-1][0] < 12


def test_the_best_moment_of_all_rates_is_kept_and_a_rate_that_ruins_the_model_loses() -> None:
    search = trials(1e-4, 1e-2, 1e3)
    looks = list(search)
    best = min(looks, key=lambda look: look.score if look.score == look.score else float("inf"))
    assert (search.best.rate, search.best.score, search.best.number) == (1e-2, best.score, 1)
    assert search.rates.best == 1e-2
    assert search.best.seconds > 0
    assert score(search.best_model()) == best.score


def test_frozen_trials_stay_what_they_were() -> None:
    search = trials(1e-2, frozen=True)
    assert [look.step for look in search] == [0]
    assert score(search.best_model()) == score(make())


def test_without_a_score_that_is_a_number_there_is_no_best() -> None:
    search = adaptation.Trials(make, batches, lambda _model: float("nan"), rates=RateSearch((1e-2,)), steps=2, looks=1,
                               seed=1, device="cpu")  # fmt: skip
    list(search)
    with pytest.raises(ValueError, match="not a number; check the model"):
        _ = search.best


def test_only_a_search_tries_the_whole_grid() -> None:
    rates, origin = adaptation.arm_rates("no-such-experiment", "lora", (1e-3, 1e-2, 1e-1), search=True)
    assert (list(rates.rates), origin.en) == ([1e-3, 1e-2, 1e-1], "searched")


def test_where_nothing_is_recorded_the_middle_of_the_grid_is_taken_and_it_says_so() -> None:
    rates, origin = adaptation.arm_rates("no-such-experiment", "lora", (1e-3, 1e-2, 1e-1), search=False)
    assert (list(rates.rates), rates.extra) == ([1e-2], 0)
    assert "none is recorded" in origin.en


def test_without_a_search_the_rate_that_standard_found_is_used() -> None:
    known = found_rates("lora-vs-full")
    if "full" not in known:
        pytest.skip("no standard run of lora-vs-full is recorded")
    rates, origin = adaptation.arm_rates("lora-vs-full", "full", (1e-6, 1e-5), search=False)
    assert (list(rates.rates), origin.en) == ([known["full"]], "found by preset standard")


def test_a_snapshot_brings_the_best_moment_back(model: GPT) -> None:
    before, kept = score(model), adaptation.snapshot(model)
    losses(model)
    assert score(model) < before
    adaptation.restore(model, kept)
    assert score(model) == before


def test_only_what_trains_counts(model: GPT) -> None:
    model.requires_grad_(False)
    head = model.model.norm.weight.requires_grad_(True)
    assert list(adaptation.trainable(model)) == ["model.norm.weight"]
    assert adaptation.trainable_count(model) == head.numel()
    memory = adaptation.expected_memory(model, {"input_ids": counting(16)[None], "labels": counting(16)[None]})
    assert (memory.gradients, memory.moments) == (4 * head.numel(), 8 * head.numel())


def test_activations_grow_with_the_batch_and_count_the_logits(model: GPT) -> None:
    one, two = (adaptation.expected_memory(model, {"input_ids": ids, "labels": ids}).activations
                for ids in (torch.zeros(1, 16, dtype=torch.long), torch.zeros(2, 16, dtype=torch.long)))  # fmt: skip
    assert 4 * 16 * 40 < one < two < 2.1 * one


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
@pytest.mark.parametrize("arm", ["full", "lora"])
def test_the_count_agrees_with_what_the_process_held(arm: str) -> None:
    model = make(width=512, layers=4, vocabulary=2048)
    tuned = model if arm == "full" else attach(model, "lora", rank=8)
    ids = torch.randint(2048, (8, 64), generator=torch.Generator().manual_seed(0))
    expected = adaptation.expected_memory(tuned, {"input_ids": ids, "labels": ids})
    adaptation.measured_memory(tuned, iter([ids] * 2), device="cpu", steps=1)  # libraries load code on their first step
    measured = adaptation.measured_memory(tuned, iter([ids] * 2), device="cpu", steps=2)
    if measured is None:
        pytest.skip("this system does not let a process reset its peak")
    # Above the count come what a backward pass makes for a moment, and the libraries' own.
    assert 0.9 * expected.total < measured < 1.2 * expected.total + 4 * 2**20


def test_what_is_saved_are_the_weights_or_the_adapter(model: GPT) -> None:
    weights = 4 * model.num_parameters()
    assert weights <= adaptation.saved_bytes(model) < weights + 20_000
    tuned = attach(model, "lora", rank=2)
    assert adaptation.saved_bytes(tuned) < weights / 4 + 20_000


def test_a_saved_model_leaves_no_file_behind(model: GPT, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    adaptation.saved_bytes(model)
    assert list(tmp_path.iterdir()) == []
