"""The gold rule counted by hand, labels that are as noisy as they say, and prompts that are held out."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.text import preferences
from core.text.preferences import LENGTH, LETTERS, PROMPT, SEPARATOR, TOPICS, demonstrations, drafts, gold, preferred


def ids(words: str) -> Tensor:
    return torch.tensor([[SEPARATOR if letter == ":" else ord(letter) - ord("a") for letter in words]])


@pytest.mark.parametrize(
    ("prompt", "answer", "points"),
    [
        ("adhk:", "ffffffff", -3.5),  # seven letters said again
        ("adhk:", "bbbbbbbb", -3.5 + 8 * 0.5),  # the same, politely
        ("adhk:", "adhkbfjm", 4 + (3 - 2) * 0.5),  # all topics, nothing in order; three polite letters, two rude ones
        ("adhk:", "abdehikl", 4 + 4 * 0.5 + (4 - 2) * 0.5),  # each topic with the letter that follows it
        ("adhk:", "abcdefgh", 3 + 7 * 0.5 + 5 * 0.5),  # the alphabet, and three topics on the way
        ("adhk:", "aaddhhkk", 4 - 4 * 0.5 + (4 - 2) * 0.5),  # named again earns no content, and costs
        ("adhk:", "noabcdef", 2 + 7 * 0.5 + (5 - 2) * 0.5),  # the alphabet is a ring: a follows o
        ("adhk:", "o:o:o:o:", -3.0 - 4 * 0.5),  # a separator names nothing, has no tone, and nothing follows it
    ],
)
def test_gold_is_what_one_counts_by_hand(prompt: str, answer: str, points: float) -> None:
    assert gold(ids(prompt), ids(answer)).item() == points


@given(st.lists(st.integers(0, SEPARATOR), min_size=LENGTH, max_size=LENGTH), st.permutations(range(LETTERS)))
def test_the_order_of_the_topics_changes_nothing(answer: list[int], letters: list[int]) -> None:
    topics = letters[:TOPICS]
    there, back = (torch.tensor([[*order, SEPARATOR]]) for order in (topics, topics[::-1]))
    assert torch.equal(gold(there, torch.tensor([answer])), gold(back, torch.tensor([answer])))


def test_held_out_prompts_are_no_training_prompts_in_any_order() -> None:
    generator = torch.Generator().manual_seed(0)
    train, held = preferences.prompts(2000, generator), preferences.prompts(500, generator, held=True)
    assert train.shape == (2000, PROMPT)
    assert (train[:, -1] == SEPARATOR).all()
    sets = [{frozenset(row) for row in rows[:, :TOPICS].tolist()} for rows in (train, held)]
    assert all(len(topics) == TOPICS for topics in sets[0] | sets[1])
    assert not sets[0] & sets[1]


def test_demonstrations_are_better_than_drafts_and_one_draft_is_a_draft() -> None:
    prompts = preferences.prompts(1000, torch.Generator().manual_seed(1))
    worth = [
        gold(prompts, demonstrations(prompts, torch.Generator().manual_seed(2), care=care)).mean().item()
        for care in (1, 4, 16)
    ]
    assert worth == sorted(worth)
    assert worth[2] > worth[0] + 1
    same = (f(prompts, torch.Generator().manual_seed(3)) for f in (drafts, lambda p, g: demonstrations(p, g, care=1)))
    assert torch.equal(*same)
    with pytest.raises(ValueError, match="at least one draft"):
        demonstrations(prompts, torch.Generator(), care=0)


@pytest.mark.parametrize(
    ("how", "chance"),
    [({}, 1 / (1 + torch.e**-2.5)), ({"coin": False}, 1.0), ({"shuffled": True}, 0.5)],
)
def test_labels_come_as_often_as_they_should(how: dict[str, bool], chance: float) -> None:
    rows = 4000
    better, worse, prompts = (ids(words).repeat(rows, 1) for words in ("abdehikl", "adhkbfjm", "adhk:"))  # 7 and 4.5
    pairs = preferred(prompts, better, worse, torch.Generator().manual_seed(4), **how)
    first = (pairs.chosen == better).all(1)
    assert first.float().mean().item() == pytest.approx(chance, abs=4 * (chance * (1 - chance) / rows) ** 0.5)
    assert torch.equal(first, (pairs.rejected == worse).all(1))
    assert len(pairs.rows(slice(0, 7))) == 7


def test_between_equals_the_better_one_is_a_coin() -> None:
    one, prompts = ids("abdehikl").repeat(1000, 1), ids("adhk:").repeat(1000, 1)
    other = ids("klhideab").repeat(1000, 1)  # the same points
    pairs = preferred(prompts, one, other, torch.Generator().manual_seed(5), coin=False)
    assert 0.4 < (pairs.chosen == one).all(1).float().mean() < 0.6


def test_an_answer_reads_as_letters() -> None:
    assert preferences.text(ids("adhk:")[0]) == "adhk:"
