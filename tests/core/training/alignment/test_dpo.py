"""DPO: hand-worked numbers, gradients, the known optimum of a bandit, and a record that shows why a loss sticks."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.decision import interval
from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.preferences import Pairs
from core.training.alignment.dpo import DpoStep, _orders, dpo_loss, judge, pair_logs, reference_logs, train_dpo
from core.training.train import Diverged

ANSWERS = 5
BETA = 0.5
REWARDS = torch.tensor([0.0, 0.4, -0.7, 1.1, -0.2], dtype=torch.float64)


class Table(nn.Module):
    """A policy that looks at the token before and at nothing else, float64."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits.double().clone())

    def forward(self, input_ids: Tensor, use_cache: bool, logits_to_keep: int) -> Any:
        return SimpleNamespace(logits=self.logits[input_ids][:, -logits_to_keep:])


def table(seed: int = 0, *, tokens: int = ANSWERS + 1) -> Table:
    return Table(torch.randn(tokens, tokens, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))


def bandit() -> Table:
    """One prompt, the last token; five answers of one token each, and the prompt's own token is no answer."""
    policy = table(3)
    with torch.no_grad():
        policy.logits[-1, -1] = -1e9
    return policy


def chances(policy: Table) -> Tensor:
    return policy.logits[-1, :ANSWERS].log_softmax(-1)


def best_policy() -> Tensor:
    """log π* of the bandit: π* ∝ π_ref · exp(r / β)."""
    return (chances(bandit()) + REWARDS / BETA).log_softmax(-1).detach()


def of_one_token(chosen: Tensor, rejected: Tensor) -> Pairs:
    prompt = torch.full((len(chosen), 1), ANSWERS)
    return Pairs(prompts=prompt, chosen=chosen[:, None], rejected=rejected[:, None])


def labelled(count: int, seed: int) -> Pairs:
    """Both answers from the reference, the label from Bradley and Terry's coin."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.multinomial(chances(bandit()).exp().detach(), 2 * count, replacement=True, generator=generator)
    first, second = drawn.view(2, -1)
    wins = torch.rand(count, generator=generator) < (REWARDS[first] - REWARDS[second]).sigmoid()
    return of_one_token(torch.where(wins, first, second), torch.where(wins, second, first))


def run(policy: nn.Module, pairs: Pairs, **how: Any) -> list[DpoStep]:
    settings: dict[str, Any] = {"beta": BETA, "steps": 30, "batch": 16, "learning_rate": 0.05, "seed": 0} | how
    return list(train_dpo(policy, pairs, reference_logs(policy, pairs), **settings))


def test_the_loss_of_a_pair_worked_by_hand() -> None:
    rewards = torch.tensor([[math.log(3), 0.0, 0.5], [0.0, 0.0, 1.5]], dtype=torch.float64)
    # odds 3 to 1: −log ¾; no margin: log 2; a margin of −1: log(1 + e)
    worked = [math.log(4 / 3), math.log(2), math.log(1 + math.e)]
    assert dpo_loss(rewards).tolist() == pytest.approx(worked, abs=1e-15)
    smoothed = 0.9 * math.log(4 / 3) + 0.1 * math.log(4)
    assert dpo_loss(rewards[:, :1], label_smoothing=0.1).item() == pytest.approx(smoothed, abs=1e-15)


def test_logs_of_whole_answers_worked_by_hand() -> None:
    policy = Table(
        torch.tensor([[0.0, math.log(3)], [0.0, 0.0]], dtype=torch.float64)
    )  # after 0: ¼ and ¾; after 1: ½ and ½
    pairs = Pairs(prompts=torch.tensor([[1, 0]]), chosen=torch.tensor([[1, 0]]), rejected=torch.tensor([[0, 0]]))
    logs = pair_logs(policy, pairs)
    assert logs.flatten().tolist() == pytest.approx([math.log(3 / 4 * 1 / 2), math.log(1 / 4 * 1 / 4)], abs=1e-15)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_gradient_agrees_with_finite_differences(smoothing: float) -> None:
    rewards = torch.randn(2, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: dpo_loss(given, label_smoothing=smoothing), (rewards,))


def test_the_gradient_through_a_policy_agrees_with_finite_differences() -> None:
    policy = table(4, tokens=3)
    generator = torch.Generator().manual_seed(2)
    prompts, chosen, rejected = torch.randint(3, (3, 4, 2), generator=generator)
    pairs = Pairs(prompts=prompts, chosen=chosen, rejected=rejected)
    reference = reference_logs(table(5, tokens=3), pairs)

    def loss(logits: Tensor) -> Tensor:
        logs = torch.func.functional_call(_Logs(policy, pairs), {"policy.logits": logits}, ())
        return dpo_loss(0.3 * (logs - reference)).mean()

    assert torch.autograd.gradcheck(loss, (policy.logits,))


class _Logs(nn.Module):
    def __init__(self, policy: nn.Module, pairs: Pairs) -> None:
        super().__init__()
        self.policy, self.pairs = policy, pairs

    def forward(self) -> Tensor:
        return pair_logs(self.policy, self.pairs)


def test_over_all_pairs_the_gradient_is_zero_at_the_known_optimum_and_nowhere_near_it() -> None:
    first, second = (which.flatten() for which in torch.meshgrid(*[torch.arange(ANSWERS)] * 2, indexing="ij"))
    reference, pairs = chances(bandit()).detach(), of_one_token(first, second)
    weight = (reference[first] + reference[second]).exp() * (REWARDS[first] - REWARDS[second]).sigmoid()
    sizes = []
    for nudge in (0.0, 0.01):
        policy = bandit()
        with torch.no_grad():
            policy.logits[-1, :ANSWERS] = best_policy()
            policy.logits[-1, 0] += nudge
        rewards = BETA * (pair_logs(policy, pairs) - reference_logs(bandit(), pairs))
        # Each pair stands here in both orders, each with the chance of being labelled so.
        (weight * dpo_loss(rewards)).sum().backward()
        assert policy.logits.grad is not None
        sizes.append(policy.logits.grad.norm().item())
    assert sizes[0] < 1e-12 < 1e-5 < sizes[1]


def test_from_drawn_pairs_it_reaches_the_known_optimum() -> None:
    """Eight draws of pairs: the interval of each answer's chance holds its chance under π*."""
    reached = []
    for seed in range(8):
        policy = bandit()
        run(policy, labelled(2000, seed), steps=80, batch=2000, learning_rate=0.1, seed=seed)
        reached.append(chances(policy).exp().detach())
    for answer in range(ANSWERS):
        _mean, low, high = interval(torch.stack(reached)[:, answer].tolist(), confidence=0.99)
        assert low < best_policy()[answer].exp() < high
        assert high - low < 0.15
    # The reference itself is far away: the interval could have failed.
    assert (chances(bandit()).exp() - best_policy().exp()).abs().max() > 0.3


def test_label_smoothing_keeps_the_policy_nearer_to_its_reference() -> None:
    far = []
    for smoothing in (0.0, 0.3):
        policy = bandit()
        run(policy, labelled(1000, 0), steps=150, batch=1000, label_smoothing=smoothing)
        far.append((chances(policy) - chances(bandit())).abs().max().item())
    assert far[1] < 0.7 * far[0]


def test_it_begins_at_log_2_and_learns() -> None:
    records = run(bandit(), labelled(500, 0), steps=60, batch=100)
    first, last = records[0].judged, records[-1].judged
    assert first.loss == pytest.approx(math.log(2), abs=1e-12)
    assert (first.margin, first.accuracy) == (0.0, 0.5)
    assert last.loss < 0.68
    assert last.margin > 0.1
    assert last.accuracy > 0.55
    assert records[-1].rows == 60 * 200


def test_a_stuck_loss_is_told_from_one_that_cannot_show_what_is_learned() -> None:
    right = of_one_token(torch.full((64,), 3), torch.full((64,), 2))
    # β so small that the loss cannot show it: the loss stands, the policy has learned every pair.
    tiny = run(bandit(), right, beta=1e-3)[-1].judged
    assert tiny.loss == pytest.approx(math.log(2), abs=2e-3)
    assert tiny.accuracy == 1.0
    # A rate of next to nothing: neither moves.
    still = run(bandit(), right, learning_rate=1e-9)[-1].judged
    assert abs(still.margin) < 1e-6
    # Labels that say nothing: on pairs that it has not seen it is no better than chance, and the loss rises.
    coin = torch.Generator().manual_seed(0)
    noise = of_one_token(*torch.randint(ANSWERS, (2, 40), generator=coin))
    fresh = of_one_token(*torch.randint(ANSWERS, (2, 4000), generator=coin))
    policy = bandit()
    run(policy, noise, steps=100, beta=0.1)
    found = judge(policy, fresh, reference_logs(bandit(), fresh), beta=0.1)
    assert found.loss > math.log(2)
    assert abs(found.accuracy - 0.5) < 0.1


def test_a_gpt_learns_which_of_two_letters_is_preferred() -> None:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": 8, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    model = GPT(GPTConfig(**sizes, num_attention_heads=2, max_position_embeddings=8))
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randint(8, (64, 3), generator=generator)
    pairs = Pairs(prompts=prompts, chosen=prompts[:, :2], rejected=prompts[:, :2].flip(1))
    reference = reference_logs(model, pairs)
    records = list(train_dpo(model, pairs, reference, beta=0.5, steps=60, batch=32, learning_rate=1e-2, seed=0))
    assert records[0].judged.loss == pytest.approx(math.log(2), abs=1e-6)
    assert judge(model, pairs, reference, beta=0.5).loss < 0.5


def test_the_same_seed_gives_the_same_policy_and_every_pair_comes_once_an_epoch() -> None:
    one, other = bandit(), bandit()
    pairs = labelled(64, 0)
    assert run(one, pairs) == run(other, pairs)
    assert torch.equal(one.logits, other.logits)
    order = _orders(10, batch=4, seed=0)
    epoch = torch.cat([next(order), next(order)])
    assert len(set(epoch.tolist())) == 8


def test_it_says_what_cannot_be_trained() -> None:
    pairs = labelled(4, 0)
    for how in ({"beta": 0.0}, {"steps": 0}, {"batch": 0}, {"label_smoothing": 0.5}):
        with pytest.raises(ValueError, match="need β > 0"):
            run(bandit(), pairs, **how)
    with pytest.raises(Diverged, match="step 1"):
        list(
            train_dpo(bandit(), pairs, torch.full((2, 4), math.nan), beta=1, steps=2, batch=4, learning_rate=1, seed=0)
        )
