"""Scratchpads: equal compute, free decoding, and steps that are put in a model's mouth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.checkpoints import FolderCache
from core.gpt.model import GPT
from core.text import parity
from core.training.ask import scratchpad

ARM = scratchpad.Arm(form="steps", width=16, longest=5, steps=3, rows=8, empty=False, device="cpu")
FORMS = ("direct", "dots", "after", "steps")


def asked(count: int = 40, *, length: int = 5) -> parity.Questions:
    return parity.draw(count, longest=5, length=length, generator=torch.Generator().manual_seed(0), held=True)


@pytest.fixture(scope="module")
def able() -> GPT:
    """A model that has learned to write its steps."""
    arm = replace(ARM, steps=300, rows=32)
    model = arm.model(seed=0)
    looks = list(arm.learn(model, rate=1e-2, seed=1, looks=3))
    assert [step for step, _ in looks] == [100, 200, 300]
    return model


def test_no_format_costs_less_to_train_than_steps_and_all_have_one_shape() -> None:
    arms = {form: replace(ARM, form=form) for form in FORMS}
    costs = {form: arm.flops(arm.model(seed=0)) for form, arm in arms.items()}
    assert min(costs.values()) == costs["steps"]
    assert max(costs.values()) < 1.25 * costs["steps"]
    assert arms["direct"].rows_a_step(arms["direct"].model(seed=0)) > 2 * 5 * 8 / 7
    assert len({sum(p.numel() for p in arm.model(seed=0).parameters()) for arm in arms.values()}) == 1


def test_it_learns_to_write_right_steps_by_itself(able: GPT) -> None:
    questions = asked()
    whole = scratchpad.written(able, "steps", questions)
    assert torch.equal(whole[:, :5], questions.bits)
    assert whole.shape[1] == 13
    assert (whole[:, 6:11] == questions.states).all(dim=1).float().mean() > 0.9
    assert scratchpad.right(scratchpad.answers(able, "steps", questions), questions) > 0.9


def test_the_answer_follows_the_steps_that_it_is_given(able: GPT) -> None:
    questions = asked()
    another = scratchpad.another_s_steps(able, questions)
    assert (another == questions.answers.roll(1)).float().mean() > 0.9
    own = scratchpad.written(able, "steps", questions)
    for place in range(4):
        turned = scratchpad.after_a_turn(able, own, longest=5, place=place)
        assert (own[:, -1] != turned).float().mean() > 0.8
    with pytest.raises(ValueError, match="place 5"):
        scratchpad.after_a_turn(able, own, longest=5, place=5)


def test_where_steps_are_random_the_answer_does_not_come_from_them() -> None:
    arm = replace(ARM, steps=100, rows=32, empty=True)
    model = arm.model(seed=0)
    assert len(list(arm.learn(model, rate=1e-2, seed=1, looks=1))) == 1
    own = scratchpad.written(model, "steps", asked())
    turned = scratchpad.after_a_turn(model, own, longest=5, place=3)
    assert (own[:, -1] != turned).float().mean() < 0.8


@pytest.mark.parametrize("form", ["direct", "dots", "dots-after", "after"])
def test_other_formats_write_one_token_after_the_question(form: str) -> None:
    model = replace(ARM, form=form).model(seed=0)
    whole = scratchpad.written(model, form, asked())
    assert whole.shape[1] == parity.prompt_length(form, 5) + 1
    assert scratchpad.answers(model, form, asked()).shape == (40,)


def test_the_likelihood_of_answers_tells_models_apart(able: GPT) -> None:
    fresh = scratchpad.answer_loss(ARM.model(seed=0), "steps", asked())
    assert scratchpad.answer_loss(able, "steps", asked()) < 0.1 < 0.5 < fresh


def test_a_rate_is_kept(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    found = ARM.searched_rate(cache, (1e-3, 1e-2))
    assert ARM.searched_rate(cache, (1e-3, 1e-2)) == found
    assert len(list(tmp_path.glob("*/rates.json"))) == 1
