"""Which questions need many steps, and how are the steps written? Is the number of ones in a row of bits odd?

Every bit may turn the answer, so that no part of the row tells anything of it. The steps are the answers of the rows
that end at each bit: each follows from the one before and one bit. A row of fewer bits begins with blanks, so that
every bit stands at the same distance from its step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.gpt.loss import IGNORED

BLANK, EQUALS, DOT, ANSWER = 2, 3, 4, 5  # after the bits 0 and 1
VOCABULARY = 6
SIGNS = "01_=.>"
FORMATS = ("direct", "dots", "dots-after", "after", "steps")
HELD_FROM = 7  # bits: shorter rows are too few to keep one in ten of them for the questions
_MIX = (0x85EBCA6B, 0xC2B2AE35)  # of MurmurHash3's last step


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Rows of bits.

    :param bits: (rows, longest), blanks first.
    :param states: (rows, longest), the steps: 0 under blanks.
    """

    bits: Tensor
    states: Tensor

    @property
    def answers(self) -> Tensor:
        """(rows,)."""
        return (self.bits == 1).sum(1) % 2

    @property
    def lengths(self) -> Tensor:
        """How many bits a row has: (rows,)."""
        return (self.bits != BLANK).sum(1)


def held_out(bits: Tensor) -> Tensor:
    """Which rows (rows, longest) are never trained on: about one in ten of the longer, by their hash.

    The last bit is not hashed: of two rows that differ in it alone, both are held out or neither is. So half of the
    answers to what is held out are odd, at every length.
    """
    lengths = (bits != BLANK).sum(1)
    # A one before the first bit, so that rows of different lengths have different numbers, whatever the longest is.
    code = 2**lengths + ((bits == 1) * 2 ** torch.arange(bits.shape[1]).flip(0)).sum(1)
    code = code // 2
    for factor, shift in zip(_MIX, (13, 16), strict=True):
        code = (code ^ (code >> shift)) * factor % 2**32
    return ((code ^ (code >> 16)) < 2**32 // 10) & (lengths >= HELD_FROM)


def draw(
    count: int,
    *,
    longest: int,
    generator: torch.Generator,
    length: int | None = None,
    held: bool = False,
    empty: bool = False,
) -> Questions:
    """Random rows to train on or, with `held`, to ask (of which those below `HELD_FROM` bits may be trained on too).

    :param length: how many bits; None: 1 to `longest`, all as often.
    :param empty: the steps are random bits, which say nothing: the null world.
    :raises ValueError: a row has no bit, or more than fit.
    """
    if not 1 <= (length or longest) <= longest or longest > 32:
        raise ValueError(f"{length} of {longest} bits: give 1 up to the longest, and 32 at most")
    found = torch.empty(0, longest, dtype=torch.long)
    while len(found) < count:
        more = 2 * count * (10 if held else 1)
        sizes = torch.randint(1, longest + 1, (more, 1), generator=generator)
        sizes = sizes if length is None else torch.full_like(sizes, length)
        bits = torch.randint(2, (more, longest), generator=generator)
        bits = bits.masked_fill(torch.arange(longest) < longest - sizes, BLANK)
        fits = held_out(bits) | (sizes.squeeze(1) < HELD_FROM) if held else ~held_out(bits)
        found = torch.cat([found, bits[fits]])
    bits = found[:count]
    states = (bits == 1).cumsum(1) % 2
    if empty:
        states = torch.randint(2, states.shape, generator=generator)
    return Questions(bits=bits, states=states)


def rows(form: str, asked: Questions) -> dict[str, Tensor]:
    """Questions with their answers in one of `FORMATS`; what a model must write are the labels.

    direct `bits > a`, dots `bits = . . . > a`, dots-after `bits > a = . . .`, after `bits > a = steps`, steps
    `bits = steps > a`. There are as many dots as steps; they are no labels.

    :raises ValueError: there is no such format.
    """
    count, longest = asked.bits.shape

    def sign(token: int, times: int = 1) -> Tensor:
        return torch.full((count, times), token)

    answer = [sign(ANSWER), asked.answers[:, None]]
    parts = {
        "direct": [asked.bits, *answer],
        "dots": [asked.bits, sign(EQUALS), sign(DOT, longest), *answer],
        "dots-after": [asked.bits, *answer, sign(EQUALS), sign(DOT, longest)],
        "after": [asked.bits, *answer, sign(EQUALS), asked.states],
        "steps": [asked.bits, sign(EQUALS), asked.states, *answer],
    }
    if form not in parts:
        raise ValueError(f"there is no format {form!r}; choose from {', '.join(FORMATS)}")
    ids = torch.cat(parts[form], dim=1)
    labels = ids.clone()
    labels[:, : prompt_length(form, longest)] = IGNORED
    if form == "dots-after":
        labels[:, longest + 2 :] = IGNORED
    return {"input_ids": ids, "labels": labels}


def prompt_length(form: str, longest: int) -> int:
    """How many tokens of a row are given; the model writes the others."""
    return 2 * longest + 2 if form == "dots" else longest + 1


def batches(form: str, *, count: int, longest: int, seed: int, empty: bool) -> Iterator[dict[str, Tensor]]:
    """Endless training batches."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield rows(form, draw(count, longest=longest, generator=generator, empty=empty))


def spelled(ids: Tensor) -> str:
    """A row of tokens for people: bits, `_` for a blank, `=` before the steps, `>` before the answer."""
    return "".join(SIGNS[token] for token in ids.tolist())
