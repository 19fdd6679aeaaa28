"""Can the model find the one entry asked for in the passage before it? Entries drawn afresh, so nothing is known."""

from __future__ import annotations

import random

from core.language import Text
from core.text.tasks.task import Item, Task, distinct, held_out

KINDS = ("code", "price", "weight", "age")
COLOURS = ("red", "blue", "green", "black", "white", "brown", "grey", "pink", "gold", "silver", "yellow", "purple")
THINGS = (
    "tower", "mill", "bridge", "gate", "ship", "barn", "well", "castle", "boat", "house", "statue", "wagon", "tent",
    "clock", "bell", "lamp", "harp", "globe", "chest", "throne",
)  # fmt: skip
SHORTEST, LONGEST = 4, 8
# Any value of the passage: one of four to eight.
CHANCE = sum(1 / entries for entries in range(SHORTEST, LONGEST + 1)) / (LONGEST + 1 - SHORTEST)


def draw(rng: random.Random) -> Item:
    """A passage of four to eight entries and a question about one of them: `What is the code of the red mill? 902`."""
    kind = rng.choice(KINDS)
    things = distinct(rng, THINGS, SHORTEST + rng.randrange(LONGEST + 1 - SHORTEST))
    entries = [_pair(rng, things[0])]
    # All entries of a passage are held out or none: training must not read a held-out pair beside the one it asks for.
    side = held_out(_key(entries[0]))
    for thing in things[1:]:
        while (pair := _pair(rng, thing))[1] in [value for _, value in entries] or held_out(_key(pair)) != side:
            pass
        entries.append(pair)
    asked, value = pair = rng.choice(entries)
    passage = " ".join(f"The {kind} of the {entity} is {number}." for entity, number in entries)
    prompt = f"Passage: {passage}\nWhat is the {kind} of the {asked}?"
    return Item(key=_key(pair), prompt=prompt, answer=f" {value}\n")


def _pair(rng: random.Random, thing: str) -> tuple[str, int]:
    return f"{rng.choice(COLOURS)} {thing}", 100 + rng.randrange(900)


def _key(pair: tuple[str, int]) -> str:
    return f"retrieval/{pair[0]}/{pair[1]}"


TASK = Task(
    id="retrieval",
    title=Text("Retrieval", "검색"),
    about=Text(
        "Questions about one of four to eight made-up entries of a passage; one pair of a thing and its number in ten "
        f"is held out from all passages; naming any number of the passage reaches {CHANCE:.0%}.",
        "지어낸 항목 4~8개로 된 글을 읽고 그중 하나에 답하는 것을 학습하고, 사물과 수의 쌍 열에 하나는 모든 글에서 "
        f"제외합니다. 글 속의 아무 수나 고르면 {CHANCE:.0%}를 맞힙니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
