"""Sampling follows the chances it says, and the estimators of KL are unbiased where all answers can be summed over."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training.alignment.policy import (
    chosen,
    distributions,
    entropy,
    kl_full,
    kl_k1,
    kl_k3,
    logprobs,
    sample,
)

VOCABULARY, LENGTH = 3, 3
PROMPT = torch.tensor([[0, 2]])
ALL = torch.tensor(list(itertools.product(range(VOCABULARY), repeat=LENGTH)))  # (27, LENGTH)


def small(seed: int, *, spread: float = 0.6) -> GPT:
    torch.manual_seed(seed)
    config = GPTConfig(
        vocab_size=VOCABULARY,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8,
        initializer_range=spread,
    )
    return GPT(config).double().eval()


@pytest.fixture(scope="module")
def two() -> tuple[GPT, GPT]:
    return small(1), small(2)


def every_answer(model: GPT) -> Tensor:
    """Log-probabilities (27, LENGTH, VOCABULARY) after the prompt and each answer's beginning."""
    with torch.no_grad():
        return distributions(model, torch.cat([PROMPT.repeat(len(ALL), 1), ALL], dim=1), prompt=2)


def test_all_answers_together_are_certain(two: tuple[GPT, GPT]) -> None:
    said = logprobs(two[0], torch.cat([PROMPT.repeat(len(ALL), 1), ALL], dim=1), prompt=2).sum(1)
    assert said.exp().sum().item() == pytest.approx(1.0, abs=1e-12)


def test_answers_come_as_often_as_their_log_probability_says(two: tuple[GPT, GPT]) -> None:
    rows = 20_000
    rollout = sample(two[0], PROMPT.repeat(rows, 1), length=LENGTH, generator=torch.Generator().manual_seed(0))
    codes = (rollout.completions * VOCABULARY ** torch.arange(LENGTH).flip(0)).sum(1)
    seen = torch.bincount(codes, minlength=len(ALL)) / rows
    own = every_answer(two[0])
    chances = own.gather(2, ALL.unsqueeze(2)).squeeze(2).sum(1).exp()
    assert (seen - chances).abs().max() < 5 * (0.25 / rows) ** 0.5
    assert torch.equal(rollout.prompts, PROMPT.repeat(rows, 1))
    again = logprobs(two[0], rollout.ids, prompt=rollout.prompt)
    assert torch.allclose(rollout.logprobs.double(), again, atol=1e-5)


def test_at_temperature_0_the_best_guess_is_taken_and_other_temperatures_sharpen_or_flatten(
    two: tuple[GPT, GPT],
) -> None:
    def first_letter(temperature: float) -> float:
        rollout = sample(
            two[0],
            PROMPT.repeat(4000, 1),
            length=1,
            generator=torch.Generator().manual_seed(1),
            temperature=temperature,
        )
        best = every_answer(two[0])[0, 0].argmax()
        return (rollout.completions[:, 0] == best).double().mean().item()

    assert first_letter(0.0) == 1.0
    assert 1.0 > first_letter(0.5) > first_letter(1.0) > first_letter(3.0)
    with pytest.raises(ValueError, match="temperature -1"):
        first_letter(-1.0)


def test_the_same_seed_says_the_same_and_training_mode_is_kept(two: tuple[GPT, GPT]) -> None:
    model = small(3).train()
    one, other = (sample(model, PROMPT, length=LENGTH, generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(one.ids, other.ids)
    assert model.training


def test_every_estimator_of_kl_has_the_right_mean(two: tuple[GPT, GPT]) -> None:
    """Not by simulation: the mean over all 27 answers, weighed by their chances, is the divergence itself."""
    policy, reference = (every_answer(model) for model in two)
    own, theirs = (logs.gather(2, ALL.unsqueeze(2)).squeeze(2) for logs in (policy, reference))
    chance = own.sum(1).exp()
    exact = (chance * (own.sum(1) - theirs.sum(1))).sum().item()
    assert exact > 0.1
    for name, estimate in (
        ("k1", kl_k1(own, theirs)),
        ("k3", kl_k3(own, theirs)),
        ("full", kl_full(policy, reference)),
    ):
        assert (chance * estimate.sum(1)).sum().item() == pytest.approx(exact, abs=1e-12), name
    assert (kl_k3(own, theirs) >= 0).all()
    assert (kl_full(policy, reference) >= 0).all()


def test_whole_distributions_are_the_least_noisy(two: tuple[GPT, GPT]) -> None:
    policy, reference = (every_answer(model) for model in two)
    own, theirs = (logs.gather(2, ALL.unsqueeze(2)).squeeze(2) for logs in (policy, reference))
    chance = own.sum(1).exp()

    def noise(estimate: Tensor) -> float:
        total = estimate.sum(1)
        mean = (chance * total).sum()
        return (chance * (total - mean) ** 2).sum().item()

    assert noise(kl_full(policy, reference)) < min(noise(kl_k1(own, theirs)), noise(kl_k3(own, theirs)))


def test_the_sampled_divergence_is_within_its_interval(two: tuple[GPT, GPT]) -> None:
    policy, reference = (every_answer(model) for model in two)
    own, theirs = (logs.gather(2, ALL.unsqueeze(2)).squeeze(2) for logs in (policy, reference))
    exact = (own.sum(1).exp() * (own - theirs).sum(1)).sum().item()
    rollout = sample(two[0], PROMPT.repeat(5000, 1), length=LENGTH, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        logs, anchor = (distributions(model, rollout.ids, prompt=2) for model in two)
    for estimate in (
        kl_k1(chosen(logs, rollout.ids), chosen(anchor, rollout.ids)),
        kl_k3(chosen(logs, rollout.ids), chosen(anchor, rollout.ids)),
        kl_full(logs, anchor),
    ):
        total = estimate.sum(1)
        assert abs(total.mean().item() - exact) < 4 * total.std().item() / len(total) ** 0.5


def test_entropy_of_a_fair_coin_is_log_2() -> None:
    assert entropy(torch.tensor([0.5, 0.5]).log()).item() == pytest.approx(0.6931472)
