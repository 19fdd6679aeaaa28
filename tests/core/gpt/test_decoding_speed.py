"""Speeds that are compared must be of the models, not of their turn."""

from __future__ import annotations

import time

import torch

from core.gpt.config import GPTConfig
from core.gpt.decoding_speed import interleaved_speeds, read_bandwidth
from core.gpt.model import GPT


def make(layers: int) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=60, hidden_size=32, num_hidden_layers=layers, num_attention_heads=2)).eval()


def test_a_model_of_many_more_layers_is_slower_and_every_model_has_a_speed() -> None:
    speeds = interleaved_speeds({"deep": make(24), "flat": make(1)}, tokens=16, seed=0)
    assert set(speeds) == {"deep", "flat"}
    assert speeds["flat"] > 2 * speeds["deep"] > 0


def test_a_time_limit_ends_the_timing_after_a_round_of_turns() -> None:
    began = time.perf_counter()
    assert interleaved_speeds({"only": make(1)}, tokens=10**7, seed=0, seconds=0.05)["only"] > 0
    assert time.perf_counter() - began < 30


def test_memory_is_read_at_a_speed_that_a_machine_can_have() -> None:
    assert 1e8 < read_bandwidth("cpu", mebibytes=16, repeats=2) < 1e13
