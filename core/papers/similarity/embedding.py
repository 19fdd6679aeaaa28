"""How does a sentence-embedding model that a person has in a folder read papers?

The folder is what sentence-transformers or transformers save: config.json, tokenizer.json and safetensors, and perhaps
the pooling (mean, or the first token). Nothing is downloaded, no code of the folder is run, no pickle is read. Naming
and checking a folder takes no model library; `encode` does, and belongs into a process of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.papers.similarity.likeness import to_int8

MOST_TOKENS = 256  # an abstract has about 250; the time grows with it
_BATCH = 16
_KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
_POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}


class BadEncoder(ValueError):
    """A folder that cannot be used as an embedding model: one line that says what is missing."""


def encoder_name(folder: Path) -> str:
    """A name for the vectors that this model makes: the folder's, and a hash of its configuration.

    :raises BadEncoder: the folder lacks something, or pools in a way that is not known here.
    """
    config = folder / "config.json"
    if _read(config).get("is_encoder_decoder"):
        raise BadEncoder(f"{folder}: an encoder with a decoder; name the folder of an encoder such as MiniLM or BGE")
    if not (folder / "tokenizer.json").is_file():
        raise BadEncoder(f"{folder}: there is no tokenizer.json; save the fast tokenizer beside the model")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise BadEncoder(f"{folder}: there are no safetensors; other weight files are not read, convert them")
    digest = hashlib.sha256(config.read_bytes() + pooling(folder).encode())
    for path in weights:
        # Other weights with the same configuration are another model.
        digest.update(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    return f"{folder.resolve().name}-{digest.hexdigest()[:12]}"


def pooling(folder: Path) -> str:
    """`mean` or `cls`: how the vectors of the tokens become one; mean where the folder does not say.

    :raises BadEncoder: the folder asks for something else.
    """
    path = folder / "modules.json"
    if not path.is_file():
        return "mean"
    found = "mean"
    for module in _load(path, list):
        if not isinstance(module, dict):
            raise BadEncoder(f"{path}: is no list of modules; save the model anew")
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind not in _KNOWN_MODULES:
            raise BadEncoder(
                f"{folder}: its module {kind or '?'!r} is not known; use one that only pools and normalizes"
            )
        if kind == "Pooling":
            found = _pooling_of(folder, folder / str(module.get("path", "")) / "config.json")
    return found


def encode(folder: Path, texts: Sequence[str]) -> Iterator[np.ndarray]:
    """One int8 vector for each text, in their order, made a batch at a time.

    :raises BadEncoder: the folder cannot be used; one line.
    """
    how = pooling(folder)
    encoder_name(folder)
    from tokenizers import Tokenizer
    from torch import inference_mode, tensor

    model = _load_model(folder)
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_most_tokens(folder, model.config))
    tokenizer.enable_padding(pad_id=model.config.pad_token_id or 0)
    for start in range(0, len(texts), _BATCH):
        read = tokenizer.encode_batch(list(texts[start : start + _BATCH]))
        mask = tensor([each.attention_mask for each in read])
        with inference_mode():
            states = model(input_ids=tensor([each.ids for each in read]), attention_mask=mask).last_hidden_state
        if how == "cls":
            pooled = states[:, 0]
        else:
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        yield from to_int8(pooled.numpy())


def _load_model(folder: Path) -> Any:
    """The encoder, every tensor of it from the folder's safetensors."""
    from safetensors import SafetensorError
    from torch import float32
    from transformers import AutoModel

    try:
        model, told = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise BadEncoder(f"{folder}: cannot be loaded ({' '.join(str(error).split())[:200]})") from error
    # The head that BERT puts on the first token is not used, and often not saved.
    if missing := sorted(key for key in told["missing_keys"] if "pooler" not in key):
        raise BadEncoder(
            f"{folder}: {missing[0]} and {len(missing) - 1} other tensors are missing; save the model anew"
        )
    return model.eval()


def _most_tokens(folder: Path, config: Any) -> int:
    limits = [MOST_TOKENS]
    if positions := getattr(config, "max_position_embeddings", None):
        # RoBERTa counts positions from beyond the padding token, and some keep one more free.
        limits.append(int(positions) - 2)
    said = folder / "sentence_bert_config.json"
    if said.is_file() and (length := _read(said).get("max_seq_length")):
        limits.append(int(length))
    return max(1, min(limits))


def _pooling_of(folder: Path, path: Path) -> str:
    said = _read(path)
    modes = [mode for key, mode in _POOLINGS.items() if said.get(key)]
    others = [key for key, value in said.items() if key.startswith("pooling_mode_") and value and key not in _POOLINGS]
    if "pooling_mode" in said:
        modes = [mode for mode in _POOLINGS.values() if mode == said["pooling_mode"]]
    if len(modes) != 1 or others:
        raise BadEncoder(f"{folder}: pools neither by the mean nor by the first token; name another model")
    return modes[0]


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = _load(path, dict)
    return found


def _load(path: Path, kind: type) -> Any:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadEncoder(f"{path}: there is no such file; name the folder of a saved embedding model") from None
    except (OSError, ValueError) as error:
        raise BadEncoder(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, kind):
        raise BadEncoder(f"{path}: is no JSON {'object' if kind is dict else 'list'}; save the model anew")
    return found
