"""One method on one skill: what it trains, on what base, and what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training import adaptation, skills
from core.training.rates import RateSearch
from core.training.zoo import Attempt


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    GPT(GPTConfig(**skills.MODEL)).save_pretrained(folder)
    return folder


def attempt(base: Path, method: str, *, quantized: bool = True) -> Attempt:
    return Attempt(base=base, skill="copy", method=method, rank=8, virtual_tokens=10, steps=3, batch=4, seed=1,
                   device="cpu", quantized=quantized)  # fmt: skip


def count(base: Path, method: str) -> int:
    return adaptation.trainable_count(attempt(base, method).model())


def test_lora_of_rank_one_trains_as_much_as_a_prefix_of_ten(base: Path) -> None:
    assert count(base, "lora-1") == count(base, "prefix") == 2560
    assert count(base, "lora") == 8 * 2560


def test_a_search_gives_an_outcome_with_its_costs(base: Path) -> None:
    tried = attempt(base, "lora")
    trials = tried.trials(RateSearch((1e-3, 1e-2), extra=0))
    list(trials)
    found = tried.outcome(trials)
    assert found.rate in (1e-3, 1e-2)
    assert found.trainable == 20_480
    assert 4 * 20_480 < found.saved_bytes < 4 * 20_480 + 20_000
    assert found.training_bytes > 4 * 100_000
    assert 0 <= found.shown.answers <= found.shown.letters <= 1


def test_four_bits_are_a_sixth_of_the_blocks_and_thirty_two_are_all(base: Path) -> None:
    pytest.importorskip("bitsandbytes")

    def block_bytes(method: str, **how: bool) -> int:
        tried = attempt(base, method, **how)
        trials = tried.trials(RateSearch((1e-3,)))
        list(trials)
        return tried.outcome(trials).block_bytes

    plain = block_bytes("full")
    assert block_bytes("lora") == block_bytes("qlora", quantized=False) == plain
    assert plain / 8 < block_bytes("qlora") < plain / 5
