"""Can the model calculate with numbers that it has not seen together? Sums, differences and the larger of two."""

from __future__ import annotations

import random

from core.language import Text
from core.text.tasks.task import Item, Task

OPERANDS = 100
# The commonest sum is 99 (100 of 10,000 pairs), the commonest difference 1 (198), and one of two numbers is the larger.
CHANCE = (100 / OPERANDS**2 + 198 / OPERANDS**2 + 1 / 2) / 3


def draw(rng: random.Random) -> Item:
    """One of three forms, as often: `17+25=42`, `71-17=54`, `which is larger, 17 or 71? 71`."""
    return rng.choice((_sum, _difference, _larger))(rng)


def _sum(rng: random.Random) -> Item:
    a, b = rng.randrange(OPERANDS), rng.randrange(OPERANDS)
    # Who knows 17+25 knows 25+17: one key for both.
    return Item(key=f"arithmetic/{min(a, b)}+{max(a, b)}", prompt=f"{a}+{b}=", answer=f"{a + b}\n")


def _difference(rng: random.Random) -> Item:
    a, b = rng.randrange(OPERANDS), rng.randrange(OPERANDS)
    a, b = max(a, b), min(a, b)
    return Item(key=f"arithmetic/{a}-{b}", prompt=f"{a}-{b}=", answer=f"{a - b}\n")


def _larger(rng: random.Random) -> Item:
    a = rng.randrange(OPERANDS)
    b = (a + 1 + rng.randrange(OPERANDS - 1)) % OPERANDS
    key = f"arithmetic/{min(a, b)}<{max(a, b)}"
    return Item(key=key, prompt=f"which is larger, {a} or {b}?", answer=f" {max(a, b)}\n")


TASK = Task(
    id="arithmetic",
    title=Text("Arithmetic", "산술"),
    about=Text(
        "Sums, differences and comparisons of numbers from 0 to 99; one pair of numbers in ten is held out for each; "
        f"guessing reaches {CHANCE:.0%}.",
        "0부터 99까지 수의 덧셈, 뺄셈, 크기 비교를 학습하고, 연산마다 수의 쌍 열에 하나는 학습에서 제외합니다. "
        f"찍어서 맞힐 확률은 {CHANCE:.0%}입니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
