"""How much arithmetic can this device do at best? What its maker says, or what a large matrix product reaches."""

from __future__ import annotations

import time

import torch

from core.training.precision import tensor_float32

# Dense TFLOP/s of a GPU with float32 sums: of bfloat16, and of float32 as TF32 where it has that. From NVIDIA's data
# sheets (their figures "with sparsity" are twice these) and, for GeForce, the GA102 and AD102 white papers, appendix A.
# A T4 has no bfloat16 units: its float16 rate stands for it. The first name that is part of the device's counts.
PEAKS: tuple[tuple[str, float, float], ...] = (
    ("B200", 2250, 1125),  # HGX B200
    ("H200 NVL", 836, 418),  # H200 data sheet
    ("H200", 989.5, 494.7),
    ("H100 NVL", 835, 417.5),  # H100 data sheet
    ("H100 PCIe", 756.5, 378),
    ("H100", 989.5, 494.7),  # SXM5: "NVIDIA H100 80GB HBM3"
    ("GH200", 989.5, 494.7),
    ("A100", 312, 156),  # SXM4 and PCIe alike
    ("A10G", 70, 35),  # as AWS describes its G5
    ("A10", 125, 62.5),
    ("L40S", 362, 183),
    ("L4", 121, 60),
    ("RTX 4090", 165.2, 82.6),
    ("RTX 3090", 71, 35.6),
    ("T4", 65, 8.1),
)
# Slices of a GPU, and other chips under the same number.
OTHERS = {"MIG", "Laptop", "D", "Ti"}


def peak_flops(device: torch.device, *, bfloat16: bool) -> float | None:
    """FLOP/s that the maker promises of a GPU; None where the table does not know it, and for a CPU.

    :param bfloat16: of bfloat16 products; else of float32 ones, TF32 where the GPU has it.
    """
    return named_peak(torch.cuda.get_device_name(device), bfloat16=bfloat16) if device.type == "cuda" else None


def named_peak(name: str, *, bfloat16: bool) -> float | None:
    """The same for a GPU's name, as `torch.cuda.get_device_name` gives it."""
    words = name.replace("-", " ").split()
    for known, half, full in PEAKS:
        if f" {known} " in f" {' '.join(words)} " and not OTHERS & set(words):
            return (half if bfloat16 else full) * 1e12
    return None


def measured_peak(device: str | torch.device, dtype: torch.dtype, *, size: int = 2048, repeats: int = 5) -> float:
    """FLOP/s of a product of two (size, size) matrices; the best of `repeats`.

    What a machine without a promise can be measured against: a model reaches less, for its products are smaller.
    Float32 is multiplied as training does it.
    """
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    with tensor_float32(left.device):
        for _ in range(repeats + 1):  # the first chooses the kernel
            _finish(left.device)
            began = time.perf_counter()
            left @ right
            _finish(left.device)
            best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
