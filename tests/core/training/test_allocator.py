"""What a block of code held is seen, whatever the process did before."""

from __future__ import annotations

import sys

import pytest
import torch

from core.training.allocator import given_back
from core.training.memory import PeakMemory

MIB = 2**20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="about glibc's allocator")


def held_for_a_moment() -> int | None:
    """What holding 32 MiB takes, three times, in blocks of other sizes each time."""
    with given_back(), PeakMemory("cpu") as memory:
        for parts in (32, 16, 8):
            blocks = [torch.ones(32 // parts * MIB // 4) for _ in range(parts)]
            del blocks
    return memory.bytes


def test_gaps_that_a_heap_was_left_with_do_not_count() -> None:
    with given_back():
        pass  # from here on blocks of 1 MiB lie in the heap
    # Between kept blocks of 20 KiB, blocks of 1 MiB are freed: gaps that are not at the heap's end.
    kept, freed = [], []
    for _ in range(64):
        freed.append(torch.ones(MIB // 4))
        kept.append(torch.ones(5 * 1024))
    freed.clear()
    held = held_for_a_moment()
    if held is None:
        pytest.skip("this system does not let a process reset its peak")
    assert 30 * MIB < held < 36 * MIB
    assert len(kept) == 64


def test_blocks_come_and_go_as_ever_afterwards() -> None:
    held_for_a_moment()
    blocks = [torch.full((1000 * step,), float(step)) for step in range(1, 40)]
    assert [block.sum().item() for block in blocks] == [1000.0 * step * step for step in range(1, 40)]
