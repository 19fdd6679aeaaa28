"""The shared GPT core: one model that every experiment stands on. Importing this package costs nothing.

`load`, `load_tokenizer` and `house_models` live here; the parts are one idea a file: config, positions, stretch, norm,
attention, feed_forward, block, model, loss, heads; generate, decoding, quantize, roofline, decoding_speed; adapters;
loading (from folders and the hub) and families (of public checkpoints).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from transformers import PreTrainedTokenizerFast

    from core.gpt.model import GPT


def load(
    name_or_path: str | Path, *, dtype: torch.dtype | None = None, device: str | torch.device | None = None
) -> GPT:
    """The core's model for a house model, a folder or a hub id, the core's own or a public family's, to evaluate.

    :param name_or_path: a house model's name; a folder; or `owner/name`, with `@revision` or without, of a model that
        was downloaded before (`gpt2` is one too). Nothing is ever downloaded here.
    :param dtype: None: float32.
    :param device: None: the CPU.
    :raises core.gpt.loading.checkpoints.BadCheckpoint: nothing of that name, a model that is not on this machine (the
        message says how to download it), or a folder that is damaged or of another kind.
    """
    from core.gpt.loading import checkpoints

    return checkpoints.load(name_or_path, dtype=dtype, device=device)


def load_tokenizer(name_or_path: str | Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer of a house model, a folder or a hub id (see `load`).

    :raises core.gpt.loading.checkpoints.BadCheckpoint: there is none, or it is damaged.
    """
    from core.gpt.loading.checkpoints import find
    from core.gpt.loading.tokenizer_files import read_tokenizer

    return read_tokenizer(find(name_or_path, whole=False))


def house_models() -> dict[str, dict[str, Any]]:
    """The models that ship with the project: name to the facts on its card (`card.json`)."""
    from core.gpt.loading import house

    return house.models()
