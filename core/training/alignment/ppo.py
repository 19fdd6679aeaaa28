"""How does a policy learn from a reward without losing its language? Proximal policy optimisation, written out.

A step: the policy answers prompts; each answer is scored once, at its end, and each token pays for how much likelier it
is than under the reference (arXiv:1909.08593, arXiv:2203.02155); a critic guesses what is still to come, and
generalised advantage estimation (arXiv:1506.02438) says how much better than guessed each token was; then policy and
critic go over the answers a few times in minibatches, in steps whose ratio to the old policy is clipped
(arXiv:1707.06347).

The details follow arXiv:1909.08593, arXiv:2009.01325 and "The N Implementation Details of RLHF with PPO" (Huang et al.
2023): the critic is a network of its own that begins as the reward model; γ is 1; advantages are whitened in each
minibatch; the critic's steps are clipped as well; Adam's ε is 1e-5; sampling and learning see the same temperature, 1,
and no dropout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from core.gpt.model import GPT, GPTForSequenceClassification
from core.training.alignment.policy import Rollout, chosen, distributions, entropy, kl_full, kl_k1, kl_k3, sample
from core.training.alignment.reward import Reward
from core.training.train import Diverged, scheduled_rate

Prompts = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How PPO goes.

    :param iterations: times that the policy answers and learns.
    :param rows: answers an iteration.
    :param epochs: times that it goes over them.
    :param minibatches: steps an epoch.
    :param learning_rate: the peak, of the policy and of the critic; it rises for a tenth and falls to a tenth.
    :param kl_coefficient: what a nat from the reference costs in reward, at first.
    :param kl_target: nats an answer that an adaptive coefficient steers to (arXiv:1909.08593, section 2.2); None: the
        coefficient stays.
    :param kl_horizon: answers over which it adapts.
    :param clip: how far the ratio of a token's chances may go from 1 for a gain.
    :param value_clip: how far the critic's guess may go from its old one for a gain, in reward.
    :param discount, trace: γ and λ of the advantages.
    :param entropy_bonus: reward for a nat of entropy; 0 in the papers.
    :param gradient_clip: largest norm, of the policy's gradient and of the critic's.
    :param sign: of the advantages; −1 plants the commonest fault, a policy that walks away from what pays.
    """

    iterations: int
    rows: int = 128
    epochs: int = 2
    minibatches: int = 2
    learning_rate: float = 1e-3
    kl_coefficient: float = 0.1
    kl_target: float | None = None
    kl_horizon: int = 10_000
    clip: float = 0.2
    value_clip: float = 0.2
    discount: float = 1.0
    trace: float = 0.95
    entropy_bonus: float = 0.0
    gradient_clip: float = 1.0
    sign: float = 1.0

    def __post_init__(self) -> None:
        counts = ("iterations", "rows", "epochs", "minibatches")
        if any(getattr(self, name) < 1 for name in counts) or self.minibatches > self.rows:
            said = ", ".join(f"{name} {getattr(self, name)}" for name in counts)
            raise ValueError(f"{said}: need at least 1 of each, and a row for each minibatch")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one iteration saw and did. Of its answers, before its updates:

    :param iteration: 1 for the first; `answers`: given so far.
    :param reward: mean score, without the penalty.
    :param judged: mean of what `judge` says of the answers; nan without a judge. Nothing learns from it.
    :param kl: KL(π ‖ π_ref) in nats an answer, by whole distributions; `kl_sampled`: by the sampled tokens alone (k1).
    :param kl_coefficient: what a nat cost in this iteration.
    :param objective: mean reward less what the sampled KL cost: what is maximised.
    :param entropy: nats a token.
    :param value: mean guess of the critic at the first token.
    :param explained_variance: of the returns, by the critic's guesses: 1 all, 0 none, negative: it misleads.

    Of its updates, means over minibatches:

    :param policy_loss, value_loss: what was minimised.
    :param approx_kl: KL(π_old ‖ π) in nats a token (k3): how far a minibatch's policy was from the one that answered.
    :param clip_fraction, value_clip_fraction: the share of tokens at which a clip cut the gradient off, or would have
        where the other branch was worse.
    :param policy_gradient_norm, value_gradient_norm: before clipping.
    """

    iteration: int
    answers: int
    reward: float
    judged: float
    kl: float
    kl_sampled: float
    kl_coefficient: float
    objective: float
    entropy: float
    value: float
    explained_variance: float
    learning_rate: float
    policy_loss: float
    value_loss: float
    approx_kl: float
    clip_fraction: float
    value_clip_fraction: float
    policy_gradient_norm: float
    value_gradient_norm: float


@dataclass(frozen=True, kw_only=True)
class Experience:
    """Answers with all that is learned from; every tensor (rows, length) but `ids` (rows, prompt + length).

    :param logprobs: under the policy that gave them.
    :param values: the critic's old guesses, each before its token.
    :param advantages: how much better than guessed each token was.
    :param returns: what came from each token on: advantage plus guess.
    """

    ids: Tensor
    logprobs: Tensor
    values: Tensor
    advantages: Tensor
    returns: Tensor

    def rows(self, which: Tensor) -> Experience:
        """Some of the answers."""
        return Experience(**{item.name: getattr(self, item.name)[which] for item in fields(self)})


def ppo(
    policy: GPT,
    critic: GPTForSequenceClassification,
    reference: GPT,
    *,
    reward: Reward,
    prompts: Prompts,
    length: int,
    settings: Settings,
    seed: int,
    judge: Reward | None = None,
) -> Iterator[Record]:
    """Train `policy` and `critic` in place; yields after each iteration, so that a caller can look, chart or stop.

    :param reference: what the policy must stay near; not trained.
    :param reward: of whole answers, on any device.
    :param prompts: draws as many prompts as asked for.
    :param length: tokens of an answer.
    :param judge: looks on: gold, where there is one.
    :raises Diverged: a loss or a gradient is not finite; the weights are those before the bad step.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizers = [torch.optim.Adam(net.parameters(), lr=settings.learning_rate, eps=1e-5) for net in (policy, critic)]
    coefficient = settings.kl_coefficient
    for iteration in range(1, settings.iterations + 1):
        rate = scheduled_rate(
            iteration,
            steps=settings.iterations,
            peak=settings.learning_rate,
            warmup=settings.iterations // 10,
            final_fraction=0.1,
        )
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = rate
        answers = sample(policy, prompts(settings.rows, generator), length=length, generator=generator)
        seen, experience = _experience(
            answers, policy, critic, reference, reward=reward, coefficient=coefficient, settings=settings
        )
        updates = _updates(policy, critic, optimizers, experience, settings, generator, iteration)
        done = {name: math.fsum(one[name] for one in updates) / len(updates) for name in updates[0]}
        judged = judge(answers.prompts, answers.completions).mean().item() if judge else math.nan
        yield Record(
            iteration=iteration,
            answers=iteration * settings.rows,
            judged=judged,
            kl_coefficient=coefficient,
            learning_rate=rate,
            **seen,
            **done,
        )
        if settings.kl_target is not None:
            coefficient = adapted(coefficient, kl=seen["kl_sampled"], settings=settings)


def adapted(coefficient: float, *, kl: float, settings: Settings) -> float:
    """The coefficient of the next iteration: higher where KL was above the target, by at most a fifth a horizon."""
    if settings.kl_target is None:
        return coefficient
    error = min(max(kl / settings.kl_target - 1, -0.2), 0.2)
    return coefficient * (1 + error * settings.rows / settings.kl_horizon)


def token_rewards(scores: Tensor, logprobs: Tensor, reference: Tensor, *, coefficient: float) -> Tensor:
    """What each token earns (rows, length): less the penalty at each, and the answer's score (rows,) at the last."""
    earned = -coefficient * kl_k1(logprobs, reference)
    earned[:, -1] += scores
    return earned


def advantages(rewards: Tensor, values: Tensor, *, discount: float, trace: float) -> Tensor:
    """Generalised advantage estimation (arXiv:1506.02438, equation 16): the sum of (γλ)^k δ, with what was missing in
    each guess δ_t = r_t + γ V_{t+1} − V_t; after the last token nothing comes.

    :param rewards, values: (rows, length).
    :returns: (rows, length).
    """
    after = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], dim=1)
    missing = rewards + discount * after - values
    found, carried = torch.empty_like(missing), torch.zeros_like(missing[:, 0])
    for place in reversed(range(missing.shape[1])):
        carried = missing[:, place] + discount * trace * carried
        found[:, place] = carried
    return found


def whitened(values: Tensor) -> Tensor:
    """With mean 0 and spread 1 over all entries."""
    return (values - values.mean()) / (values.std(unbiased=False) + 1e-8)


def policy_loss(logprobs: Tensor, old: Tensor, advantages: Tensor, *, clip: float) -> tuple[Tensor, Tensor]:
    """The clipped surrogate (arXiv:1707.06347, equation 7), to be minimised, and the share of tokens it clips.

    :param logprobs, old, advantages: of the same shape; only `logprobs` has a gradient.
    """
    ratio = (logprobs - old).exp()
    plain, clipped = -advantages * ratio, -advantages * ratio.clamp(1 - clip, 1 + clip)
    return torch.maximum(plain, clipped).mean(), (clipped > plain).float().mean()


def value_loss(values: Tensor, old: Tensor, returns: Tensor, *, clip: float) -> tuple[Tensor, Tensor]:
    """Half the squared error of the critic, which gains nothing by going more than `clip` from its old guess; and the
    share of tokens at which that binds."""
    plain = (values - returns) ** 2
    clipped = (old + (values - old).clamp(-clip, clip) - returns) ** 2
    return 0.5 * torch.maximum(plain, clipped).mean(), (clipped > plain).float().mean()


def guesses(critic: GPTForSequenceClassification, ids: Tensor, *, prompt: int) -> Tensor:
    """What the critic expects before each token of the answer: (rows, length)."""
    states = critic.model(input_ids=ids, use_cache=False).last_hidden_state[:, prompt - 1 : -1]
    return critic.score(states).squeeze(2)


@torch.no_grad()
def _experience(
    answers: Rollout,
    policy: GPT,
    critic: GPTForSequenceClassification,
    reference: GPT,
    *,
    reward: Reward,
    coefficient: float,
    settings: Settings,
) -> tuple[dict[str, float], Experience]:
    """What the answers were worth, in numbers for the record and in tensors to learn from."""
    ids, prompt = answers.ids, answers.prompt
    # From the same forward that learns, so that the first ratio is exactly 1: decoding rounds otherwise.
    logs, anchor = (distributions(model, ids, prompt=prompt) for model in (policy, reference))
    own, theirs = chosen(logs, ids), chosen(anchor, ids)
    scores = reward(answers.prompts, answers.completions).to(own)
    values = guesses(critic, ids, prompt=prompt)
    earned = token_rewards(scores, own, theirs, coefficient=coefficient)
    gained = advantages(earned, values, discount=settings.discount, trace=settings.trace)
    returns = gained + values
    kl_sampled = kl_k1(own, theirs).sum(1).mean().item()
    seen = {
        "reward": scores.mean().item(),
        "kl": kl_full(logs, anchor).sum(1).mean().item(),
        "kl_sampled": kl_sampled,
        "objective": scores.mean().item() - coefficient * kl_sampled,
        "entropy": entropy(logs).mean().item(),
        "value": values[:, 0].mean().item(),
        "explained_variance": explained_variance(values, returns),
    }
    return seen, Experience(ids=ids, logprobs=own, values=values, advantages=gained, returns=returns)


def explained_variance(guessed: Tensor, came: Tensor) -> float:
    """1 − Var(came − guessed) / Var(came); 0 where everything that came was alike."""
    spread = came.var(unbiased=False).item()
    return 1 - (came - guessed).var(unbiased=False).item() / spread if spread > 0 else 0.0


def _updates(
    policy: GPT,
    critic: GPTForSequenceClassification,
    optimizers: list[torch.optim.Adam],
    experience: Experience,
    settings: Settings,
    generator: torch.Generator,
    iteration: int,
) -> list[dict[str, float]]:
    """Go over the answers in minibatches; what each did."""
    done = []
    policy.train()
    critic.train()
    size = math.ceil(settings.rows / settings.minibatches)
    for _ in range(settings.epochs):
        for part in torch.randperm(settings.rows, generator=generator).split(size):
            rows = experience.rows(part.to(experience.ids.device))
            done.append(_update(policy, critic, optimizers, rows, settings, iteration))
    policy.eval()
    critic.eval()
    return done


def _update(
    policy: GPT,
    critic: GPTForSequenceClassification,
    optimizers: list[torch.optim.Adam],
    rows: Experience,
    settings: Settings,
    iteration: int,
) -> dict[str, float]:
    prompt = rows.ids.shape[1] - rows.logprobs.shape[1]
    logs = distributions(policy, rows.ids, prompt=prompt)
    own = chosen(logs, rows.ids)
    gained = settings.sign * whitened(rows.advantages)
    surrogate, clipped = policy_loss(own, rows.logprobs, gained, clip=settings.clip)
    if settings.entropy_bonus:
        surrogate = surrogate - settings.entropy_bonus * entropy(logs).mean()
    values = guesses(critic, rows.ids, prompt=prompt)
    error, value_clipped = value_loss(values, rows.values, rows.returns, clip=settings.value_clip)
    norms = []
    for net, loss in ((policy, surrogate), (critic, error)):
        net.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(net.parameters(), settings.gradient_clip).item())
    found = {
        "policy_loss": surrogate.item(),
        "value_loss": error.item(),
        # The old policy drew the tokens, so that it stands first, as π does in kl_k3.
        "approx_kl": kl_k3(rows.logprobs, own.detach()).mean().item(),
        "clip_fraction": clipped.item(),
        "value_clip_fraction": value_clipped.item(),
        "policy_gradient_norm": norms[0],
        "value_gradient_norm": norms[1],
    }
    for name, value in found.items():
        if not math.isfinite(value):
            raise Diverged(iteration, name.replace("_", " "), value)
    for optimizer in optimizers:
        optimizer.step()
    return found
