"""What do examples in a prompt say of a question in words? The mapping task, with none to six pairs before the word.

The rule is a function that the context names and the weights may know, or labels that stand in the context alone
(`core.text.tasks.mapping`). The words that are asked are held out from all that the house models are trained on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from core.text.tasks.mapping import CONTEXT_WORDS, FUNCTIONS, LABELS
from core.text.tasks.task import Item, distinct
from core.text.tasks.words import WORDS

FUNCTION, LABEL = "function", "label"
KINDS = (FUNCTION, LABEL)
MOST = 6
ASKED = tuple(word for word in WORDS if word not in CONTEXT_WORDS)
Pair = tuple[str, str]


def prompts(
    kind: str, shots: int, *, count: int, seed: int, mispaired: bool = False, alone: bool = False
) -> list[Item]:
    """Questions about held-out words after `shots` pairs: `Map: lamp -> l, stone -> s, river ->`.

    Under labels the word that is asked stands among the pairs, if there are any. The same seed asks the same words,
    whatever `shots`.

    :param kind: one of `KINDS`.
    :param mispaired: the pairs have each other's right sides, none its own.
    :param alone: every pair, and the question, is under a rule of its own: the pairs say nothing of it.
    :raises ValueError: no such kind or so many pairs, or fewer than two to exchange their right sides.
    """
    if kind not in KINDS or not 0 <= shots <= MOST:
        raise ValueError(f"{shots} pairs of kind {kind!r}: give 0 to {MOST} of {' or '.join(KINDS)}")
    if mispaired and shots < 2:
        raise ValueError(f"{shots} pairs cannot exchange their right sides; give two or more")
    return [_item(kind, shots, random.Random(f"few-shot/{kind}/{seed}/{number}"), mispaired=mispaired, alone=alone)
            for number in range(count)]  # fmt: skip


def _item(kind: str, shots: int, rng: random.Random, *, mispaired: bool, alone: bool) -> Item:
    word = rng.choice(ASKED)
    if kind == FUNCTION:
        shown, answer = _under_functions(word, shots, rng, alone=alone)
    else:
        shown, answer = _under_labels(word, shots, rng, alone=alone)
    if mispaired:
        turn = 1 + rng.randrange(shots - 1)
        shown = [(x, shown[(place + turn) % shots][1]) for place, (x, _) in enumerate(shown)]
    context = "".join(f"{x} -> {y}, " for x, y in shown)
    return Item(key=f"mapping/{word}", prompt=f"Map: {context}{word} ->", answer=f" {answer}\n")


def _under_functions(word: str, shots: int, rng: random.Random, *, alone: bool) -> tuple[Sequence[Pair], str]:
    words = [*distinct(rng, CONTEXT_WORDS, MOST)[:shots], word]
    names = tuple(FUNCTIONS)
    rule = FUNCTIONS[rng.choice(names)]
    said = [(FUNCTIONS[rng.choice(names)] if alone else rule)(each) for each in words]
    return list(zip(words[:-1], said[:-1], strict=True)), said[-1]


def _under_labels(word: str, shots: int, rng: random.Random, *, alone: bool) -> tuple[Sequence[Pair], str]:
    words = distinct(rng, CONTEXT_WORDS, MOST)[:shots]
    labels = distinct(rng, LABELS, MOST)[:shots]
    if not shots:
        return [], rng.choice(LABELS)
    place = rng.randrange(shots)
    words[place] = word
    return list(zip(words, labels, strict=True)), rng.choice(LABELS) if alone else labels[place]
