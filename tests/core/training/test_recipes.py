"""Does a recipe make a whole model folder, and go on where it was stopped?"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import core.gpt
from core.text.corpora import Corpus
from core.training import recipes
from core.training.recipes import RECIPES, Recipe, follow, train_house_model

TINY = Recipe(
    name="tiny",
    model={
        "vocab_size": 300,
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "max_position_embeddings": 32,
    },
    rows={"prose": 2, "code": 1, "repeated": 1},
    steps=6,
    learning_rate=1e-3,
    warmup=2,
    bfloat16=False,
    held_out=0.3,
    save_every=2,
    log_every=3,
)


@pytest.fixture(autouse=True)
def small_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of twenty modules instead of a thousand."""

    def corpus(name: str) -> Corpus:
        documents = tuple(
            f"{name} of module {number}: it adds {number} and {number + 1}.\n" * 9 for number in range(20)
        )
        sources = tuple(f"module{number}.py" for number in range(20))
        return Corpus(name=name, documents=documents, sources=sources, python="3.11.7", sha256="ab" * 32)

    monkeypatch.setattr(recipes.corpora, "prose", lambda: corpus("prose"))
    monkeypatch.setattr(recipes.corpora, "code", lambda: corpus("code"))


def test_a_finished_folder_loads_without_the_corpus_and_tells_how_it_was_made(tmp_path: Path) -> None:
    records = list(follow(TINY, tmp_path))
    assert [record.step for record in records] == [1, 2, 3, 4, 5, 6]
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "card.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "train_log.jsonl",
    }  # fmt: skip
    model, tokenizer = core.gpt.load(tmp_path), core.gpt.load_tokenizer(tmp_path)
    assert model(torch.tensor([tokenizer("module 7")["input_ids"]])).logits.isfinite().all()
    assert model.config.eos_token_id == tokenizer.eos_token_id

    log = [json.loads(line) for line in (tmp_path / "train_log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [1, 3, 6]
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["trained_tokens"] == 6 * 4 * 32
    assert card["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert card["data"]["code"]["sha256"] == "ab" * 32
    assert set(card["held_out"]) == {"prose", "code"}
    text = (tmp_path / "README.md").read_text()
    assert f"| prose | {card['held_out']['prose']['nats_per_token']:.3f} |" in text
    assert "random period" in text


def test_a_recipe_that_was_stopped_ends_in_the_same_weights_and_log(tmp_path: Path) -> None:
    list(follow(TINY, tmp_path / "straight"))
    stopped = follow(TINY, tmp_path / "stopped")
    list(islice(stopped, 5))
    stopped.close()
    assert (tmp_path / "stopped" / "checkpoint.safetensors").is_file()
    assert [record.step for record in follow(TINY, tmp_path / "stopped")] == [5, 6]
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("straight", "stopped"))
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    steps = [
        [json.loads(line)["loss"] for line in (tmp_path / name / "train_log.jsonl").read_text().splitlines()]
        for name in ("straight", "stopped")
    ]
    assert steps[0] == steps[1]


def test_batches_mix_the_kinds_as_the_recipe_says() -> None:
    ids = {"prose": torch.full((100,), 10), "code": torch.full((100,), 20)}
    stream = recipes.mixed_batches(ids, TINY)
    first, second = next(stream), next(stream)
    assert first.shape == (4, 32)
    assert first[:, 0].tolist()[:3] == [10, 10, 20]
    assert first[3].unique().numel() > 5
    assert not torch.equal(first[3], second[3])
    only_code = next(recipes.mixed_batches(ids, replace(TINY, rows={"code": 2})))
    assert (only_code == 20).all()


def test_an_unknown_house_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no house model 'giga'; choose one of nano"):
        next(train_house_model("giga", tmp_path))


def test_nano_is_about_a_million_parameters() -> None:
    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    model = GPT(GPTConfig(**RECIPES["nano"].model))
    assert 0.9e6 < sum(parameter.numel() for parameter in model.parameters()) < 1.3e6
