"""Can the model read a rule off its context? Pairs `x -> y`, then an x of its own (in-context learning).

Half of the rules are functions that the context names and the weights know; the other half assign labels at random, and
can only be looked up (the two are told apart in arXiv:2202.12837 and arXiv:2303.03846).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from core.language import Text
from core.text.tasks.task import Item, Task, distinct, held_out
from core.text.tasks.words import WORDS

LABELS = ("zop", "kiv", "dax", "blick", "wug", "fep", "tulu", "mox", "gorp", "snee", "plib", "quaz")
FEWEST, MOST = 4, 6


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


FUNCTIONS: dict[str, Callable[[str], str]] = {
    "first letter": lambda word: word[0],
    "next letter": lambda word: chr(ord(word[0]) + 1),  # of the alphabet, after the first letter of the word
    "doubled": lambda word: f"{word} {word}",
    "capitals": str.upper,
    "plural": _plural,
}


def _key(word: str) -> str:
    return f"mapping/{word}"


# The other words of a context: training must not meet a held-out word there.
CONTEXT_WORDS = tuple(word for word in WORDS if not held_out(_key(word)))
_LOOKED_UP = sum(1 / pairs for pairs in range(FEWEST, MOST + 1)) / (MOST + 1 - FEWEST)
_COMMONEST_LETTER = max(Counter(word[0] for word in WORDS).values()) / len(WORDS)
# Any label of the context for the one half; in the other the commonest letter for two functions of five.
CHANCE = (_LOOKED_UP + 2 / len(FUNCTIONS) * _COMMONEST_LETTER) / 2


def draw(rng: random.Random) -> Item:
    """A context of four to six pairs under one rule, then a word: `Map: lamp -> l, stone -> s, river -> r, tower -> t`.

    Under a function the word is new; under labels it stands in the context.
    """
    word = rng.choice(WORDS)
    pairs = FEWEST + rng.randrange(MOST + 1 - FEWEST)
    others = [other for other in distinct(rng, CONTEXT_WORDS, pairs + 1) if other != word][:pairs]
    if rng.random() < 0.5:
        rule = FUNCTIONS[rng.choice(tuple(FUNCTIONS))]
        shown, answer = [(other, rule(other)) for other in others], rule(word)
    else:
        others[rng.randrange(pairs)] = word
        shown = list(zip(others, distinct(rng, LABELS, pairs), strict=True))
        answer = dict(shown)[word]
    context = ", ".join(f"{x} -> {y}" for x, y in shown)
    return Item(key=_key(word), prompt=f"Map: {context}, {word} ->", answer=f" {answer}\n")


TASK = Task(
    id="mapping",
    title=Text("In-context mapping", "문맥 내 대응"),
    about=Text(
        "Pairs of words under a rule drawn afresh, a function or labels to look up, then a word to map; one word in "
        f"ten is held out from all contexts; naming any label or the commonest letter reaches {CHANCE:.0%}.",
        "그때그때 정한 규칙(함수 또는 찾아봐야 하는 이름표)을 따르는 낱말 쌍을 보고 다음 낱말에 답하는 것을 학습하고, "
        f"낱말 열에 하나는 모든 문맥에서 제외합니다. 아무 이름표나 가장 흔한 글자를 고르면 {CHANCE:.0%}를 맞힙니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
