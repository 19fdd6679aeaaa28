"""The base of skills: made once in stages, and how well it shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.checkpoints import FolderCache
from core.gpt.adapters import attach
from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text import ciphers
from core.training import skills


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> FolderCache:
    return FolderCache(tmp_path_factory.mktemp("bases"))


def stages(cache: FolderCache, *, seed: int = 0, known: tuple[str, ...] = ("copy",)) -> list[tuple[int, Path]]:
    return list(skills.base_stages(cache, skills=known, steps=5, seed=seed))


def test_a_base_is_made_in_stages_and_found_again(cache: FolderCache) -> None:
    made = stages(cache)
    assert [done for done, _ in made] == [1, 2, 3, 4, 5]
    written = [folder.stat().st_mtime_ns for _, folder in made]
    assert [folder.stat().st_mtime_ns for _, folder in stages(cache)] == written


def test_other_skills_or_another_seed_are_another_base(cache: FolderCache) -> None:
    last = {stages(cache)[-1][1], stages(cache, seed=1)[-1][1], stages(cache, known=("copy", "rotate"))[-1][1]}
    assert len(last) == 3


def test_training_a_base_teaches_it(cache: FolderCache) -> None:
    first, last = (skills.load_base(folder) for _, folder in (stages(cache)[0], stages(cache)[-1]))
    asked = ciphers.questions("copy", 32, seed=0)
    assert skills.shown(last, asked).loss < skills.shown(first, asked).loss


class Perfect(torch.nn.Module):
    """Knows every answer, but for the last letter of the first row."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, input_ids: torch.Tensor) -> object:
        following = torch.nn.functional.one_hot(input_ids.roll(-1, dims=1), ciphers.VOCABULARY) * 30.0
        following[0, -2] = following[0, -2].roll(1)
        return type("Output", (), {"logits": following})()


def test_an_answer_is_right_if_every_letter_is() -> None:
    found = skills.shown(Perfect(), ciphers.questions("reverse", 10, seed=0))
    assert found.answers == pytest.approx(0.9)
    assert found.letters == pytest.approx(59 / 60)


@pytest.mark.parametrize("method", ["prompt", "prefix"])
def test_virtual_tokens_do_not_move_what_is_asked(method: str) -> None:
    torch.manual_seed(0)
    tuned = attach(GPT(GPTConfig(**skills.MODEL)), method, virtual_tokens=3)
    rows = ciphers.questions("copy", 4, seed=0)
    loss = tuned(**rows).loss.item()
    assert skills.shown(tuned.eval(), rows).loss == pytest.approx(loss, rel=1e-4)
