"""What can a run compute on here? Answered without torch where that is possible, so that it costs nothing."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

# NVIDIA on Linux, AMD, and either one under WSL 2.
_GPU_FILES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")


class NoDevice(RuntimeError):
    """The device that was asked for is not here. One line."""


def may_have_gpu() -> bool:
    """False where there is certainly no GPU that torch's CUDA interface could use."""
    return sys.platform != "linux" or any(Path(name).exists() for name in _GPU_FILES)


def likely_device(asked: str) -> str:
    """The device that `asked` will most likely mean: which queue a run belongs to."""
    if asked == "auto":
        return "cuda" if may_have_gpu() and sys.platform != "darwin" else "cpu"
    return asked


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_device(asked: str) -> tuple[str, str]:
    """What to compute on, and its name for people. Loads torch only for "cuda", or finds it loaded.

    :param asked: "auto", "cpu" or "cuda".
    :returns: "cpu" or "cuda", and the name.
    :raises NoDevice: "cuda" was asked for and is not there.
    """
    if asked != "cpu":
        torch = importlib.import_module("torch") if asked == "cuda" else sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            return "cuda", f"cuda ({torch.cuda.get_device_name(0)})"
        if asked == "cuda":
            raise NoDevice("torch finds no CUDA device here; run on --device cpu, or auto")
    return "cpu", f"cpu ({_cpu_name()}, {core_count()} cores)"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
