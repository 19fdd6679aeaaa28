"""How is a policy aligned from start to end? Pairs of its own answers, a reward model from them, and a look at results.

The pieces between the three steps of arXiv:2203.02155, on the world of `core.text.preferences`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.experiment import Cache
from core.gpt.model import GPT, GPTForSequenceClassification
from core.text import preferences
from core.text.preferences import Pairs
from core.training.alignment import sft
from core.training.alignment.policy import answered, entropy, kl_full, sample
from core.training.alignment.reward import Reward, accuracy, centre, fit, proxy, reward_model

LOOKS = 8
TESTED = 512  # held-out pairs
BATCH = 32  # pairs a step of the reward model
CURVE = "curve.json"


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """What a reward model learns from.

    :param policy: folder of the policy whose answers are compared.
    :param pairs: how many, each seen once.
    :param shuffled: a fair coin labels them.
    """

    policy: Path
    pairs: int
    rate: float
    shuffled: bool
    seed: int
    device: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """A policy's answers to held-out prompts, in means.

    :param gold, proxy: of the answers.
    :param kl: nats an answer from the reference, by whole distributions.
    :param entropy: nats a letter.
    :param ids: prompts and answers (rows, prompt + length).
    """

    gold: float
    proxy: float
    kl: float
    entropy: float
    ids: Tensor


def compared(policy: GPT, count: int, *, seed: int, shuffled: bool = False, held: bool = False) -> Pairs:
    """Pairs of the policy's own answers, labelled by gold's coin, or by a fair one."""
    generator = torch.Generator().manual_seed(seed)
    prompts = preferences.prompts(count, generator, held=held)
    first, second = (
        sample(policy, prompts, length=preferences.LENGTH, generator=generator).completions.cpu() for _ in range(2)
    )
    return preferences.preferred(prompts, first, second, generator, shuffled=shuffled)


def learned_reward(cache: Cache, teaching: Teaching) -> tuple[GPTForSequenceClassification, list[tuple[int, float]]]:
    """Make the reward model, or find it.

    :returns: the model, centred on demonstrations, and its accuracy on held-out pairs, which gold's coin labelled in
        any case, by the pairs it had seen.
    """
    recipe = {name: value for name, value in asdict(teaching).items() if name not in ("policy", "device")}
    recipe = {"reward of": teaching.policy.name, "batch": BATCH, "world": preferences.WORLD} | recipe
    folder = cache.checkpoint(recipe, lambda folder: _teach(folder, teaching))
    model: Any = GPTForSequenceClassification.from_pretrained(folder)
    curve = [(int(seen), float(right)) for seen, right in json.loads((folder / CURVE).read_text("utf-8"))]
    return model.eval().to(teaching.device), curve


def _teach(folder: Path, teaching: Teaching) -> None:
    policy = sft.load_policy(teaching.policy, device=teaching.device)
    pairs = compared(policy, teaching.pairs, seed=teaching.seed, shuffled=teaching.shuffled)
    held = compared(policy, TESTED, seed=teaching.seed + 1, held=True)
    model = reward_model(policy, seed=teaching.seed)
    curve = [(0, accuracy(proxy(model), held))]
    steps = -(-len(pairs) // BATCH)
    every = max(1, steps // LOOKS)
    records = fit(model, pairs, epochs=1, batch=BATCH, learning_rate=teaching.rate, seed=teaching.seed)
    for record in records:
        if record.step % every == 0 or record.step == steps:
            curve.append((record.pairs, accuracy(proxy(model), held)))
    generator = torch.Generator().manual_seed(teaching.seed + 2)
    prompts = preferences.prompts(TESTED, generator)
    centre(model, prompts, preferences.demonstrations(prompts, generator))
    model.save_pretrained(folder)
    (folder / CURVE).write_text(json.dumps(curve), encoding="utf-8")


@torch.no_grad()
def looked_at(policy: GPT, reference: GPT, reward: Reward, *, count: int, seed: int) -> Look:
    """What a policy answers to `count` held-out prompts, and what that is worth."""
    prompts = preferences.prompts(count, torch.Generator().manual_seed(seed), held=True)
    generator = torch.Generator().manual_seed(seed + 1)
    answers, logs, anchor = answered(policy, reference, prompts, length=preferences.LENGTH, generator=generator)
    return Look(
        gold=preferences.gold(answers.prompts, answers.completions).mean().item(),
        proxy=reward(answers.prompts, answers.completions).mean().item(),
        kl=kl_full(logs, anchor).sum(1).mean().item(),
        entropy=entropy(logs).mean().item(),
        ids=answers.ids.cpu(),
    )


@torch.no_grad()
def imitation_loss(policy: GPT, *, rows: int, seed: int, care: int) -> float:
    """Nats a letter of fresh demonstrations."""
    batch: Mapping[str, Tensor] = next(sft.batches("demonstrations", rows=rows, seed=seed, care=care))
    return float(policy(**{name: part.to(policy.device) for name, part in batch.items()}).loss)
