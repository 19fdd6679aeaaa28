"""Does compiling change the speed alone? And does training go on where nothing can be compiled?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from core.text.batches import random_batches
from core.training import checkpoint
from core.training.train import train


class Outputs(NamedTuple):
    loss: Tensor


class Bigram(nn.Module):
    """The smallest language model, for the compiler takes its time."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.head = nn.Linear(16, 16, bias=False)

    def forward(self, input_ids: Tensor, labels: Tensor) -> Outputs:
        logits = self.head(F.one_hot(input_ids[:, :-1], 16).float())
        return Outputs(F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten()))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was compiled for another test does not count."""
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def losses(model: nn.Module, **how: object) -> list[float]:
    batches = random_batches(torch.arange(200) % 16, batch=4, time=8, seed=1)
    return [record.loss for record in train(model, batches, steps=3, learning_rate=1e-2, **how)]


def test_compiled_steps_are_the_same_and_the_checkpoint_knows_nothing_of_them(tmp_path: Path) -> None:
    plain, fast = Bigram(), Bigram()
    expected = losses(plain)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = losses(fast, compile=True, folder=tmp_path)
    if any("without torch.compile" in str(warning.message) for warning in said):
        pytest.skip("there is no compiler here")
    assert found == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(fast.head.weight, plain.head.weight, atol=1e-5)
    with safe_open(tmp_path / checkpoint.NAME, framework="pt") as stored:
        assert "model/head.weight" in stored.keys()  # noqa: SIM118
    assert losses(plain, folder=tmp_path, resume=True) == []


def test_without_a_compiler_training_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, str(tmp_path / "no-compiler")))
    monkeypatch.setattr("torch._inductor.config.fx_graph_cache", False)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    with pytest.warns(
        UserWarning, match=r"training goes on without torch.compile, which fails on cpu: .*C\+\+"
    ) as said:
        found = losses(Bigram(), compile=True)
    assert found == losses(Bigram())
    assert len(said) == 1
    assert "\n" not in str(said[0].message)
