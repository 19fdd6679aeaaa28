"""Can a large model write faster without writing anything else? Something cheap guesses ahead, and it checks that.

Speculative decoding (arXiv:2211.17192, arXiv:2302.01318): the large model reads several guessed tokens at once, which
costs about as much as one where memory bounds it, and keeps those that it would have written itself. A guess is kept
with the chance that leaves the large model's distribution as it is; without sampling: if it is the best one. Guesses
come from a smaller model, or from the text itself, which often repeats (arXiv:2304.04487; "prompt lookup decoding").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from core.gpt.decoding.decoder import Decoder
from core.gpt.generate import chances
from core.gpt.model import GPT


@dataclass(frozen=True, kw_only=True)
class PromptLookup:
    """Guess that the text goes on as it did when its last tokens stood there before.

    :param longest: of how many last tokens an earlier place is looked for; fewer where there is none.
    """

    longest: int = 3


@dataclass(frozen=True, kw_only=True)
class Speculated:
    """A text and what the guesses were worth.

    :param ids: prompt and continuation (1, time + new).
    :param drafted: tokens that were guessed.
    :param accepted: those of them that stayed.
    :param readings: how often the large model was asked after it had read the prompt; plainly once a token.
    """

    ids: Tensor
    drafted: int
    accepted: int
    readings: int


@torch.no_grad()
def speculate(
    model: GPT,
    draft: GPT | PromptLookup,
    ids: Tensor,
    *,
    max_new_tokens: int,
    ahead: int = 4,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    stop: int | None = None,
) -> Speculated:
    """Write on from one prompt as `model` would; at temperature 0 token for token what `generate` writes.

    Reading tokens together or one by one rounds differently in the last bits, so that two guesses that are closer than
    rounding may swap places: not seen in float32, but common in bfloat16, where many logits are equal.

    :param draft: a model with the same vocabulary, or a `PromptLookup`.
    :param ids: (1, time).
    :param ahead: how many tokens are guessed at a time.
    :raises ValueError: several prompts, another vocabulary, no token ahead, or what `stream` refuses.
    """
    _check(model, draft, ids, ahead)
    sampling: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    generator = torch.Generator(model.device).manual_seed(seed)
    text = ids.to(model.device)
    length = text.shape[1] + max_new_tokens
    target = Decoder(model, batch=1, length=length)
    guesses = _Lookup(draft, model) if isinstance(draft, PromptLookup) else _Draft(draft, length, sampling, generator)
    drafted = accepted = readings = 0
    new, guessed = text, text[0, :0]
    expected = text.new_empty(0, model.config.vocab_size, dtype=torch.float32)
    while text.shape[1] < length:
        wanted = chances(target.step(new)[0], **sampling)  # (guessed + 1, vocab_size)
        count, next_token = judge(guessed, expected, wanted, generator)
        kept = torch.cat((guessed[:count], next_token))
        target.forget(len(guessed) - count)
        drafted, accepted, readings = drafted + len(guessed), accepted + count, readings + 1
        if stop is not None and (kept == stop).any():
            kept = kept[: int((kept == stop).int().argmax()) + 1]
            length = 0
        text = torch.cat((text, kept.unsqueeze(0)), dim=1)
        # One less than there is room for, because the large model adds one of its own.
        guessed, expected = guesses.go_on(text, min(ahead, length - text.shape[1] - 1))
        new = torch.cat((next_token, guessed)).unsqueeze(0)
    return Speculated(ids=text, drafted=drafted, accepted=accepted, readings=max(readings - 1, 0))


def _check(model: GPT, draft: GPT | PromptLookup, ids: Tensor, ahead: int) -> None:
    if ids.ndim != 2 or len(ids) != 1 or ids.shape[1] == 0:
        raise ValueError(f"a prompt of shape {tuple(ids.shape)} cannot be speculated on; give one text, (1, time ≥ 1)")
    if ahead < 1:
        raise ValueError(f"ahead {ahead} guesses nothing; choose 1 or more")
    if isinstance(draft, GPT) and draft.config.vocab_size != model.config.vocab_size:
        raise ValueError(
            f"the draft has a vocabulary of {draft.config.vocab_size} and the model one of {model.config.vocab_size}; "
            f"take a draft with the same tokenizer"
        )
    if (model.config.rope_stretch or {}).get("type") == "dynamic":
        raise ValueError("a dynamic rope_stretch turns tokens that are read together otherwise; use generate")


def judge(guessed: Tensor, expected: Tensor, wanted: Tensor, generator: torch.Generator) -> tuple[int, Tensor]:
    """How many guesses stay, and the token (1,) that follows them (arXiv:2211.17192, algorithm 1).

    :param guessed: (count,) tokens, drawn from `expected` (count, vocab_size).
    :param wanted: (count + 1, vocab_size) the large model's chances at the same places and one further.
    """
    count = len(guessed)
    places = torch.arange(count, device=guessed.device)
    draws = torch.rand(count, generator=generator, device=guessed.device)
    kept = draws * expected[places, guessed] < wanted[places, guessed]
    stays = int(kept.long().cumprod(0).sum())
    left = wanted[stays]
    if stays < count:
        left = (left - expected[stays]).clamp(min=0)  # what the guesses gave too little of
    return stays, torch.multinomial(left, 1, generator=generator)


class _Lookup:
    """Guesses from the text itself, each taken as certain."""

    def __init__(self, lookup: PromptLookup, model: GPT) -> None:
        self._longest = lookup.longest
        self._vocabulary = model.config.vocab_size

    def go_on(self, text: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Up to `count` tokens after `text` (1, time), and their chances (guessed, vocab_size)."""
        guessed = self._find(text[0])[: max(count, 0)]
        return guessed, F.one_hot(guessed, self._vocabulary).float()

    def _find(self, text: Tensor) -> Tensor:
        for length in range(min(self._longest, len(text) - 1), 0, -1):
            spans = text[:-1].unfold(0, length, 1)  # (places, length), the last one left out
            found = (spans == text[-length:]).all(1).nonzero()
            if len(found):
                return text[int(found[-1]) + length :]
        return text[:0]


class _Draft:
    """Guesses from a smaller model, which keeps its own memory of the text."""

    def __init__(self, model: GPT, length: int, sampling: dict[str, Any], generator: torch.Generator):
        self._decoder = Decoder(model, batch=1, length=length)
        self._sampling = sampling
        self._generator = generator
        self._read: Tensor | None = None  # (1, seen)

    def go_on(self, text: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """`count` tokens after `text` (1, time), and the chances (count, vocab_size) they were drawn from."""
        if count < 1:
            return text[0, :0], torch.empty(0, 1, device=text.device)
        guessed, expected = [], []
        for new in self._unread(text):
            logits = self._decoder.step(new)
        while True:
            expected.append(chances(logits[0, -1:], **self._sampling))
            guessed.append(torch.multinomial(expected[-1], 1, generator=self._generator))
            if len(guessed) == count:
                break
            logits = self._decoder.step(guessed[-1])
        self._read = torch.cat((text, *guessed[:-1]), dim=1)
        return torch.cat(guessed, dim=1)[0], torch.cat(expected)

    def _unread(self, text: Tensor) -> Sequence[Tensor]:
        """What of `text` was not read yet, a step each; guesses that were not accepted are taken back."""
        if self._read is None:
            return [text]
        both = min(self._read.shape[1], text.shape[1])
        same = int((self._read[0, :both] == text[0, :both]).long().cumprod(0).sum())
        self._decoder.forget(self._read.shape[1] - same)
        return text[:, same:].split(1, dim=1)
