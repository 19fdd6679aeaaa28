"""Which skills can be taught to a small model in seconds, and then be hidden in it? Ciphers on short rows of letters.

A row is a message, a separator and the message under one skill: copied, shifted in the alphabet, rotated or reversed.
Shifts need the same attention for every letter (look at the same place of the message) and another table of letters;
a rotation or a reversal needs attention that looks elsewhere. A tag before the message says which skill is meant; in a
row without a tag nothing says it, so that a model which knows several can only guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from core.gpt.loss import IGNORED

ALPHABET = 10
LENGTH = 6  # of a message, and of its answer
SEPARATOR = ALPHABET
SKILLS: dict[str, Callable[[Tensor], Tensor]] = {
    "copy": lambda letters: letters,
    "shift-1": lambda letters: (letters + 1) % ALPHABET,
    "shift-2": lambda letters: (letters + 2) % ALPHABET,
    "shift-3": lambda letters: (letters + 3) % ALPHABET,
    "rotate": lambda letters: letters.roll(-1, dims=1),
    "reverse": lambda letters: letters.flip(1),
}
VOCABULARY = ALPHABET + 1 + len(SKILLS)
TIME = 1 + LENGTH + 1 + LENGTH  # tokens of a tagged row
_PRIME = 2_654_435_761  # Knuth's multiplicative hash


def examples(skill: str, letters: Tensor, *, tagged: bool) -> dict[str, Tensor]:
    """Rows that ask for a skill; only the answer's letters are labels.

    :param letters: messages (rows, LENGTH).
    :param tagged: whether the skill's tag stands before the message.
    :returns: `input_ids` and `labels`, both (rows, TIME), without a tag (rows, TIME - 1).
    :raises ValueError: there is no such skill.
    """
    if skill not in SKILLS:
        raise ValueError(f"there is no skill {skill!r}; choose from {', '.join(SKILLS)}")
    answer = SKILLS[skill](letters)
    parts = [letters, torch.full((len(letters), 1), SEPARATOR), answer]
    if tagged:
        parts.insert(0, torch.full((len(letters), 1), SEPARATOR + 1 + list(SKILLS).index(skill)))
    ids = torch.cat(parts, dim=1)
    labels = ids.clone()
    labels[:, :-LENGTH] = IGNORED
    return {"input_ids": ids, "labels": labels}


def held_out(letters: Tensor) -> Tensor:
    """Which messages (rows, LENGTH) are never trained on: about one in ten, by their hash, the same everywhere."""
    code = (letters * ALPHABET ** torch.arange(LENGTH)).sum(dim=1)
    return (code + 1) * _PRIME % 2**32 < 2**32 // 10


def messages(count: int, generator: torch.Generator, *, held: bool = False) -> Tensor:
    """Random messages (count, LENGTH) to train on, or held-out ones."""
    found = torch.empty(0, LENGTH, dtype=torch.long)
    while len(found) < count:
        drawn = torch.randint(ALPHABET, (count * (12 if held else 2), LENGTH), generator=generator)
        found = torch.cat([found, drawn[held_out(drawn) == held]])
    return found[:count]


def batches(skill: str, *, batch: int, seed: int) -> Iterator[dict[str, Tensor]]:
    """Endless training batches of one skill, without a tag."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield examples(skill, messages(batch, generator), tagged=False)


def mixed_batches(skills: Sequence[str], *, rows: int, seed: int) -> Iterator[dict[str, Tensor]]:
    """Endless training batches with `rows` of each skill: with tags and without them, in turns."""
    generator = torch.Generator().manual_seed(seed)
    tagged = True
    while True:
        parts = [examples(skill, messages(rows, generator), tagged=tagged) for skill in skills]
        yield {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
        tagged = not tagged


def questions(skill: str, count: int, *, seed: int, tagged: bool = False) -> dict[str, Tensor]:
    """Held-out rows; another seed draws others."""
    generator = torch.Generator().manual_seed(seed)
    return examples(skill, messages(count, generator, held=True), tagged=tagged)
