"""How does a folder become a model, and a model a folder?

The core's own checkpoints and those of the families in `core.gpt.families`. Safetensors only; every tensor is accounted
for by its header before one is read, and what does not fit gets one clear line.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.gpt import house
from core.gpt.config import GPTConfig
from core.gpt.families.family import Family, NotTheCore, Place, families
from core.gpt.model import GPT
from core.gpt.weight_files import WEIGHTS, BadCheckpoint, Stored, check_memory, stored_tensors

_HEAD = "lm_head.weight"


def load(
    name_or_path: str | Path, *, dtype: torch.dtype | None = None, device: str | torch.device | None = None
) -> GPT:
    """See `core.gpt.load`."""
    folder = find(name_or_path)
    family, config = _read_config(folder)
    # On the meta device the model takes no memory until it takes the tensors themselves.
    with torch.device("meta"):
        model = GPT(config)
    wanted = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    found = _matched(folder, family, wanted, stored_tensors(folder))
    target, kind = torch.device(device or "cpu"), dtype or torch.float32
    check_memory(folder, wanted, kind, target)
    kept = {}
    for name, (stored, place) in found.items():
        # A copy: what is read is a window into the file.
        kept[name] = place.take(stored.read()).to(target, kind, copy=True).contiguous()
    model.load_state_dict(kept, strict=False, assign=True)
    model.tie_weights()
    return model.requires_grad_(True).eval()


def save(model: GPT, folder: str | Path, *, dtype: torch.dtype | None = None, family: str | None = None) -> None:
    """Write config.json and model.safetensors, which `load` and `transformers` read; a tied matrix is written once.

    :param dtype: of the stored weights; None: as they are.
    :param family: write it as a model of this family, which others load without the core; None: as the core's own.
    :raises ValueError: there is no such family, or its models cannot be what this one is.
    """
    folder = Path(folder)
    written = _config_of(model, family, dtype or model.dtype)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: parameter.detach().to("cpu", dtype or parameter.dtype).contiguous()
        for name, parameter in model.named_parameters()
    }
    if family is not None:
        tensors = _as_family(families()[family], tensors)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n", encoding="utf-8")


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


def _read_config(folder: Path) -> tuple[Family | None, GPTConfig]:
    """The family of a folder's model, None for the core's own, and its config."""
    path = folder / "config.json"
    if not path.is_file():
        raise BadCheckpoint(f"{folder}: there is no config.json; this is not a model's folder")
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadCheckpoint(f"{path} is damaged: {error}") from error
    kind = values.get("model_type") if isinstance(values, dict) else None
    family = families().get(str(kind))
    if kind != GPTConfig.model_type and family is None:
        kinds = ", ".join((GPTConfig.model_type, *families()))
        raise BadCheckpoint(f"{folder}: model type {kind!r} is not one that the core can be: {kinds}")
    try:
        return family, GPTConfig.from_dict(values) if family is None else family.read(values)
    except (ValueError, TypeError) as error:
        raise BadCheckpoint(f"{path}: {error}") from error


def _matched(
    folder: Path, family: Family | None, wanted: Mapping[str, tuple[int, ...]], stored: Mapping[str, Stored]
) -> dict[str, tuple[Stored, Place]]:
    """Where each of the core's tensors lies: in its shape, and none left over (a tied head may be stored or not)."""
    found: dict[str, tuple[Stored, Place]] = {}
    used: set[str] = {_HEAD}
    for name, shape in wanted.items():
        place = Place(name=name) if family is None else family.place(name)
        prefix = "" if family is None or name == _HEAD else family.prefix
        kept = next((stored[key] for key in (prefix + place.name, place.name) if key in stored), None)
        if kept is None:
            raise BadCheckpoint(f"{folder}: the weights lack {prefix + place.name}, which config.json asks for")
        if kept.shape != place.shape(shape):
            raise BadCheckpoint(
                f"{folder}: {kept.name} is {kept.shape} in the weights and {place.shape(shape)} by config.json"
            )
        found[name] = kept, place
        used.add(kept.name)
    surplus = () if family is None else family.surplus
    extra = sorted(name for name in set(stored) - used if not name.endswith(surplus or ("\0",)))
    if extra:
        raise BadCheckpoint(f"{folder}: the weights hold {extra[0]}, which config.json does not know")
    return found


def _config_of(model: GPT, family: str | None, dtype: torch.dtype) -> dict[str, Any]:
    """What is written to config.json."""
    if family is None:
        config = copy.deepcopy(model.config)
        config.dtype = dtype
        config.architectures = [type(model).__name__]
        written: dict[str, Any] = json.loads(config.to_json_string())
        return written
    known = families()
    if family not in known:
        raise ValueError(f"unknown family {family!r}; there are: {', '.join(known)}")
    try:
        values = known[family].write(cast(GPTConfig, model.config))
    except NotTheCore as error:
        raise ValueError(f"the model cannot be written as {family}: {error}") from error
    head = {"model_type": family, "architectures": [known[family].architecture]}
    return head | values | {"dtype": str(dtype).removeprefix("torch.")}


def _as_family(family: Family, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the family's names: parts of one matrix put together again."""
    parts: dict[str, list[tuple[Place, Tensor]]] = {}
    for name, tensor in tensors.items():
        place = family.place(name)
        prefix = "" if name == _HEAD else family.prefix
        parts.setdefault(prefix + place.name, []).append((place, tensor))
    found = {}
    for name, pieces in parts.items():
        whole = torch.cat([tensor for _, tensor in sorted(pieces, key=lambda piece: piece[0].part)])
        found[name] = (whole.T if pieces[0][0].transposed else whole).contiguous()
    return found
