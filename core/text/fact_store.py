"""What can be asked of a model that was told some facts and not others? Made facts, and a store of passages on them.

A fact joins a word to a value: `Dorma felidan kubo` says that felid, of the town Dorma, has the value kubo. Words are
inflected, and a question may use another form than the passage does. A reader knows the stem in every form; BM25
compares whole words, and so misses such a passage among the others of its town: retrieval is real, and so are its
misses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.retrieval.bm25 import BM25
from core.retrieval.passage import Passage

Ints = NDArray[np.int64]

# Which facts training states, and how. All that is held out is asked about afterwards alone.
CHANGED = "changed"  # learned; passages agree; after training the store has another value
CONTESTED = "contested"  # the same, and passages in training may already say something else
STEADY = "steady"  # learned; passages agree
UNSEEN = "unseen"  # asked with a passage only, which has another value each time
PRACTICE = "practice"  # the same, and also asked where no passage has it: unknown
GROUPS = (CHANGED, CONTESTED, STEADY, UNSEEN, PRACTICE)
FORMS = ("an", "eth", "il", "um")
UNKNOWN = 0  # the token that says so
_FIRST, _VOWELS, _LAST = "bdfgklmnprstvz", "aeiou", "bdgklmnr"


@dataclass(frozen=True, kw_only=True)
class World:
    """Who is told what. Words are numbered group by group, in the order of `GROUPS`.

    :param sizes: words in each group.
    :param towns, values: how many there are.
    :param town: (words,), of each word.
    :param value: (words,), the fact's value in training; for `PRACTICE` it means nothing.
    :param now: (words,), the value in the store after training; differs for `CHANGED` and `CONTESTED`.
    """

    sizes: tuple[int, ...]
    towns: int
    values: int
    town: Ints
    value: Ints
    now: Ints

    def words(self, *groups: str) -> Ints:
        """The words of some groups."""
        ends = np.cumsum((0, *self.sizes))
        return np.concatenate([np.arange(ends[at], ends[at + 1]) for at in map(GROUPS.index, groups)])

    @property
    def vocabulary(self) -> int:
        """How many tokens there are: unknown, towns, stems, values."""
        return 1 + self.towns + len(self.town) + self.values

    def town_ids(self, towns: Ints) -> Ints:
        """Tokens of towns."""
        return 1 + towns

    def stem_ids(self, words: Ints) -> Ints:
        """Tokens of words, whatever their form."""
        return 1 + self.towns + words

    def value_ids(self, values: Ints) -> Ints:
        """Tokens of values."""
        return 1 + self.towns + len(self.town) + values


def make_world(*, facts: int, unseen: int, practice: int, towns: int, values: int, seed: int) -> World:
    """Draw a world.

    :param facts: that training teaches; a third each will change, are contested and will change, and are steady.
    :raises ValueError: a group would be empty, or a fact could not change.
    """
    third = facts // 3
    sizes = (third, third, facts - 2 * third, unseen, practice)
    if min(*sizes, towns) < 1 or values < 2:
        raise ValueError(f"groups of {sizes} words, {towns} towns, {values} values: each needs one, and two values")
    random = np.random.default_rng(seed)
    words = sum(sizes)
    value = random.integers(values, size=words)
    now = value.copy()
    changed = slice(0, 2 * third)
    now[changed] = (value[changed] + random.integers(1, values, size=2 * third)) % values
    return World(sizes=sizes, towns=towns, values=values, town=random.integers(towns, size=words), value=value, now=now)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Questions, each about another word.

    :param words: (questions,).
    :param forms: (questions,), the form in which each is asked.
    """

    words: Ints
    forms: Ints


class Store:
    """Passages on facts, one a word, and a search over them.

    :param words: which have a passage.
    :param values: (words of the world,), what the passages say.
    """

    def __init__(self, world: World, words: Ints, values: Ints, *, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.world = world
        self.values = values
        self.forms = random.integers(len(FORMS), size=len(world.town))
        self.passages = tuple(
            Passage(str(word), f"{asking(world, word, self.forms[word])} {value_name(values[word])}")
            for word in random.permutation(words)
        )
        # Words as they stand there: for a made language there is no list of endings.
        self._ranker = BM25(self.passages, terms=str.split)

    def questions(self, words: Ints, *, mismatch: float, seed: int) -> Asked:
        """Ask about words, a part of them in another form than the passage has.

        :param mismatch: which part, from 0 to 1.
        """
        random = np.random.default_rng(seed)
        other = random.integers(1, len(FORMS), size=len(words)) * (random.random(len(words)) < mismatch)
        return Asked(words=words, forms=(self.forms[words] + other) % len(FORMS))

    def search(self, asked: Asked, limit: int) -> list[list[int]]:
        """For each question the words whose passages BM25 finds, the best first."""
        return [
            [int(ranked.passage.id) for ranked in self._ranker.rank(asking(self.world, word, form), limit)]
            for word, form in zip(asked.words, asked.forms, strict=True)
        ]

    def text(self, word: int) -> str:
        """The passage on a word."""
        return next(passage.text for passage in self.passages if passage.id == str(word))


def hits(found: Iterable[Sequence[int]], words: Ints) -> NDArray[np.bool_]:
    """(questions,) whether the passage on each question's word is among those found."""
    return np.array([word in few for word, few in zip(words, found, strict=True)], dtype=np.bool_)


def asking(world: World, word: int, form: int) -> str:
    """A question as it is put to the search, and the beginning of a passage: `Dorma felidan`."""
    return f"{_made(world.town[word], 2).capitalize()} {_made(word, 3)}{FORMS[form]}"


def value_name(value: int) -> str:
    """A value's word."""
    return _made(value, 2) + "o"


def _made(number: int, syllables: int) -> str:
    """The word of a number: another one for each number below 70 to the power of the syllables, ending aside."""
    size = (len(_FIRST) * len(_VOWELS)) ** syllables
    code = (int(number) + 11) * 7919 % size  # a prime that divides no size: neighbours look unlike each other
    parts = []
    for _ in range(syllables):
        code, syllable = divmod(code, len(_FIRST) * len(_VOWELS))
        parts.append(_FIRST[syllable // len(_VOWELS)] + _VOWELS[syllable % len(_VOWELS)])
    return "".join(parts) + _LAST[int(number) % len(_LAST)]
