"""The peak of a block of work."""

from __future__ import annotations

import sys

import pytest
import torch

from core.training.memory import PeakMemory


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
def test_the_peak_is_what_the_block_held_even_where_it_was_freed_before_its_end() -> None:
    with PeakMemory("cpu") as memory:
        block = torch.ones(64 * 2**20, dtype=torch.uint8)
        del block
    if memory.bytes is None:
        pytest.skip("this system does not let a process reset its peak")
    assert 60 * 2**20 < memory.bytes < 200 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
def test_a_block_after_a_large_one_starts_from_its_own_ground() -> None:
    with PeakMemory("cpu"):
        torch.ones(128 * 2**20, dtype=torch.uint8)
    with PeakMemory("cpu") as memory:
        torch.ones(2**20, dtype=torch.uint8)
    if memory.bytes is None:
        pytest.skip("this system does not let a process reset its peak")
    assert memory.bytes < 64 * 2**20
