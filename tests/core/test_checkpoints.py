"""Checkpoints: made once, whoever asks, and never half."""

from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path

import pytest

from core.checkpoints import FolderCache, recipe_key

RECIPE = {"steps": 100, "model": {"width": 64, "depth": 2}}


def make(folder: Path) -> None:
    (folder / "model.txt").write_text("weights", encoding="utf-8")


def make_slowly(folder: Path) -> None:
    (folder / f"{time.monotonic_ns()}.txt").touch()
    time.sleep(0.3)


def ask(root: Path) -> None:
    FolderCache(root).checkpoint(RECIPE, make_slowly)


def test_a_checkpoint_is_made_once_and_then_found(tmp_path: Path) -> None:
    calls: list[Path] = []
    cache = FolderCache(tmp_path / "cache")
    for _ in range(2):
        found = cache.checkpoint(RECIPE, lambda folder: (calls.append(folder), make(folder))[0])
        assert (found / "model.txt").read_text(encoding="utf-8") == "weights"
    assert len(calls) == 1
    assert found.name == recipe_key(RECIPE)
    assert json.loads((found / "recipe.json").read_text(encoding="utf-8")) == RECIPE


def test_another_recipe_is_another_checkpoint_and_the_order_of_keys_is_none(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    first = cache.checkpoint(RECIPE, make)
    assert cache.checkpoint({**RECIPE, "steps": 101}, make) != first
    assert cache.checkpoint(dict(reversed(RECIPE.items())), make) == first


def test_what_fails_leaves_nothing_and_can_be_tried_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        make(folder)
        raise RuntimeError("out of luck")

    cache = FolderCache(tmp_path)
    with pytest.raises(RuntimeError, match="out of luck"):
        cache.checkpoint(RECIPE, fail)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    assert (cache.checkpoint(RECIPE, make) / "model.txt").exists()


def test_what_a_killed_process_left_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / f"{recipe_key(RECIPE)}.part"
    half.mkdir()
    (half / "half.txt").touch()
    assert sorted(path.name for path in FolderCache(tmp_path).checkpoint(RECIPE, make).iterdir()) == [
        "model.txt",
        "recipe.json",
    ]


def test_two_processes_that_ask_at_once_get_one_checkpoint(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=ask, args=(tmp_path,)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(20)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert len(list((tmp_path / recipe_key(RECIPE)).glob("*.txt"))) == 1


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), Path("x")])
def test_a_recipe_that_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a recipe must be plain JSON"):
        recipe_key({"value": value})
