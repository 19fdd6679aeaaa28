"""The shared GPT core: one model that every experiment stands on. Importing this package costs nothing.

`load`, `load_tokenizer` and `house_models` live here; the parts are one idea a file: config, positions, stretch, norm,
attention, feed_forward, block, model, loss, generate, quantize, checkpoints, weight_files, families, house.
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
    """The core's model for a house model's name or a local folder, the core's own or a public family's, to evaluate.

    :param dtype: None: float32.
    :param device: None: the CPU.
    :raises core.gpt.checkpoints.BadCheckpoint: nothing of that name, or a folder that is damaged or of another kind.
    """
    from core.gpt import checkpoints

    return checkpoints.load(name_or_path, dtype=dtype, device=device)


def load_tokenizer(name_or_path: str | Path) -> PreTrainedTokenizerFast:
    """The tokenizer that belongs to a house model or stands in a local folder.

    :raises core.gpt.checkpoints.BadCheckpoint: there is none, or it is damaged.
    """
    from core.gpt import checkpoints

    return checkpoints.load_tokenizer(name_or_path)


def house_models() -> dict[str, dict[str, Any]]:
    """The models that ship with the project: name to the facts on its card (`card.json`)."""
    from core.gpt import house

    return house.models()
