"""Is a checkpoint whole, and is one that does not fit refused in one clear line, before it changes anything?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import random_batches
from core.training import checkpoint
from core.training.checkpoint import CannotResume
from core.training.train import train

IDS = torch.arange(400) % 16


def make(**settings: Any) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=16, hidden_size=32, num_hidden_layers=1, **settings))


def go(model: GPT, folder: Path, **how: Any) -> int:
    """Train two steps, or go on; how many steps were done."""
    batches = random_batches(IDS, batch=2, time=8, seed=0)
    given = {"steps": 2, "learning_rate": 1e-2, "resume": True, "folder": folder, **how}
    return len(list(train(model, batches, **given)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the checkpoint of a finished run."""
    assert go(make(), tmp_path) == 2
    return tmp_path


def refused(folder: Path, model: GPT | None = None, **how: Any) -> str:
    """Why it is refused; the model is as it was."""
    model = model or make()
    before = {name: weights.clone() for name, weights in model.state_dict().items()}
    with pytest.raises(CannotResume) as error:
        go(model, folder, **how)
    assert all(torch.equal(weights, before[name]) for name, weights in model.state_dict().items())
    said = str(error.value)
    assert "\n" not in said
    return said.replace(str(folder / checkpoint.NAME), "FILE")


def test_another_recipe_is_refused_and_the_difference_named(folder: Path) -> None:
    said = refused(folder, learning_rate=2e-2, warmup=1)
    assert said == "FILE was made with learning_rate 0.01, not 0.02, warmup 0, not 1; use that recipe or delete it"


def test_another_model_is_refused(folder: Path) -> None:
    for other in (make(mlp_bias=True), make(intermediate_size=64), make().double()):
        assert refused(folder, other) == "FILE holds another model's weights; delete it to start again"


def test_other_trainable_parameters_are_refused(folder: Path) -> None:
    model = make()
    model.model.norm.weight.requires_grad_(False)
    assert "trained other parameters of this model" in refused(folder, model)


def test_a_file_that_was_cut_is_refused(folder: Path) -> None:
    path = folder / checkpoint.NAME
    whole = path.read_bytes()
    for size in (0, 5, 300, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert "FILE is damaged" in refused(folder), size


def test_a_file_with_one_other_bit_is_refused(folder: Path) -> None:
    path = folder / checkpoint.NAME
    whole = bytearray(path.read_bytes())
    whole[-1000] ^= 1
    path.write_bytes(whole)
    assert "FILE is damaged (its checksum does not match); delete it to start again" in refused(folder)


def test_a_file_of_another_kind_is_refused(folder: Path) -> None:
    save_file({"weights": torch.ones(3)}, folder / checkpoint.NAME)
    assert refused(folder) == "FILE is no training checkpoint; move it away to start again"


def test_the_weights_in_it_carry_the_models_own_names(folder: Path) -> None:
    with safe_open(folder / checkpoint.NAME, framework="pt") as stored:
        names = {name.removeprefix("model/") for name in stored.keys() if name.startswith("model/")}  # noqa: SIM118
    assert names == {name for name, _ in make().named_parameters()}


def test_a_finished_run_has_nothing_left_to_do(folder: Path) -> None:
    model = make()
    assert go(model, folder) == 0
    assert not torch.equal(model.lm_head.weight, make().lm_head.weight), "but its weights are there"


def test_without_resume_a_run_begins_again(folder: Path) -> None:
    assert go(make(), folder, resume=False) == 2
