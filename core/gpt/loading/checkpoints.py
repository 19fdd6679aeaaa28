"""How does a folder become a model, and a model a folder?

The core's own checkpoints and those of the families in `core.gpt.families`. Safetensors only; every tensor is accounted
for by its header before one is read, and what does not fit gets one clear line. Nothing is ever downloaded here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors.torch import save_file
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.families.family import Family, NotTheCore, Place, families
from core.gpt.loading import house, hub
from core.gpt.loading.config_files import OWN, layers_of, read_config
from core.gpt.loading.weight_files import (
    FLOATS,
    WEIGHTS,
    BadCheckpoint,
    Stored,
    check_memory,
    expanded,
    is_there,
    stored_tensors,
)
from core.gpt.model import GPT
from core.replacing import replacing

_HEAD = "lm_head.weight"
# What a value of the wrong type or size in config.json may raise wherever it is first used.
_WRONG = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, StrictDataclassError)


def load(
    name_or_path: str | Path, *, dtype: torch.dtype | None = None, device: str | torch.device | None = None
) -> GPT:
    """See `core.gpt.load`."""
    folder = find(name_or_path)
    family, model, stored = _empty(folder)
    wanted = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    found = _matched(folder, family, wanted, stored)
    target, kind = torch.device(device or "cpu"), dtype or torch.float32
    check_memory(folder, wanted, kind, target)
    kept = {}
    for name, (tensor, place) in found.items():
        # A copy: what is read is a window into the file.
        kept[name] = place.take(tensor.read()).to(target, kind, copy=True).contiguous()
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
    # Beside the old ones first: a kill leaves weights that are whole.
    with replacing(folder / WEIGHTS) as beside:
        save_file(tensors, beside, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def find(name_or_path: str | Path, *, whole: bool = True) -> Path:
    """The folder of a house model, of a path, or of a hub model that was downloaded.

    :param whole: of a hub model, all the weights must be there; False where a part will do, as for a tokenizer.
    :raises BadCheckpoint: none of them.
    """
    name = str(name_or_path)
    if name in house.models():
        return house.WEIGHTS / name
    folder = expanded(Path(name_or_path))
    if is_there(folder, folder=True):
        return folder
    if (model := hub.read_id(name)) is not None:
        cached = hub.cached_folder(model)
        if cached is not None and (hub.is_whole(cached) or not whole):
            return cached
        where = "not on this machine" if cached is None else "only in part on this machine"
        ko = "이 기기에 없습니다" if cached is None else "이 기기에 일부만 있습니다"
        command = f"python -m app models download {model}"
        raise BadCheckpoint(
            f"{model} is {where}; download it on the page Models, or with: {command}",
            f"{model}: {ko}. 모델 페이지에서, 또는 {command} 명령으로 내려받으세요",
        )
    known = ", ".join(house.models()) or "none"
    raise BadCheckpoint(
        f"{name!r} is neither a house model ({known}), nor a folder, nor a model of the hub (owner/name); "
        "check the spelling",
        f"{name!r}은(는) 기본 제공 모델({known})도, 폴더도, 허브의 모델(소유자/이름)도 아닙니다. 철자를 확인하세요",
    )


def _empty(folder: Path) -> tuple[Family | None, GPT, dict[str, Stored]]:
    """The family of a folder's model (None for the core's own), the model without memory, and what its files hold."""
    values = read_config(folder)
    stored = stored_tensors(folder)
    # Before anything is built: each block is there once in Python's memory, and a config can ask for a billion.
    if (layers := layers_of(values)) is not None and layers > len(stored):
        raise BadCheckpoint(
            f"{folder}: config.json asks for {layers:,} layers, and there are {len(stored)} tensors; copy both "
            "from one model",
            f"{folder}: config.json은 {layers:,}개 층을 말하는데 텐서는 {len(stored)}개입니다. 한 모델에서 복사하세요",
        )
    family = None if values["model_type"] == OWN else families()[values["model_type"]]
    try:
        config = GPTConfig.from_dict(values) if family is None else family.read(values)
        with torch.device("meta"):
            return family, GPT(config), stored
    except _WRONG as error:
        # Torch says in its first line what is wrong, and then where in its own code.
        why = (str(error).splitlines() or [type(error).__name__])[0]
        path = folder / "config.json"
        raise BadCheckpoint(
            f"{path} says what no model can be: {why}", f"{path}: 있을 수 없는 모델입니다: {why}"
        ) from error


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
            lost = prefix + place.name
            raise BadCheckpoint(
                f"{folder}: the weights lack {lost}, which config.json asks for",
                f"{folder}: config.json이 말하는 {lost}이(가) 가중치에 없습니다",
            )
        if kept.shape != place.shape(shape):
            raise BadCheckpoint(
                f"{folder}: {kept.name} is {kept.shape} in the weights and {place.shape(shape)} by config.json",
                f"{folder}: {kept.name}이(가) 가중치에서는 {kept.shape}, config.json으로는 {place.shape(shape)}입니다",
            )
        if kept.dtype not in FLOATS:
            raise BadCheckpoint(
                f"{folder}: {kept.name} is stored as {kept.dtype}, and the core reads {', '.join(FLOATS)}; choose the "
                "model as it was made, not quantized",
                f"{folder}: {kept.name}이(가) {kept.dtype}로 저장되어 있고, 코어는 {', '.join(FLOATS)}를 읽습니다. "
                "양자화하지 않은 원래 모델을 고르세요",
            )
        found[name] = kept, place
        used.add(kept.name)
    surplus = () if family is None else family.surplus
    extra = sorted(name for name in set(stored) - used if not name.endswith(surplus or ("\0",)))
    if extra:
        raise BadCheckpoint(
            f"{folder}: the weights hold {extra[0]}, which config.json does not know",
            f"{folder}: config.json이 모르는 {extra[0]}이(가) 가중치에 있습니다",
        )
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
