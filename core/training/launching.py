"""How do the processes that train together find each other? By what stands in their environment, as torchrun writes it.

It imports no torch: who starts them need not wait for it.
"""

from __future__ import annotations

import os
import socket


def launched() -> bool:
    """Whether this process is one of several that were started together."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def environments(count: int) -> list[dict[str, str]]:
    """What to add to the environment of each of `count` processes on this machine; `parallel.join` connects them.

    They share the cores evenly unless OMP_NUM_THREADS is set, and meet at a port of 127.0.0.1 that is free now.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count))),
    }
    return [{**together, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]
