"""How does a folder become a model? Safetensors only, every tensor accounted for, one clear line where it is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.gpt import house
from core.gpt.config import GPTConfig
from core.gpt.model import GPT

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"


class BadCheckpoint(ValueError):
    """A model that is missing, damaged or not the core's: one line that says what and how to mend it."""


def load(
    name_or_path: str | Path, *, dtype: torch.dtype | None = None, device: str | torch.device | None = None
) -> GPT:
    """See `core.gpt.load`."""
    folder = find(name_or_path)
    config = _read_config(folder)
    tensors: dict[str, Tensor] = {}
    for path in _weight_files(folder):
        tensors |= _read_weights(path)
    # On the meta device the model takes no memory until it takes the tensors themselves.
    with torch.device("meta"):
        model = GPT(config)
    wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
    _check_fit(folder, wanted, tensors)
    kept = {name: tensors[name].to(device or "cpu", dtype or torch.float32) for name in wanted}
    model.load_state_dict(kept, strict=False, assign=True)
    model.tie_weights()
    return model.requires_grad_(True).eval()


def save(model: GPT, folder: str | Path, *, dtype: torch.dtype | None = None) -> None:
    """Write config.json and model.safetensors, which `load` and `transformers` read; a tied matrix is written once.

    :param dtype: of the stored weights; None: as they are.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: parameter.detach().to("cpu", dtype or parameter.dtype).contiguous()
        for name, parameter in model.named_parameters()
    }
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config = copy.deepcopy(model.config)
    config.dtype = dtype or model.dtype
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)


def load_tokenizer(name_or_path: str | Path) -> PreTrainedTokenizerFast:
    """See `core.gpt.load_tokenizer`."""
    folder = find(name_or_path)
    if not (folder / "tokenizer.json").is_file():
        raise BadCheckpoint(f"{folder}: there is no tokenizer.json; save the tokenizer beside the model")
    try:
        json.loads((folder / "tokenizer.json").read_bytes())
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except ValueError as error:
        raise BadCheckpoint(f"{folder}: tokenizer.json is damaged: {error}") from error


def find(name_or_path: str | Path) -> Path:
    """The folder of a house model or of a path.

    :raises BadCheckpoint: neither.
    """
    named = house.WEIGHTS / str(name_or_path)
    if str(name_or_path) in house.models():
        return named
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        return folder
    known = ", ".join(house.models()) or "none"
    raise BadCheckpoint(f"{str(name_or_path)!r} is neither a house model ({known}) nor a folder; check the spelling")


def _read_config(folder: Path) -> GPTConfig:
    path = folder / "config.json"
    if not path.is_file():
        raise BadCheckpoint(f"{folder}: there is no config.json; this is not a model's folder")
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadCheckpoint(f"{path} is damaged: {error}") from error
    kind = values.get("model_type") if isinstance(values, dict) else None
    if kind != GPTConfig.model_type:
        raise BadCheckpoint(f"{folder}: model type {kind!r} is not {GPTConfig.model_type!r}, the core's own")
    try:
        return GPTConfig.from_dict(values)
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{path}: {error}") from error


def _weight_files(folder: Path) -> list[Path]:
    whole, index = folder / WEIGHTS, folder / INDEX
    if whole.is_file():
        return [whole]
    if not index.is_file():
        raise BadCheckpoint(f"{folder}: there is no model.safetensors; pickled weights are never read")
    try:
        names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadCheckpoint(f"{index} is damaged: {error}") from error
    shards = [folder / name for name in names]
    for shard in shards:
        if not shard.is_file():
            raise BadCheckpoint(f"{folder}: shard {shard.name} is missing; copy it again")
    return shards


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise BadCheckpoint(f"{path} is damaged ({error}); copy or train it again") from error


def _check_fit(folder: Path, wanted: Mapping[str, torch.Size], tensors: Mapping[str, Tensor]) -> None:
    """Every parameter has its tensor, in its shape, and none is left over (a tied head may be stored or not)."""
    for name, shape in wanted.items():
        if name not in tensors:
            raise BadCheckpoint(f"{folder}: the weights lack {name}, which config.json asks for")
        if tensors[name].shape != shape:
            raise BadCheckpoint(
                f"{folder}: {name} is {tuple(tensors[name].shape)} in the weights and {tuple(shape)} by config.json"
            )
    extra = sorted(set(tensors) - set(wanted) - {"lm_head.weight"})
    if extra:
        raise BadCheckpoint(f"{folder}: the weights hold {extra[0]}, which config.json does not know")
