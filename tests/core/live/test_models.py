"""Loaded models: by name, the last few, read anew when they change; and a text as one of them reads it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from core.gpt.loading.house import WEIGHTS
from core.gpt.loading.weight_files import BadCheckpoint
from core.live import Models
from core.params import BadParam
from core.text.tokenizer import pieces


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return [str(shutil.copytree(WEIGHTS / "nano", tmp_path_factory.mktemp("models") / str(n))) for n in range(2)]


def test_a_model_that_is_asked_for_again_is_not_loaded_again(models: Models) -> None:
    assert models.get("nano") is models.get("nano")
    assert not models.get("nano").model.training


def test_the_last_two_are_kept(folders: list[str]) -> None:
    fresh = Models(keep=2)
    nano, first = fresh.get("nano"), fresh.get(folders[0])
    assert fresh.get("nano") is nano
    fresh.get(folders[1])  # the first folder was asked for longest ago
    assert fresh.get("nano") is nano
    assert fresh.get(folders[0]) is not first


def test_a_model_whose_files_have_changed_is_read_anew(folders: list[str]) -> None:
    fresh = Models()
    before = fresh.get(folders[0])
    os.utime(Path(folders[0]) / "model.safetensors", (1, 1))
    assert fresh.get(folders[0]) is not before


def test_a_model_that_is_not_there_is_one_line(models: Models, tmp_path: Path) -> None:
    for name in ("no-such-model", str(tmp_path), ""):
        with pytest.raises(BadCheckpoint) as told:
            models.get(name)
        assert "\n" not in str(told.value)


def test_no_room_for_a_model_is_refused() -> None:
    with pytest.raises(ValueError, match="keep 0"):
        Models(keep=0)


def test_a_text_is_read_after_the_token_that_begins_a_document(models: Models) -> None:
    nano = models.get("nano")
    reading = nano.read("Return the number.", most=100)
    assert reading.ids[0] == nano.tokenizer.bos_token_id
    assert reading.tokens[0] == "<|end|>"
    assert "".join(reading.tokens[1:]) == "Return the number."
    assert not reading.cut


@pytest.mark.parametrize("most", [2, 7, 10_000])
def test_of_a_long_text_the_end_is_read(models: Models, most: int) -> None:
    nano = models.get("nano")
    text = "The first of many words. " * 400 + "And the very last of them"
    reading = nano.read(text, most=most)
    whole = [piece.id for piece in pieces(nano.tokenizer, text)]
    room = min(most, nano.model.config.max_position_embeddings)
    assert reading.cut
    assert reading.ids == [nano.tokenizer.bos_token_id, *whole[-(room - 1) :]]


def test_of_a_text_without_end_only_the_end_is_looked_at(models: Models) -> None:
    reading = models.get("nano").read("x" * 10_000_000, most=16)
    assert reading.cut
    assert len(reading.ids) == 16


def test_half_of_a_surrogate_pair_is_read_as_a_question_mark(models: Models) -> None:
    assert "".join(models.get("nano").read("a\ud83db", most=20).tokens[1:]) == "a?b"


def test_a_model_without_a_beginning_has_nothing_to_say_of_no_text(folders: list[str]) -> None:
    loaded = Models().get(folders[1])
    loaded.tokenizer.bos_token = loaded.tokenizer.eos_token = None
    assert loaded.read("word", most=5).ids
    with pytest.raises(BadParam, match="write something"):
        loaded.read("", most=5)
