"""Does every kind of text have a part that stays out, and the same texts for the same seed?"""

from __future__ import annotations

import pytest

from core.text.mixture import first_characters, part
from core.text.tasks.task import held_out


def test_real_text_says_which_python_shipped_it() -> None:
    found = part("prose", held_out=0.1, characters=0, seed=0)
    assert found.kind == "prose"
    assert found.origin.startswith("standard library of Python 3.")
    assert set(found.train).isdisjoint(found.held_out)
    assert found.chance is None


def test_a_task_is_made_to_measure_and_again_the_same() -> None:
    found = part("arithmetic", held_out=0.1, characters=5000, seed=3)
    assert 5000 <= sum(map(len, found.train)) < 6500
    assert found == part("arithmetic", held_out=0.1, characters=5000, seed=3)
    assert found.sha256 != part("arithmetic", held_out=0.1, characters=5000, seed=4).sha256
    assert found.origin == "made by the project"
    assert all(held_out(item.key) for item in found.questions)
    assert len({item.prompt for item in found.questions}) == len(found.questions) == 200


def test_documents_are_taken_until_there_is_enough() -> None:
    assert list(first_characters(["ab", "cd", "ef"], 3)) == ["ab", "cd"]
    assert list(first_characters(["ab"], 100)) == ["ab"]


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="no text of kind 'poems'; choose from prose, code, arithmetic"):
        part("poems", held_out=0.1, characters=1, seed=0)
