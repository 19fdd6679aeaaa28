"""What do people like? A reward model learns it from pairs of answers of which one was preferred.

The chance that an answer is preferred to another is taken to be σ(r − r′) (Bradley and Terry 1952; arXiv:1706.03741),
and r is a score that a language model with a scalar head gives to a prompt and its answer. The model begins as the
supervised policy, its head with weights of spread 1/√(width + 1) (arXiv:2009.01325). Only differences are learned, so
the scores are shifted in the end until demonstrations have a mean of 0 (arXiv:2203.02155).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.gpt.model import GPT, GPTForSequenceClassification
from core.text.preferences import Pairs
from core.training.train import Diverged, make_optimizer, scheduled_rate

Reward = Callable[[Tensor, Tensor], Tensor]  # prompts (rows, prompt), answers (rows, length) to scores (rows,)
AT_ONCE = 1024  # rows that are scored together


@dataclass(frozen=True, kw_only=True)
class RewardRecord:
    """What one step did, all before its update.

    :param step: 1 for the first.
    :param pairs: seen so far, this step's included.
    :param loss: nats a pair; log 2 where the scores say nothing.
    :param accuracy: the share of the step's pairs whose chosen answer has the higher score; equals count half.
    :param margin: mean score of the chosen less that of the rejected answers.
    :param gradient_norm: before clipping.
    """

    step: int
    pairs: int
    loss: float
    accuracy: float
    margin: float
    gradient_norm: float


def reward_model(policy: GPT, *, seed: int) -> GPTForSequenceClassification:
    """A reward model that begins as `policy`, on its device."""
    config = deepcopy(policy.config)
    config.num_labels = 1
    config.reward_mean = 0.0
    model: Any = GPTForSequenceClassification(config)
    model.to(policy.device)
    model.model.load_state_dict(policy.model.state_dict())
    generator = torch.Generator().manual_seed(seed)
    spread = (config.hidden_size + 1) ** -0.5
    with torch.no_grad():
        model.score.weight.copy_(torch.randn(model.score.weight.shape, generator=generator) * spread)
    made: GPTForSequenceClassification = model.eval()
    return made


def scores(model: GPTForSequenceClassification, ids: Tensor) -> Tensor:
    """What a prompt with its answer (rows, time) is worth, read off its last token: (rows,), with its gradient."""
    states = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
    return model.score(states).squeeze(1) - model.config.reward_mean


def proxy(model: GPTForSequenceClassification) -> Reward:
    """The model as a reward: what a policy is trained on where gold is out of reach."""

    @torch.no_grad()
    def reward(prompts: Tensor, completions: Tensor) -> Tensor:
        ids = torch.cat([prompts, completions], dim=1).to(model.device)
        return torch.cat([scores(model, part) for part in ids.split(AT_ONCE)])

    return reward


def bradley_terry(chosen: Tensor, rejected: Tensor) -> Tensor:
    """−log σ(chosen − rejected), mean over pairs: nats a pair."""
    return -F.logsigmoid(chosen - rejected).mean()


def fit(
    model: GPTForSequenceClassification,
    pairs: Pairs,
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    weight_decay: float = 0.1,
    clip: float = 1.0,
    seed: int,
) -> Iterator[RewardRecord]:
    """Learn from the pairs; yields after each step. A cosine falls to a tenth of the rate.

    :param epochs: times that each pair is seen; one in the papers, because a second one already learns the noise.
    :param batch: pairs a step.
    :raises Diverged: the loss or the gradient is not finite; the weights are those before the bad step.
    :raises ValueError: there are no pairs.
    """
    if not len(pairs):
        raise ValueError("a reward model has nothing to learn from no pairs; give some")
    generator = torch.Generator().manual_seed(seed)
    optimizer = make_optimizer(model, learning_rate=learning_rate, weight_decay=weight_decay, betas=(0.9, 0.95))
    orders = (torch.randperm(len(pairs), generator=generator) for _ in range(epochs))
    parts = [part for order in orders for part in order.split(batch)]
    seen = 0
    model.train()
    for step, part in enumerate(parts, start=1):
        for group in optimizer.param_groups:
            group["lr"] = scheduled_rate(
                step, steps=len(parts), peak=learning_rate, warmup=len(parts) // 10, final_fraction=0.1
            )
        chosen, rejected = _both(model, pairs.rows(part))
        loss = bradley_terry(chosen, rejected)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
        for what, value in (("the reward model's loss", loss.item()), ("its gradient's norm", norm.item())):
            if not torch.isfinite(torch.tensor(value)):
                raise Diverged(step, what, value)
        optimizer.step()
        seen += len(part)
        yield RewardRecord(
            step=step,
            pairs=seen,
            loss=loss.item(),
            accuracy=_right(chosen, rejected),
            margin=(chosen - rejected).mean().item(),
            gradient_norm=norm.item(),
        )
    model.eval()


@torch.no_grad()
def accuracy(reward: Reward, pairs: Pairs) -> float:
    """The share of pairs whose chosen answer has the higher reward; equals count half."""
    return _right(reward(pairs.prompts, pairs.chosen), reward(pairs.prompts, pairs.rejected))


def centre(model: GPTForSequenceClassification, prompts: Tensor, completions: Tensor) -> None:
    """Shift all scores so that these answers have a mean of 0; it is kept in the model's config."""
    model.config.reward_mean += proxy(model)(prompts, completions).mean().item()


def _both(model: GPTForSequenceClassification, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Scores of both answers of each pair, read in one batch."""
    rows = torch.cat([pairs.prompts, pairs.prompts]), torch.cat([pairs.chosen, pairs.rejected])
    chosen, rejected = scores(model, torch.cat(rows, dim=1).to(model.device)).chunk(2)
    return chosen, rejected


def _right(chosen: Tensor, rejected: Tensor) -> float:
    return (((chosen - rejected).sign() + 1) / 2).mean().item()
