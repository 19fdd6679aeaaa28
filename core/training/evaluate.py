"""How well does a model predict text that it has not seen?

Loss in nats a token compares models with one tokenizer; bits a byte compare models with any.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from core.gpt.loss import token_loss
from core.text.batches import sequential_batches
from core.text.tasks.task import Item
from core.text.tokenizer import encode_documents, start_token


@torch.no_grad()
def loss(model: nn.Module, batches: Iterable[Tensor]) -> float:
    """Mean nats a predicted token over all of `batches`; the model is left in the mode it was in.

    :param model: a causal LM.
    :param batches: token ids (batch, time); the first token of each row is context alone.
    :raises ValueError: there is nothing to predict.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    try:
        for ids in batches:
            ids = ids.to(device)
            predicted = ids.shape[0] * (ids.shape[1] - 1)
            total += token_loss(model(input_ids=ids, use_cache=False).logits, ids, shift=True).item() * predicted
            count += predicted
    finally:
        model.train(was_training)
    if count == 0:
        raise ValueError("no token to predict; give at least one row of two tokens")
    return total / count


def perplexity(nats_per_token: float) -> float:
    """How many equally likely tokens the model hesitates between: e to the loss."""
    return math.exp(nats_per_token)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Held-out measures of one corpus.

    :param nats_per_token: mean loss.
    :param perplexity: a token.
    :param bits_per_byte: of UTF-8; free of the tokenizer.
    :param tokens, bytes: how much text was measured.
    """

    nats_per_token: float
    perplexity: float
    bits_per_byte: float
    tokens: int
    bytes: int


def held_out(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, documents: Iterable[str], *, time: int, batch: int = 16
) -> HeldOut:
    """Measure `documents` in windows of `time` tokens that do not overlap.

    The first token of a window is not predicted, so bits a byte scale the mean loss to all tokens.
    """
    texts = list(documents)
    ids = encode_documents(tokenizer, texts)
    size = sum(len(text.encode()) for text in texts)
    nats = loss(model, sequential_batches(ids, batch=batch, time=time))
    return HeldOut(
        nats_per_token=nats,
        perplexity=perplexity(nats),
        bits_per_byte=nats / math.log(2) * len(ids) / size,
        tokens=len(ids),
        bytes=size,
    )


@torch.no_grad()
def answered(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, questions: Sequence[Item], *, batch: int = 32
) -> float:
    """The fraction of questions whose whole answer the model writes by its best guesses, from 0 to 1.

    A greedy text is right exactly if every token of the answer is the best guess after those before it, so one pass
    over the prompt with its answer tells.

    :raises ValueError: no question, or one of nothing at all to a tokenizer without a token that begins a document.
    """
    if not questions:
        raise ValueError("no question to answer; give at least one")
    device = next(model.parameters()).device
    right = 0
    for start in range(0, len(questions), batch):
        rows = [_prompted(tokenizer, item) for item in questions[start : start + batch]]
        longest = max(len(ids) for ids, _ in rows)
        # Filled up behind the answer, where a causal model cannot see it.
        padded = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in rows])
        guesses = model(input_ids=padded.to(device), use_cache=False).logits.argmax(-1).tolist()
        for (ids, first), guessed in zip(rows, guesses, strict=True):
            right += guessed[first - 1 : len(ids) - 1] == ids[first:]
    return right / len(questions)


def _prompted(tokenizer: PreTrainedTokenizerFast, item: Item) -> tuple[list[int], int]:
    """Token ids of a document that begins with the question, and where the answer's first token stands.

    :raises ValueError: nothing stands before that token, from which it could be guessed.
    """
    start = start_token(tokenizer)
    before = [] if start is None else [start]
    encoding = tokenizer(item.text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)
    begins = next(place for place, (_, end) in enumerate(encoding["offset_mapping"]) if end > len(item.prompt))
    first = len(before) + begins
    if not first:
        raise ValueError(f"{item.key!r}: nothing stands before the answer's first token; give a longer question")
    return [*before, *encoding["input_ids"]], first
