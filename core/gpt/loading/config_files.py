"""What does a folder's config.json say, before anything is made of it? Nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.gpt.loading.weight_files import BadCheckpoint, is_there, read_json

OWN = "trendlab_gpt"
_FAMILIES = Path(__file__).parent.with_name("families")
_LAYERS = ("num_hidden_layers", "n_layer")
_CONTEXTS = ("max_position_embeddings", "n_positions")


def kinds() -> tuple[str, ...]:
    """The model types that the core can be, its own first. A family's file has its name."""
    parts = ("__init__", "family", "rotary_family")
    return (OWN, *sorted(path.stem for path in _FAMILIES.glob("*.py") if path.stem not in parts))


def read_config(folder: Path) -> dict[str, Any]:
    """The values of config.json.

    :raises BadCheckpoint: there is none, it is damaged, or its model is of a kind that the core cannot be.
    """
    path = folder / "config.json"
    if not is_there(path):
        raise BadCheckpoint(
            f"{folder}: there is no config.json; this is not a model's folder",
            f"{folder}: config.json이 없습니다. 모델 폴더가 아닙니다",
        )
    values = read_json(path)
    check_kind(str(folder), values)
    return values


def check_kind(where: str, values: Mapping[str, Any]) -> None:
    """
    :param values: of a config.json.
    :raises BadCheckpoint: no model that the core can be, or quantized weights.
    """
    if (kind := values.get("model_type")) not in kinds():
        known = ", ".join(kinds())
        raise BadCheckpoint(
            f"{where}: model type {kind!r} is not one that the core can be: {known}",
            f"{where}: 코어가 될 수 없는 모델 종류 {kind!r}입니다. 될 수 있는 것: {known}",
        )
    if about := values.get("quantization_config"):
        how = about.get("quant_method", "an unknown method") if isinstance(about, dict) else about
        raise BadCheckpoint(
            f"{where}: its weights are quantized ({how}); choose the model as it was made",
            f"{where}: 가중치가 양자화되어 있습니다({how}). 원래 모델을 고르세요",
        )


def context_of(values: Mapping[str, Any]) -> int | None:
    """How many tokens the model was made for, where config.json says it."""
    return _number(values, _CONTEXTS)


def layers_of(values: Mapping[str, Any]) -> int | None:
    """How many blocks the model has, where config.json says it."""
    return _number(values, _LAYERS)


def _number(values: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((values[name] for name in names if isinstance(values.get(name), int)), None)
