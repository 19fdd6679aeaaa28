"""Have glibc's allocator hold no more than is in use, so that what the system saw is what a block of code needed."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MMAP_THRESHOLD = -3  # of mallopt(3)
_MAPPED = 2**16  # bytes from which on a block gets pages of its own
_BY_DEFAULT = 2**25  # where glibc itself raises it to, once large blocks were freed

_COUNTERS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _Info(ctypes.Structure):
    """`struct mallinfo2` of mallinfo(3), glibc 2.33 and later."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _COUNTERS)


@contextmanager
def given_back() -> Iterator[None]:
    """Freed blocks of 64 KiB and more go back to the system at once inside; nothing changes where glibc is not used.

    Two things would count as held else: large blocks that glibc keeps for later (seen: 2.5 times what is in use), and
    gaps in its heap from before, which are filled first and stay resident once they were (seen: 1.4 times).
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_MMAP_THRESHOLD, _MAPPED)
    gaps = _take_gaps(libc)
    try:
        yield
    finally:
        for gap in gaps:
            libc.free(gap)
        libc.mallopt(_MMAP_THRESHOLD, _BY_DEFAULT)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return None
    libc.mallinfo2.restype = _Info
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    return libc


def _take_gaps(libc: ctypes.CDLL) -> list[int]:
    """Blocks, none of them written to, that fill the heap's gaps of 64 KiB and more; the largest first."""
    taken: list[int] = []
    size = 2**28
    while size >= _MAPPED:
        mapped = libc.mallinfo2().hblks
        block = libc.malloc(size)
        if block is not None and libc.mallinfo2().hblks == mapped:
            taken.append(block)
            continue
        libc.free(block)  # no gap of this size is left
        size //= 2
    return taken
