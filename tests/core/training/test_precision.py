"""Is a step's precision its own?"""

from __future__ import annotations

import pytest
import torch

from core.training.precision import autocast, tensor_float32


def test_autocast_makes_products_short_and_leaves_weights_long() -> None:
    layer = torch.nn.Linear(4, 4)
    with autocast(torch.device("cpu"), bfloat16=True):
        assert layer(torch.ones(1, 4)).dtype == torch.bfloat16
    with autocast(torch.device("cpu"), bfloat16=False):
        assert layer(torch.ones(1, 4)).dtype == torch.float32
    assert layer.weight.dtype == torch.float32


def test_on_a_cpu_products_keep_all_their_bits() -> None:
    before = torch.get_float32_matmul_precision()
    with tensor_float32(torch.device("cpu")):
        assert torch.get_float32_matmul_precision() == before


def test_on_cuda_they_lose_some_inside_the_block_alone() -> None:
    before = torch.get_float32_matmul_precision()
    with pytest.raises(KeyError), tensor_float32(torch.device("cuda")):  # a device is no GPU, so this runs anywhere
        assert torch.get_float32_matmul_precision() == "high"
        raise KeyError
    assert torch.get_float32_matmul_precision() == before
