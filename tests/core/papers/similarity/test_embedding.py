"""Which folders are embedding models, and is the reason said where one is not? Without a model library."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from core.papers.similarity.embedding import BadEncoder, encoder_name, pooling


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What looks like an encoder from outside."""
    found = tmp_path / "my-encoder"
    put(found / "config.json", {"model_type": "bert"})
    put(found / "tokenizer.json", {})
    (found / "model.safetensors").write_bytes(b"weights")
    return found


def says(folder: Path, *modules: str, said: dict[str, Any] | None = None) -> None:
    put(folder / "modules.json", [{"type": f"sentence_transformers.models.{name}", "path": name} for name in modules])
    put(folder / "Pooling" / "config.json", said or {})


def test_a_name_tells_models_apart(folder: Path) -> None:
    name = encoder_name(folder)
    assert name.startswith("my-encoder-") and encoder_name(folder) == name
    (folder / "model.safetensors").write_bytes(b"other weights")
    other = encoder_name(folder)
    put(folder / "config.json", {"model_type": "bert", "hidden_size": 8})
    assert len({name, other, encoder_name(folder)}) == 3


@pytest.mark.parametrize(
    ("missing", "why"),
    [("config.json", "no such file"), ("tokenizer.json", "tokenizer.json"), ("model.safetensors", "no safetensors")],
)
def test_what_is_missing_is_named(folder: Path, missing: str, why: str) -> None:
    (folder / missing).unlink()
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(BadEncoder, match=why):
        encoder_name(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadEncoder, match="nowhere"):
        encoder_name(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["not json", "[]"])
def test_a_broken_configuration_is_named(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadEncoder, match=r"config\.json"):
        encoder_name(folder)


def test_an_encoder_with_a_decoder_is_refused(folder: Path) -> None:
    put(folder / "config.json", {"model_type": "t5", "is_encoder_decoder": True})
    with pytest.raises(BadEncoder, match="decoder"):
        encoder_name(folder)


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
    ],
)
def test_the_pooling_is_as_the_folder_says(folder: Path, said: dict[str, Any], how: str) -> None:
    assert pooling(folder) == "mean"
    says(folder, "Transformer", "Pooling", "Normalize", said=said)
    assert pooling(folder) == how


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        (("Transformer", "Pooling"), {"pooling_mode_max_tokens": True}),
        (("Transformer", "Pooling"), {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}),
        (("Transformer", "Pooling"), {"pooling_mode": "lasttoken"}),
        (("Transformer", "Pooling", "Dense"), {"pooling_mode_mean_tokens": True}),
    ],
)
def test_another_way_to_one_vector_is_refused(folder: Path, modules: tuple[str, ...], said: dict[str, Any]) -> None:
    says(folder, *modules, said=said)
    with pytest.raises(BadEncoder, match="pool"):
        encoder_name(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads every file")
def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "config.json").chmod(0)
    with pytest.raises(BadEncoder, match="cannot be read"):
        encoder_name(folder)
