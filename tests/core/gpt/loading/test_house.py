"""Is every model that ships whole, small, honest about itself, and of some use?"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

import core.gpt
from core.gpt.generate import stream_text
from core.gpt.loading import house
from core.training import evaluate
from core.training.cards import copying
from core.training.recipes import RECIPES

NAMES = sorted(house.models())

PROSE = """The function returns a new list that holds the items of the sequence in reverse order. If the argument is not
a sequence, a TypeError is raised. The original object is not changed, and the items themselves are not copied."""
CODE = """class Counter:
    def __init__(self, start=0):
        self.value = start

    def __repr__(self):
        return "%s(%r)" % (self.__class__.__name__, self.value)
"""


def test_nano_ships() -> None:
    assert "nano" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_whole_small_and_as_its_card_says(name: str) -> None:
    facts = core.gpt.house_models()[name]
    folder = Path(facts["folder"])
    for file in ("README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "train_log.jsonl"):
        assert (folder / file).stat().st_size > 100
    assert not [path for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pkl", ".pickle"}]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6

    model, tokenizer = core.gpt.load(name), core.gpt.load_tokenizer(name)
    assert facts["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert facts["bytes"] < 2 * facts["parameters"] + 10_000
    assert len(tokenizer) == model.config.vocab_size == facts["vocabulary"]
    assert model.config.eos_token_id == tokenizer.eos_token_id

    card = (folder / "README.md").read_text(encoding="utf-8")
    for kind in ("prose", "code"):
        assert facts["data"][kind]["sha256"][:16] in card
        assert f"{facts['held_out'][kind]['perplexity']:.1f}" in card


@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_on_the_card_is_the_one_in_the_code_and_the_log_is_its_run(name: str) -> None:
    facts = house.models()[name]
    recipe = RECIPES[name]
    assert facts["recipe"] == recipe.as_json()
    done = sum(phase.steps for phase in recipe.phases[: facts["phases_done"]])
    lines = (Path(facts["folder"]) / "train_log.jsonl").read_text(encoding="utf-8").splitlines()
    log = [json.loads(line) for line in lines]
    assert log[-1]["step"] == done
    assert log[-1]["tokens"] == facts["trained_tokens"]
    assert log[0]["loss"] == pytest.approx(math.log(facts["vocabulary"]), abs=0.3)
    assert log[-1]["loss"] < log[0]["loss"] / 2


@pytest.mark.parametrize("name", NAMES)
def test_it_predicts_text_that_it_never_saw(name: str) -> None:
    model, tokenizer = core.gpt.load(name), core.gpt.load_tokenizer(name)
    for text in (PROSE, CODE):
        found = evaluate.held_out(model, tokenizer, [text], time=model.config.max_position_embeddings)
        assert found.bits_per_byte < 2.0, "a gzip of such text takes about 3"


@pytest.mark.parametrize("name", NAMES)
def test_it_copies_what_repeats_as_its_card_says(name: str) -> None:
    torch.set_num_threads(1)
    model = core.gpt.load(name)
    found = copying(model, time=model.config.max_position_embeddings, rows=16)
    assert found == pytest.approx(house.models()[name]["copying"], abs=0.05)
    assert found > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_it_writes_text(name: str) -> None:
    model, tokenizer = core.gpt.load(name), core.gpt.load_tokenizer(name)
    text = "".join(stream_text(model, tokenizer, "import os\nimport ", max_new_tokens=30))
    assert "\n" in text and " import " in text
