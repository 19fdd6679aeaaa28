"""Have glibc's allocator hold no more than is in use, so that what the system saw is what a block of code needed."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MMAP_THRESHOLD = -3  # of mallopt(3)
_MAPPED = 2**16  # bytes from which on a block gets pages of its own
_LARGEST_GAP = 2**28
_BY_DEFAULT = 2**25  # where glibc itself raises it to, once large blocks were freed


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
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "gnu_get_libc_version"):
        return None
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    return libc


def _take_gaps(libc: ctypes.CDLL) -> list[int]:
    """Blocks, none of them written to, that fill the heap's gaps of 64 KiB and more; the largest first."""
    taken: list[int] = []
    size = _LARGEST_GAP
    while size >= _MAPPED:
        block = libc.malloc(size)
        if block is not None and not _has_its_own_pages(block):
            taken.append(block)
            continue
        libc.free(block)  # no gap of this size is left
        size //= 2
    return taken


def _has_its_own_pages(block: int) -> bool:
    """Whether a block lies outside of the heap: the second bit of the size that glibc writes before it."""
    return bool(ctypes.c_size_t.from_address(block - ctypes.sizeof(ctypes.c_size_t)).value & 2)
