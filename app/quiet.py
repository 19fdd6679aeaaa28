"""Which libraries talk while they are imported, of things that nobody here can mend? Hushed at their loggers."""

from __future__ import annotations

import logging
import os

# torchao tries CUDA kernels on every machine; torch warns of torchao's own enums.
LOUD = ("torchao", "torch.utils._pytree")


def imports() -> None:
    """To be called before torch, transformers, torchao or bitsandbytes are imported for the first time."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
