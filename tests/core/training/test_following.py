"""Does a recipe make a whole model folder, and go on where it was stopped?"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import core.gpt
from core.gpt.loading import checkpoints
from core.text import mixture
from core.text.corpora import Corpus
from core.text.tokenizer import train_tokenizer
from core.training import begun, cards, checkpoint, following
from core.training.checkpoint import CannotResume
from core.training.following import Trained, follow, train_house_model
from core.training.recipes import RECIPES, Phase, Recipe

TINY = Recipe(
    name="tiny",
    model={
        "vocab_size": 300,
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "max_position_embeddings": 32,
    },
    rows={"prose": 2, "code": 1, "arithmetic": 1, "repeated": 1},
    phases=(
        Phase(steps=6, learning_rate=1e-3, warmup=2, bfloat16=False),
        Phase(steps=4, learning_rate=1e-3, warmup=1, bfloat16=False),
    ),
    held_out=0.3,
    characters=2000,
    tokenizer_characters=500,
    save_every=2,
    look_every=5,
    log_every=3,
)


def small_corpus(name: str, sha256: str = "ab" * 32) -> Corpus:
    """A library of twenty modules instead of a thousand."""
    documents = tuple(f"{name} of module {number}: it adds {number} and {number + 1}.\n" * 9 for number in range(20))
    sources = tuple(f"module{number}.py" for number in range(20))
    return Corpus(name=name, documents=documents, sources=sources, python="3.11.7", sha256=sha256)


@pytest.fixture(autouse=True, scope="module")
def small_corpora() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixture, "REAL", {name: partial(small_corpus, name) for name in ("prose", "code")})
        yield


def test_a_finished_folder_loads_without_the_corpus_and_tells_how_it_was_made(tmp_path: Path) -> None:
    records = list(follow(TINY, tmp_path, commit="c0ffee"))
    assert [record.step for record in records] == list(range(1, 11))
    assert records[-1].tokens == 10 * 5 * 32
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "card.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "train_log.jsonl",
    }  # fmt: skip
    model, tokenizer = core.gpt.load(tmp_path), core.gpt.load_tokenizer(tmp_path)
    assert model(torch.tensor([tokenizer("module 7")["input_ids"]])).logits.isfinite().all()
    assert model.config.eos_token_id == tokenizer.eos_token_id

    log = [json.loads(line) for line in (tmp_path / "train_log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [1, 3, 5, 6, 9, 10]
    assert set(log[-1]["held_out"]) == {"prose", "code", "arithmetic"}
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["trained_tokens"] == 10 * 5 * 32
    assert card["phases_done"] == 2
    assert card["commit"] == "c0ffee"
    assert card["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert card["data"]["code"]["sha256"] == "ab" * 32
    assert set(card["held_out"]) == {"prose", "code", "arithmetic"}
    assert 0 <= card["tasks"]["arithmetic"]["accuracy"] <= 1
    text = (tmp_path / "README.md").read_text()
    assert f"| prose | {card['held_out']['prose']['nats_per_token']:.3f} |" in text
    assert "random period" in text
    assert "Not finished" not in text
    with pytest.raises(Trained, match="trained to the end; --restart makes it anew"):
        next(follow(TINY, tmp_path))


@pytest.mark.parametrize("steps", [5, 6, 9], ids=["in the first phase", "between them", "in the second"])
def test_a_recipe_that_was_stopped_ends_in_the_same_weights_and_log(steps: int, straight: Path, tmp_path: Path) -> None:
    stop(tmp_path, after=steps)
    rest = [record.step for record in follow(TINY, tmp_path)]
    assert rest == list(range(11 - len(rest), 11))
    assert 0 < len(rest) < 10
    assert_alike(straight, tmp_path)


def stop(folder: Path, *, after: int, **how: Any) -> None:
    """Train so many steps, and no further."""
    stopped = follow(TINY, folder, **how)
    assert len(list(islice(stopped, after))) == after
    stopped.close()


def assert_alike(one: Path, two: Path) -> None:
    """The same files, the same weights, and, but for dates and speeds, the same log and card."""
    assert {path.name for path in one.iterdir()} == {path.name for path in two.iterdir()}
    weights, others = (load_file(folder / "model.safetensors") for folder in (one, two))
    assert all(torch.equal(tensor, others[name]) for name, tensor in weights.items())
    lines = [
        [
            {key: value for key, value in json.loads(line).items() if "per_second" not in key}
            for line in (folder / "train_log.jsonl").read_text().splitlines()
        ]
        for folder in (one, two)
    ]
    assert lines[0] == lines[1]
    told = [json.loads((folder / "card.json").read_text()) | {"trained": "today"} for folder in (one, two)]
    assert told[0] == told[1]


@pytest.fixture(scope="module")
def straight(small_corpora: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder trained without a stop."""
    folder = tmp_path_factory.mktemp("straight")
    list(follow(TINY, folder))
    return folder


def test_between_two_phases_the_shipped_files_are_enough_to_go_on(tmp_path: Path) -> None:
    first = follow(TINY, tmp_path)
    list(islice(first, 7))
    first.close()
    (tmp_path / "checkpoint.safetensors").unlink(missing_ok=True)
    assert "**Not finished.** 1 of 2 phases are done" in (tmp_path / "README.md").read_text()
    assert [record.step for record in follow(TINY, tmp_path)] == [7, 8, 9, 10]
    with pytest.raises(CannotResume, match="tells of another recipe"):
        next(follow(replace(TINY, seed=1), tmp_path))


@pytest.mark.parametrize("steps", [5, 7], ids=["in the first phase", "in the second"])
def test_what_was_begun_on_other_texts_is_not_gone_on_with(
    steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(tmp_path, after=steps)
    changed = {"prose": partial(small_corpus, "prose"), "code": partial(small_corpus, "code", "cd" * 32)}
    monkeypatch.setattr(mixture, "REAL", changed)
    with pytest.raises(CannotResume, match=rf"begun on the texts of Python {platform.python_version()}, .*: code"):
        next(follow(TINY, tmp_path))


@pytest.mark.parametrize("steps", [5, 7], ids=["in the first phase", "in the second"])
def test_what_was_begun_in_another_vocabulary_is_not_gone_on_with(
    steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(tmp_path, after=steps)
    other = train_tokenizer(["other words"], vocab_size=300, context=32)
    monkeypatch.setattr(following, "train_tokenizer", lambda *_, **__: other)
    with pytest.raises(CannotResume, match="vocabulary"):
        next(follow(TINY, tmp_path))


def test_a_checkpoint_that_says_nothing_of_its_texts_is_gone_on_with(tmp_path: Path) -> None:
    """As older versions left it."""
    stop(tmp_path, after=5)
    (tmp_path / begun.NAME).unlink()
    assert next(follow(TINY, tmp_path)).step == 5


def test_what_was_begun_anew_goes_on_where_it_was_stopped(straight: Path, tmp_path: Path) -> None:
    list(follow(replace(TINY, seed=1), tmp_path))
    stop(tmp_path, after=5, resume=False)
    assert [record.step for record in follow(TINY, tmp_path)] == [5, 6, 7, 8, 9, 10]
    assert_alike(straight, tmp_path)


def test_a_training_begun_anew_keeps_the_log_of_all_phases(straight: Path, tmp_path: Path) -> None:
    list(follow(TINY, tmp_path, resume=False))
    assert_alike(straight, tmp_path)


def kill_in_the_look_at_step(step: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train, and be killed at a look at the held-out texts, before its step is written to the log."""
    look, log = following.evaluate.loss, folder / cards.LOG

    def killed(*given: Any) -> float:
        if json.loads(log.read_text().splitlines()[-1])["step"] == step - 1:
            raise SystemExit
        return look(*given)

    with monkeypatch.context() as patch:
        patch.setattr(following.evaluate, "loss", killed)
        with pytest.raises(SystemExit):
            list(follow(TINY, folder))


@pytest.mark.parametrize("step", [5, 6, 10])
def test_a_kill_in_a_look_at_the_held_out_texts_loses_no_step(
    step: int, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in_the_look_at_step(step, tmp_path, monkeypatch)
    list(follow(TINY, tmp_path))
    assert_alike(straight, tmp_path)


def test_a_step_that_an_older_checkpoint_does_not_tell_of_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in_the_look_at_step(10, tmp_path, monkeypatch)
    path = tmp_path / checkpoint.NAME
    with safe_open(path, framework="pt") as stored:
        about = {key: value for key, value in stored.metadata().items() if key != "record"}
    save_file(load_file(path), path, metadata=about)
    assert list(follow(TINY, tmp_path)) == []
    assert json.loads((tmp_path / cards.LOG).read_text().splitlines()[-1])["step"] == 9
    assert json.loads((tmp_path / "card.json").read_text())["trained_tokens"] == 10 * 5 * 32


@pytest.mark.parametrize("phase", [1, 2])
def test_a_kill_before_the_checkpoint_of_a_shipped_phase_is_gone_does_no_harm(
    phase: int, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink
    if phase == 2:
        stop(tmp_path, after=7)

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.name == checkpoint.NAME:
            raise SystemExit
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(SystemExit):
            list(follow(TINY, tmp_path))
    assert checkpoint.exists(tmp_path)
    if phase == 1:
        assert [record.step for record in follow(TINY, tmp_path)] == [7, 8, 9, 10]
    with pytest.raises(Trained):
        next(follow(TINY, tmp_path))
    assert_alike(straight, tmp_path)


@pytest.mark.parametrize("name", ["README", "card", "model"])
def test_a_kill_while_a_phase_is_shipped_does_no_harm(
    name: str, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the phase before are whole, and so the last phase can be shipped again."""
    stop(tmp_path, after=7)
    write, save = Path.write_bytes, checkpoints.save_file

    def half_a_text(path: Path, content: bytes) -> int:
        if path.name.startswith(f".{name}"):
            write(path, content[: len(content) // 2])
            raise SystemExit
        return write(path, content)

    def half_the_weights(tensors: dict[str, torch.Tensor], path: Path, **how: Any) -> None:
        save(tensors, path, **how)
        if name == "model":
            path.write_bytes(path.read_bytes()[:1000])
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half_a_text)
        patch.setattr(checkpoints, "save_file", half_the_weights)
        with pytest.raises(SystemExit):
            list(follow(TINY, tmp_path))
    assert list(follow(TINY, tmp_path)) == []
    assert_alike(straight, tmp_path)


def test_batches_mix_the_kinds_as_the_recipe_says() -> None:
    ids = {"prose": torch.full((100,), 10), "code": torch.full((100,), 20)}
    recipe = replace(TINY, rows={"prose": 2, "code": 1, "repeated": 1})
    stream = following.mixed_batches(ids, recipe, seed=0)
    first, second = next(stream), next(stream)
    assert first.shape == (4, 32)
    assert first[:, 0].tolist()[:3] == [10, 10, 20]
    assert first[3].unique().numel() > 5
    assert not torch.equal(first[3], second[3])
    only_code = next(following.mixed_batches(ids, replace(TINY, rows={"code": 2}), seed=0))
    assert (only_code == 20).all()


def test_an_unknown_house_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no house model 'giga'; choose one of nano"):
        next(train_house_model("giga", tmp_path))


@pytest.mark.parametrize(("name", "least", "most"), [("nano", 0.9e6, 1.3e6), ("micro", 3.5e6, 4.5e6)])
def test_a_house_model_has_its_size_and_reads_enough(name: str, least: float, most: float) -> None:
    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    recipe = RECIPES[name]
    parameters = sum(parameter.numel() for parameter in GPT(GPTConfig(**recipe.model)).parameters())
    assert least < parameters < most
    assert recipe.steps * sum(recipe.rows.values()) * recipe.model["max_position_embeddings"] >= 15 * parameters
