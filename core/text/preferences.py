"""What would a model learn to please, where everybody knows what pleases? A small world with a gold reward.

A prompt names topics, letters of an alphabet in a ring, and ends with a separator; an answer is a row of letters. Its
gold reward is a fixed rule that can be counted by hand. Content: a point for each topic that is named, half a point for
each letter that is followed by the next one of the alphabet, half a point off for each letter said again. Tone: half a
point for each of the first five letters of the alphabet, half a point off for each of the last five. The parts pull
against each other. Tone can be told from the letters alone, content only by comparing them with each other and with the
prompt, which a model must learn from many more pairs: as with people's labels, what is on the surface is learned first.

Drafts come from a careless writer, demonstrations are the best of a few drafts, and pairs of answers are labelled by
gold through a coin whose odds grow with the difference in points (Bradley and Terry 1952), as in arXiv:2210.10760,
where a gold reward labels the pairs from which a proxy learns. All of it is synthetic: no person was asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LETTERS = 15
SEPARATOR = LETTERS
VOCABULARY = LETTERS + 1
TOPICS = 4  # of a prompt, all different
PROMPT = TOPICS + 1  # tokens of a prompt, its separator included
LENGTH = 8  # letters of an answer
CARE = 4  # drafts of which a demonstration is the best
NAMED, FOLLOWED, AGAIN = 1.0, 0.5, -0.5  # points for a topic named, a letter followed by its next, one said again
POLITE, RUDE, TONE = 5, 5, 0.5  # the first and the last letters of the alphabet, and what one earns or costs
FROM_TOPICS, TO_NEXT = 0.5, 0.25  # how often the careless writer takes a topic, or goes on to the next letter
# What another world would differ in: part of the key of whatever was learned in this one.
WORLD = (LETTERS, TOPICS, LENGTH, NAMED, FOLLOWED, AGAIN, POLITE, RUDE, TONE, FROM_TOPICS, TO_NEXT)
_PRIME = 2_654_435_761  # Knuth's multiplicative hash


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Two answers to each prompt, of which one was preferred.

    :param prompts: (rows, PROMPT).
    :param chosen, rejected: (rows, LENGTH).
    """

    prompts: Tensor
    chosen: Tensor
    rejected: Tensor

    def __len__(self) -> int:
        return len(self.prompts)

    def rows(self, which: Tensor | slice) -> Pairs:
        """Some of them."""
        return Pairs(prompts=self.prompts[which], chosen=self.chosen[which], rejected=self.rejected[which])


def gold(prompts: Tensor, completions: Tensor) -> Tensor:
    """The points of each answer, exactly; a separator in an answer is no letter and can only be said again.

    :param prompts: (rows, PROMPT); what counts is the set of its letters.
    :param completions: (rows, time), any time.
    :returns: (rows,) float32 on the device of `completions`, in halves, so without rounding.
    """
    said = torch.zeros(len(completions), VOCABULARY, device=completions.device)
    said.scatter_(1, completions, 1.0)
    asked = torch.zeros_like(said).scatter_(1, prompts.to(completions.device), 1.0)
    before, after = completions[:, :-1], completions[:, 1:]
    follows = (after == (before + 1) % LETTERS) & (before < LETTERS)
    again = completions.shape[1] - said.sum(1)
    content = NAMED * (said * asked)[:, :LETTERS].sum(1) + FOLLOWED * follows.sum(1) + AGAIN * again
    rude = (completions >= LETTERS - RUDE) & (completions < LETTERS)
    return content + TONE * ((completions < POLITE).sum(1) - rude.sum(1))


def prompts(count: int, generator: torch.Generator, *, held: bool = False) -> Tensor:
    """Random prompts (count, PROMPT) to train on, or held-out ones: about one in ten, by their hash."""
    found = torch.empty(0, TOPICS, dtype=torch.long)
    while len(found) < count:
        chance = torch.rand(count * (12 if held else 2), LETTERS, generator=generator)
        drawn = chance.argsort(dim=1)[:, :TOPICS]
        found = torch.cat([found, drawn[_held_out(drawn) == held]])
    return torch.cat([found[:count], torch.full((count, 1), SEPARATOR)], dim=1)


def drafts(prompts: Tensor, generator: torch.Generator) -> Tensor:
    """What a careless writer answers: (rows, LENGTH) letters.

    Each is a topic, the one that follows in the alphabet, or any, at chances that nothing but the letter before sways.
    """
    rows = len(prompts)
    kind = torch.rand(rows, LENGTH, generator=generator)
    topics = prompts.gather(1, torch.randint(TOPICS, (rows, LENGTH), generator=generator))
    written = torch.where(kind < FROM_TOPICS, topics, torch.randint(LETTERS, (rows, LENGTH), generator=generator))
    for place in range(1, LENGTH):
        on = kind[:, place] > 1 - TO_NEXT
        written[on, place] = (written[on, place - 1] + 1) % LETTERS
    return written


def demonstrations(prompts: Tensor, generator: torch.Generator, *, care: int = CARE) -> Tensor:
    """What a writer answers who makes `care` drafts and keeps the one with the most gold: (rows, LENGTH).

    :raises ValueError: no draft at all.
    """
    if care < 1:
        raise ValueError(f"a demonstration is one of at least one draft, not of {care}")
    several = prompts.repeat_interleave(care, dim=0)
    written = drafts(several, generator)
    best = gold(several, written).view(-1, care).argmax(1)
    return written.view(-1, care, LENGTH)[torch.arange(len(prompts)), best]


def preferred(
    prompts: Tensor,
    first: Tensor,
    second: Tensor,
    generator: torch.Generator,
    *,
    coin: bool = True,
    shuffled: bool = False,
) -> Pairs:
    """Label two answers to each prompt by gold.

    :param first, second: (rows, LENGTH).
    :param coin: the first is chosen with the chance σ(gold(first) − gold(second)), so that labels are noisy, and the
        reward that explains them best is gold up to a constant of the prompt; False: the better one always, and a fair
        coin between equals.
    :param shuffled: a fair coin throughout: the labels say nothing of gold.
    """
    ahead = gold(prompts, first) - gold(prompts, second)
    if shuffled:
        chance = torch.full_like(ahead, 0.5)
    elif coin:
        chance = ahead.sigmoid()
    else:
        chance = (ahead.sign() + 1) / 2
    wins = (torch.rand(len(ahead), generator=generator).to(ahead.device) < chance).unsqueeze(1)
    return Pairs(prompts=prompts, chosen=torch.where(wins, first, second), rejected=torch.where(wins, second, first))


def text(ids: Tensor) -> str:
    """One row of ids for people: letters from a, and a colon for the separator."""
    return "".join(":" if token == SEPARATOR else chr(ord("a") + token) for token in ids.tolist())


def _held_out(topics: Tensor) -> Tensor:
    """Which prompts (rows, TOPICS) are never trained on; another order of the same letters is the same prompt."""
    code = (topics.sort(dim=1).values * LETTERS ** torch.arange(TOPICS)).sum(dim=1)
    return (code + 1) * _PRIME % 2**32 < 2**32 // 10
