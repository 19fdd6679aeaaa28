"""Which models are there to work with: in the house, in the cache, in folders, and a short list of what could come?

Light enough for the web process: configs and the heads of weight files are read, and no model library is imported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.gpt.loading import house, hub
from core.gpt.loading.config_files import context_of, read_config
from core.gpt.loading.weight_files import BadCheckpoint, Stored, stored_tensors, weight_files

Kind = Literal["house", "hub", "folder"]
BYTES_A_NUMBER = 4  # as `core.gpt.load` loads by default, in float32


@dataclass(frozen=True, kw_only=True)
class Known:
    """A public model that is worth knowing of. Facts of its card; its size is for the hub to say."""

    repo: str
    family: str
    parameters: int
    context: int
    licence: str
    gated: bool = False


KNOWN = (
    Known(repo="distilbert/distilgpt2", family="gpt2", parameters=81_912_576, context=1024, licence="apache-2.0"),
    Known(repo="openai-community/gpt2", family="gpt2", parameters=124_439_808, context=1024, licence="mit"),
    Known(repo="openai-community/gpt2-medium", family="gpt2", parameters=354_823_168, context=1024, licence="mit"),
    Known(repo="openai-community/gpt2-large", family="gpt2", parameters=774_030_080, context=1024, licence="mit"),
    Known(repo="openai-community/gpt2-xl", family="gpt2", parameters=1_557_611_200, context=1024, licence="mit"),
    Known(
        repo="HuggingFaceTB/SmolLM2-135M", family="llama", parameters=134_515_008, context=8192, licence="apache-2.0"
    ),
    Known(
        repo="HuggingFaceTB/SmolLM2-360M", family="llama", parameters=361_821_120, context=8192, licence="apache-2.0"
    ),
    Known(repo="Qwen/Qwen2-0.5B", family="qwen2", parameters=494_032_768, context=131_072, licence="apache-2.0"),
    Known(repo="Qwen/Qwen2.5-0.5B", family="qwen2", parameters=494_032_768, context=32_768, licence="apache-2.0"),
    Known(
        repo="TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        family="llama",
        parameters=1_100_048_384,
        context=2048,
        licence="apache-2.0",
    ),
    Known(
        repo="meta-llama/Llama-3.2-1B",
        family="llama",
        parameters=1_235_814_400,
        context=131_072,
        licence="llama3.2",
        gated=True,
    ),
    Known(repo="Qwen/Qwen2-1.5B", family="qwen2", parameters=1_543_714_304, context=131_072, licence="apache-2.0"),
    Known(
        repo="mistralai/Mistral-7B-v0.1",
        family="mistral",
        parameters=7_241_732_096,
        context=32_768,
        licence="apache-2.0",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One model.

    :param name: as `core.gpt.load` takes it.
    :param here: whether it can be loaded without a network.
    :param parameters: None where nobody has said it yet; for what lies here, counted in its files.
    :param bytes: on the disk, or of the download; None where the hub was not asked yet.
    :param context: tokens.
    :param licence: as its card names it; None where it is not known, and for the project's own.
    :param gated: whether the hub wants its terms accepted first.
    :param problem: one line, where it lies here and cannot be loaded.
    """

    name: str
    kind: Kind
    here: bool
    family: str | None = None
    parameters: int | None = None
    bytes: int | None = None
    context: int | None = None
    licence: str | None = None
    gated: bool = False
    folder: Path | None = None
    problem: str | None = None

    @property
    def memory(self) -> int | None:
        """Bytes that its weights take once loaded, in float32."""
        return None if self.parameters is None else self.parameters * BYTES_A_NUMBER


def models(folders: Iterable[Path] = (), offers: Mapping[str, hub.Offer] | None = None) -> list[Entry]:
    """The house models, what is cached, what is known and not here, and a person's own folders, in this order.

    :param folders: that a person named.
    :param offers: what the hub said of models that it was asked about, by `str(offer.id)`.
    """
    offers = offers or {}
    cached = {str(model): entry for model, folder in hub.cached_models() if (entry := _cached(model, folder, offers))}
    known = {item.repo: _known(item, offers) for item in KNOWN}
    asked = {name: _offered(offer) for name, offer in offers.items() if name not in known}
    away = [entry for name, entry in (known | asked).items() if name not in cached]
    return [*_house(), *cached.values(), *away, *(_folder(folder) for folder in folders)]


def describe(folder: Path) -> Entry:
    """A folder as a model.

    :raises BadCheckpoint: it is none that the core can load.
    """
    values = read_config(folder)
    stored = stored_tensors(folder)
    return Entry(
        name=str(folder),
        kind="folder",
        here=True,
        family=values["model_type"],
        parameters=_parameters(values, stored),
        bytes=sum(path.stat().st_size for path in weight_files(folder)),
        context=context_of(values),
        folder=folder,
    )


def _house() -> list[Entry]:
    return [
        Entry(
            name=name,
            kind="house",
            here=True,
            family=str(read_config(Path(card["folder"]))["model_type"]),
            parameters=card["parameters"],
            bytes=card["bytes"],
            context=card["context"],
            folder=Path(card["folder"]),
        )
        for name, card in house.models().items()
    ]


def _cached(model: hub.HubId, folder: Path, offers: Mapping[str, hub.Offer]) -> Entry | None:
    """A model of the cache; None for what the core does not load, or of which only a part is there."""
    try:
        found = describe(folder)
    except BadCheckpoint:
        return None
    offer = offers.get(str(model))
    known = next((item for item in KNOWN if item.repo == model.repo), None)
    licence = offer.licence if offer else known.licence if known else None
    return Entry(**{**vars(found), "name": str(model), "kind": "hub", "licence": licence})


def _known(item: Known, offers: Mapping[str, hub.Offer]) -> Entry:
    offer = offers.get(item.repo)
    return Entry(
        name=item.repo,
        kind="hub",
        here=False,
        family=item.family,
        parameters=item.parameters,
        bytes=None if offer is None else offer.bytes,
        context=item.context,
        licence=item.licence if offer is None or offer.licence is None else offer.licence,
        gated=item.gated if offer is None else offer.gated,
    )


def _offered(offer: hub.Offer) -> Entry:
    return Entry(
        name=str(offer.id),
        kind="hub",
        here=False,
        family=offer.family,
        parameters=offer.parameters,
        bytes=offer.bytes,
        licence=offer.licence,
        gated=offer.gated,
    )


def _folder(folder: Path) -> Entry:
    try:
        return describe(folder)
    except BadCheckpoint as error:
        return Entry(name=str(folder), kind="folder", here=False, folder=folder, problem=str(error))


def _parameters(values: Mapping[str, Any], stored: Mapping[str, Stored]) -> int:
    """Numbers in the weights: not GPT-2's masks (of no or of four dimensions), nor angles, nor a tied matrix again."""
    tied = values.get("tie_word_embeddings", values["model_type"] == "gpt2")
    weights = (
        tensor
        for name, tensor in stored.items()
        if len(tensor.shape) in (1, 2) and not name.endswith("inv_freq") and not (tied and name == "lm_head.weight")
    )
    return sum(math.prod(tensor.shape) for tensor in weights)
