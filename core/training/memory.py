"""How much memory does a piece of work need at its peak? What the allocator of a GPU says, or the kernel on Linux."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

_PROCESS = Path("/proc/self")


class PeakMemory:
    """Context manager: `bytes` is the most that was held in the block above what was held at its start.

    None where nobody says: on a CPU outside Linux, or where the peak cannot be reset (proc(5), `clear_refs`).
    """

    def __init__(self, device: str) -> None:
        """
        :param device: "cpu" or "cuda".
        """
        self._cuda = device == "cuda"
        self._at_start: int | None = None
        self.bytes: int | None = None

    def __enter__(self) -> Self:
        self._at_start = self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._at_start is None:
            return
        peak = torch.cuda.max_memory_allocated() if self._cuda else _held("VmHWM")
        self.bytes = None if peak is None else max(0, peak - self._at_start)

    def _start(self) -> int | None:
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
            return int(torch.cuda.memory_allocated())
        if sys.platform != "linux":
            return None
        # glibc keeps what was freed; given back, it does not hide what the block needs.
        gc.collect()
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
        try:
            (_PROCESS / "clear_refs").write_text("5")
        except OSError:
            return None
        return _held("VmRSS")


def _held(field: str) -> int | None:
    """A line of /proc/self/status, in bytes."""
    for line in (_PROCESS / "status").read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return None
