"""Is a GPU found under the name that its driver gives it, and no other chip taken for it?"""

from __future__ import annotations

import pytest
import torch

from core.training.peaks import measured_peak, named_peak, peak_flops
from core.training.precision import tensor_float32


@pytest.mark.parametrize(
    ("name", "half", "full"),
    [
        ("NVIDIA H100 80GB HBM3", 989.5, 494.7),
        ("NVIDIA H100 PCIe", 756.5, 378),
        ("NVIDIA H200", 989.5, 494.7),
        ("NVIDIA A100-SXM4-40GB", 312, 156),
        ("NVIDIA A100 80GB PCIe", 312, 156),
        ("NVIDIA A10", 125, 62.5),
        ("NVIDIA A10G", 70, 35),
        ("NVIDIA L4", 121, 60),
        ("NVIDIA L40S", 362, 183),
        ("NVIDIA GeForce RTX 4090", 165.2, 82.6),
        ("NVIDIA GeForce RTX 3090", 71, 35.6),
        ("Tesla T4", 65, 8.1),
    ],
)
def test_the_promise_of_a_gpu(name: str, half: float, full: float) -> None:
    assert named_peak(name, bfloat16=True) == half * 1e12
    assert named_peak(name, bfloat16=False) == full * 1e12


@pytest.mark.parametrize(
    "name",
    [
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
        "NVIDIA L40",
        "NVIDIA H20",
    ],
)
def test_another_chip_has_no_known_promise(name: str) -> None:
    assert named_peak(name, bfloat16=True) is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU, whose float32 products have two precisions")
def test_float32_of_a_gpu_is_measured_as_training_multiplies() -> None:
    before = torch.get_float32_matmul_precision()
    measured = measured_peak("cuda", torch.float32, size=8192)
    assert torch.get_float32_matmul_precision() == before
    with tensor_float32(torch.device("cuda")):
        assert measured == pytest.approx(measured_peak("cuda", torch.float32, size=8192), rel=0.2)


def test_nobody_promises_a_cpu_but_it_can_be_measured() -> None:
    assert peak_flops(torch.device("cpu"), bfloat16=True) is None
    assert measured_peak("cpu", torch.float32, size=256, repeats=2) > 1e6
