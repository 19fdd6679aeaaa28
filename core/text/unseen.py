"""Which text can any model be measured on, that nobody trained it on? And in which tokens?

A house model's recipe says which documents it held out. Of other models nobody here knows what they read: they get the
same documents, and whoever reports on them must say so. Tokenizers differ in their special tokens: some have none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.gpt import house_models
from core.text.mixture import REAL
from core.text.tokenizer import start_token

OTHERWISE = 0.1  # the share kept out of every house model so far


@cache
def held_out_documents(model: str, kind: str) -> tuple[str, ...]:
    """The documents of "prose" or "code" that a house model never saw; for other models the usual ones.

    :raises KeyError: there is no real text of that kind.
    """
    card = house_models().get(model)
    share = card["recipe"]["held_out"] if card else OTHERWISE
    _trained_on, kept = REAL[kind]().split(share)
    return kept


def deal(documents: Sequence[str], *, hands: int, seed: int) -> list[list[str]]:
    """Deal documents out to `hands` readers at random, so that no two read the same.

    Each goes to whoever has least text so far: no two hands differ by more than the longest document.

    :raises ValueError: no reader.
    """
    if hands < 1:
        raise ValueError(f"hands {hands} leave nobody to deal to; choose 1 or more")
    # A hash, because the order that `random` gives may change between versions of Python.
    shuffled = sorted(documents, key=lambda text: hashlib.sha256(f"{seed}/{text}".encode()).digest())
    held: list[list[str]] = [[] for _ in range(hands)]
    sizes = [0] * hands
    for document in shuffled:
        lightest = sizes.index(min(sizes))
        held[lightest].append(document)
        sizes[lightest] += len(document)
    return held


def stream(tokenizer: PreTrainedTokenizerFast, documents: Sequence[str]) -> Tensor:
    """All documents in one row of ids (tokens,), each after the token that begins one, where there is such a token."""
    start = start_token(tokenizer)
    before = [] if start is None else [start]
    encoded = tokenizer.backend_tokenizer.encode_batch(list(documents), add_special_tokens=False)
    return torch.tensor([token for each in encoded for token in (*before, *each.ids)], dtype=torch.long)


def windows(ids: Tensor, *, time: int, most: int, seed: int) -> list[Tensor]:
    """Pieces of `time` tokens that do not overlap, at most so many, drawn at random; a short row is one piece.

    :param ids: (tokens,).
    """
    pieces = ids[: len(ids) // time * time].split(time) if len(ids) >= time else (ids,)
    order = torch.randperm(len(pieces), generator=torch.Generator().manual_seed(seed))
    return [pieces[place] for place in order[:most].tolist()]


def ordinary_tokens(tokenizer: PreTrainedTokenizerFast, vocabulary: int) -> range:
    """The longest run of ids without a special token: some tokenizers have theirs at the start, others at the end."""
    special = sorted({number for number in tokenizer.all_special_ids if number < vocabulary})
    last = min(vocabulary, len(tokenizer))
    edges = [-1, *(number for number in special if number < last), last]
    runs = [range(low + 1, high) for low, high in zip(edges, edges[1:], strict=False)]
    return max(runs, key=len)
