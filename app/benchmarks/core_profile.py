"""Where does the time of a piece of work go? By operator, so that a bar that is missed comes with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

TOP = 8
_PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::mv", "aten::addmv", "mkldnn")
_ATTENTION = ("scaled_dot_product", "flash_attention", "efficient_attention")


def profiled(work: Callable[[], object], *, device: str) -> dict[str, Any]:
    """Shares of the time of `work`, which should have run once before.

    :returns: `products` (matrix products), `attention` (its fused kernels), `other` (all other operators) and `outside`
        (in no operator: Python, and on a GPU waiting for work), which sum to 1; `top`, the operators that take most.
    """
    cuda = torch.device(device).type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities) as seen:
        began = time.perf_counter()
        work()
        if cuda:
            torch.cuda.synchronize()
        whole = (time.perf_counter() - began) * 1e6  # microseconds, as the profiler counts
    spent = {
        event.key: (float(event.self_device_time_total if cuda else event.self_cpu_time_total), int(event.count))
        for event in seen.key_averages()
        if event.device_type == DeviceType.CPU
    }
    spent = {name: found for name, found in spent.items() if found[0] > 0}
    inside = sum(microseconds for microseconds, _ in spent.values())
    whole = max(whole, inside)
    products = sum(found[0] for name, found in spent.items() if name.startswith(_PRODUCTS))
    attention = sum(found[0] for name, found in spent.items() if any(word in name for word in _ATTENTION))
    most = sorted(spent.items(), key=lambda item: -item[1][0])[:TOP]
    return {
        "products": products / whole,
        "attention": attention / whole,
        "other": (inside - products - attention) / whole,
        "outside": (whole - inside) / whole,
        "top": [{"operator": name, "share": found[0] / whole, "calls": found[1]} for name, found in most],
    }
