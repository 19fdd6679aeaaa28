"""What does a policy say, how likely was that, and how far has it gone from where it began?

A policy is any causal language model. What it says is a rollout: prompts of equal length, each with an answer. How far
it is from its reference is the Kullback–Leibler divergence of whole answers, KL(π ‖ π_ref), which nobody can sum over
all answers; from a policy's own answers it can be estimated without bias, in three ways that differ in their noise
("Approximating KL Divergence", Schulman 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.gpt.decoding.decoder import Decoder
from core.gpt.model import GPT


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Prompts and the answers that a policy gave.

    :param ids: (rows, prompt + length) token ids.
    :param logprobs: (rows, length), of each token of the answer under what it was drawn from, in nats.
    """

    ids: Tensor
    logprobs: Tensor

    @property
    def prompt(self) -> int:
        """How many tokens a prompt has."""
        return self.ids.shape[1] - self.logprobs.shape[1]

    @property
    def prompts(self) -> Tensor:
        """(rows, prompt)."""
        return self.ids[:, : self.prompt]

    @property
    def completions(self) -> Tensor:
        """(rows, length)."""
        return self.ids[:, self.prompt :]


@torch.no_grad()
def sample(
    model: GPT, prompts: Tensor, *, length: int, generator: torch.Generator, temperature: float = 1.0
) -> Rollout:
    """Let the policy answer each prompt with `length` tokens.

    :param prompts: (rows, prompt), on any device; the rollout is on the model's.
    :param generator: of the CPU, whichever device the model is on: the same draws everywhere.
    :param temperature: of the chances; 0 takes the best guess.
    :raises ValueError: a temperature below 0, or no token to answer with.
    """
    if temperature < 0 or length < 1:
        raise ValueError(f"temperature {temperature} and length {length}: need at least 0 and 1")
    was_training = model.training
    model.eval()
    rows = len(prompts)
    draws = torch.rand(length, rows, 1, generator=generator).to(model.device)
    decoder = Decoder(model, batch=rows, length=prompts.shape[1] + length)
    ids = prompts.to(model.device)
    new, tokens, chosen = ids, [], []
    for place in range(length):
        logs = F.log_softmax(decoder.step(new)[:, -1].float() / (temperature or 1.0), dim=-1)  # (rows, vocabulary)
        if temperature:
            # A draw falls into a token's share of the line from 0 to 1; what rounding leaves at its end is the last's.
            new = (logs.exp().cumsum(-1) <= draws[place]).sum(-1, keepdim=True).clamp(max=logs.shape[-1] - 1)
        else:
            new = logs.argmax(-1, keepdim=True)
        tokens.append(new)
        chosen.append(logs.gather(1, new))
    model.train(was_training)
    return Rollout(ids=torch.cat([ids, *tokens], dim=1), logprobs=torch.cat(chosen, dim=1))


def distributions(model: nn.Module, ids: Tensor, *, prompt: int) -> Tensor:
    """What the policy held possible at each place of the answer.

    :param ids: (rows, prompt + length).
    :returns: log-probabilities (rows, length, vocabulary), with their gradient.
    """
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=ids.shape[1] - prompt + 1).logits[:, :-1]
    return F.log_softmax(logits if logits.dtype == torch.float64 else logits.float(), dim=-1)


def chosen(logs: Tensor, ids: Tensor) -> Tensor:
    """Of `distributions` (rows, length, vocabulary) what belongs to the tokens that were said: (rows, length)."""
    return logs.gather(2, ids[:, -logs.shape[1] :].unsqueeze(2)).squeeze(2)


def logprobs(model: nn.Module, ids: Tensor, *, prompt: int) -> Tensor:
    """Log-probability of each token of the answer, given all before: (rows, length), in nats, with its gradient."""
    return chosen(distributions(model, ids, prompt=prompt), ids)


@torch.no_grad()
def answered(
    policy: GPT, reference: GPT, prompts: Tensor, *, length: int, generator: torch.Generator
) -> tuple[Rollout, Tensor, Tensor]:
    """Let the policy answer, and say what it and the reference held possible at each place (`distributions`)."""
    answers = sample(policy, prompts, length=length, generator=generator)
    logs, anchor = (distributions(model, answers.ids, prompt=answers.prompt) for model in (policy, reference))
    return answers, logs, anchor


def entropy(logs: Tensor) -> Tensor:
    """Nats at each place, of log-probabilities (…, vocabulary)."""
    return -(logs.exp() * logs).sum(-1)


def kl_k1(logs: Tensor, reference: Tensor) -> Tensor:
    """Each token's log π − log π_ref: unbiased where π drew the tokens; it may be negative.

    :param logs, reference: (rows, length) of the same tokens.
    """
    return logs - reference


def kl_k3(logs: Tensor, reference: Tensor) -> Tensor:
    """The same as r − 1 − log r, with r = π_ref / π: unbiased too, never negative, and of little noise near π_ref."""
    return torch.expm1(reference - logs) - (reference - logs)


def kl_full(logs: Tensor, reference: Tensor) -> Tensor:
    """KL of whole distributions (rows, length, vocabulary) at each place: exact given what was said before.

    Summed over an answer and averaged over answers that π gave, it is an unbiased estimate of KL(π ‖ π_ref) of whole
    answers, with no noise but that of the beginnings.
    """
    return (logs.exp() * (logs - reference)).sum(-1)
