"""How far do three ways to please a reward get from one start, and at what cost? PPO, DPO and best-of-n on one footing.

All begin at the same supervised policy and have the same pairs. PPO and best-of-n ask a reward model that learned from
the pairs; DPO learns from them directly. Each way is looked at while it goes, on prompts that none has seen: how far
the policy is from its start, what the reward model makes of its answers, and what gold does, which nothing learns from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from core.experiment import spawn_seeds
from core.gpt.model import GPT, GPTForSequenceClassification
from core.text import preferences
from core.text.preferences import Pairs
from core.training.alignment import best_of_n
from core.training.alignment.dpo import Judged, judge, reference_logs, train_dpo
from core.training.alignment.policy import answered, kl_full, sample
from core.training.alignment.ppo import Settings, ppo
from core.training.alignment.reward import accuracy, centre, fit, proxy, reward_model
from core.training.alignment.three_steps import compared
from core.training.train import Diverged

DEMONSTRATIONS = 256  # answers whose mean score is 0
UNSEEN = 512  # pairs to choose by
SHOWN = 2  # answers that are kept as text


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where a policy is, by its answers to unseen prompts.

    :param kl: KL(π ‖ π_ref) in nats an answer.
    :param gold, proxy: mean points of the answers, and mean score of the reward model.
    :param first, second: gold of the even prompts, and of the odd ones.
    :param said: the first few answers, as text, with their gold and their score.
    """

    kl: float
    gold: float
    proxy: float
    first: float
    second: float
    said: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Look:
    """A policy on its way.

    :param step: updates so far.
    :param objective: what the way itself minimises, on data that it does not learn from; gold has no part in it.
    :param judged: what DPO makes of unseen pairs; None for PPO.
    """

    step: int
    objective: float
    reached: Reached
    judged: Judged | None = None


@dataclass(frozen=True, kw_only=True)
class Start:
    """What all ways share.

    :param sft: the supervised policy, at which all begin and from which the divergence counts.
    :param pairs, unseen: to learn from, and to choose by.
    :param rewarder: what the pairs taught a reward model.
    :param asked: prompts (rows, PROMPT) on which policies are looked at.
    """

    sft: GPT
    pairs: Pairs
    unseen: Pairs
    rewarder: GPTForSequenceClassification
    asked: Tensor
    seed: int

    def look(self, policy: GPT) -> Reached:
        """Look at a policy: the same prompts and draws each time."""
        generator = torch.Generator().manual_seed(self.seed)
        answers, logs, anchor = answered(policy, self.sft, self.asked, length=preferences.LENGTH, generator=generator)
        gold = preferences.gold(answers.prompts, answers.completions)
        scores = proxy(self.rewarder)(answers.prompts, answers.completions)
        rows = zip(answers.completions[:SHOWN], gold.tolist(), scores.tolist(), strict=False)
        return Reached(
            kl=max(0.0, kl_full(logs, anchor).sum(1).mean().item()),  # rounding may leave less
            gold=gold.mean().item(),
            proxy=scores.mean().item(),
            first=gold[::2].mean().item(),
            second=gold[1::2].mean().item(),
            said=tuple(f"{preferences.text(row)} · gold {points:g} · proxy {score:.2f}" for row, points, score in rows),
        )

    @property
    def accuracy(self) -> float:
        """Of the reward model on unseen pairs."""
        return accuracy(proxy(self.rewarder), self.unseen)


def begin(
    sft: GPT,
    *,
    pairs: int,
    asked: int,
    epochs: int,
    batch: int,
    learning_rate: float,
    shuffled: bool,
    seed: int,
) -> Start:
    """Draw prompts, have the supervised policy answer them in pairs, and teach a reward model.

    :param pairs: to learn from; `UNSEEN` others are kept to choose by.
    :param asked: prompts to look at policies by.
    :param epochs, batch, learning_rate: of the reward model.
    :param shuffled: a fair coin labels all pairs, so that they say nothing of gold.
    """
    seeds = spawn_seeds(seed, 5)
    known, unseen = (
        compared(sft, count, seed=at, shuffled=shuffled) for count, at in ((pairs, seeds[0]), (UNSEEN, seeds[1]))
    )
    rewarder = reward_model(sft, seed=seeds[2])
    for _ in fit(rewarder, known, epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seeds[2]):
        pass
    generator = torch.Generator().manual_seed(seeds[3])
    prompts = preferences.prompts(DEMONSTRATIONS, generator)
    centre(rewarder, prompts, preferences.demonstrations(prompts, generator))
    held = preferences.prompts(asked, torch.Generator().manual_seed(seeds[4]), held=True)
    return Start(sft=sft, pairs=known, unseen=unseen, rewarder=rewarder, asked=held, seed=seeds[4])


def points(policy: GPT, *, count: int, seed: int) -> float:
    """Mean gold of one answer to each of `count` held-out prompts."""
    generator = torch.Generator().manual_seed(seed)
    prompts = preferences.prompts(count, generator, held=True)
    answers = sample(policy, prompts, length=preferences.LENGTH, generator=generator)
    return preferences.gold(answers.prompts, answers.completions).mean().item()


def drive_ppo(start: Start, settings: Settings, *, looks: int, seed: int, gold: bool = False) -> Iterator[Look]:
    """PPO from the start; yields at the start and about `looks` times on the way. A training that diverges ends early.

    :param gold: reward by gold itself instead of the reward model, which then is only looked at.
    """
    policy, critic = deepcopy(start.sft), deepcopy(start.rewarder)
    reward = preferences.gold if gold else proxy(start.rewarder)
    every = max(1, settings.iterations // looks)

    def look(step: int) -> Look:
        reached = start.look(policy)
        earned = reached.gold if gold else reached.proxy
        return Look(step=step, objective=settings.kl_coefficient * reached.kl - earned, reached=reached)

    yield look(0)
    records = ppo(
        policy,
        critic,
        start.sft,
        reward=reward,
        prompts=preferences.prompts,
        length=preferences.LENGTH,
        settings=settings,
        seed=seed,
    )
    try:
        for record in records:
            if record.iteration % every == 0 or record.iteration == settings.iterations:
                yield look(record.iteration)
    except Diverged:
        return


def drive_dpo(
    start: Start, *, beta: float, steps: int, batch: int, learning_rate: float, looks: int, seed: int
) -> Iterator[Look]:
    """DPO from the start; yields as `drive_ppo` does."""
    policy = deepcopy(start.sft)
    anchors = [reference_logs(start.sft, pairs) for pairs in (start.pairs, start.unseen)]
    every = max(1, steps // looks)

    def look(step: int) -> Look:
        found = judge(policy, start.unseen, anchors[1], beta=beta)
        return Look(step=step, objective=found.loss, reached=start.look(policy), judged=found)

    yield look(0)
    records = train_dpo(
        policy, start.pairs, anchors[0], beta=beta, steps=steps, batch=batch, learning_rate=learning_rate, seed=seed
    )
    try:
        for record in records:
            if record.step % every == 0 or record.step == steps:
                yield look(record.step)
    except Diverged:
        return


def best(looks: Sequence[Look]) -> Look:
    """The look at which the way's own objective was best: gold never chooses."""
    return min(looks, key=lambda look: look.objective if math.isfinite(look.objective) else math.inf)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Many answers of the supervised policy to each of a few prompts, on the CPU.

    :param scores, gold: (prompts, N).
    """

    scores: best_of_n.Array
    gold: best_of_n.Array

    def best_of(self, n: int, *, seed: int) -> best_of_n.Picked:
        """Best-of-n by the reward model."""
        return best_of_n.best_of(self.scores, self.gold, n=n, seed=seed)

    def oracle(self, n: int) -> float:
        """Gold of the best of n by gold itself: what a perfect reward would pick."""
        return float(best_of_n.expected_best(self.gold, self.gold, n=n).mean())


def draw(start: Start, *, prompts: int, samples: int, seed: int) -> Draws:
    """Let the supervised policy answer each of the first `prompts` asked, `samples` times."""
    generator = torch.Generator().manual_seed(seed)
    asked = start.asked[:prompts].repeat_interleave(samples, dim=0)
    reward = proxy(start.rewarder)
    scores, gold = [], []
    for part in asked.split(4096):
        answers = sample(start.sft, part, length=preferences.LENGTH, generator=generator)
        scores.append(reward(answers.prompts, answers.completions).double().cpu())
        gold.append(preferences.gold(answers.prompts, answers.completions).double().cpu())
    shape = (-1, samples)
    return Draws(scores=torch.cat(scores).view(shape).numpy(), gold=torch.cat(gold).view(shape).numpy())
