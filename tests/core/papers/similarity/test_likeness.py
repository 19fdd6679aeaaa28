"""Do texts about one thing get vectors that are near, whatever they are, and does the file hold arrays alone?"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.papers.lens.phrases import stem
from core.papers.similarity.likeness import FILE, Likeness, cosines, likeness, load, to_int8

LORA = ("Low-rank adapters for tuning language models", "We fine-tune few parameters by low-rank adapter matrices.")
PEFT = (
    "Parameter-efficient fine-tuning",
    "Adapters of low rank are trained while weights of the model stay frozen.",
)
JAILBREAK = ("Jailbreak attacks on aligned chatbots", "Adversarial prompts make safe models answer harmful questions.")


def test_papers_about_one_thing_are_nearer_than_papers_about_another() -> None:
    one, other, far = likeness().vectors([LORA, PEFT, JAILBREAK])
    near = cosines(one, np.stack([one, other, far]))
    assert near[0] == pytest.approx(1.0)
    assert near[1] > 0.5 > near[2] + 0.2


def test_a_batch_says_what_each_paper_alone_would_say() -> None:
    model = likeness()
    batch = model.vectors([LORA, ("한국어 제목", None), JAILBREAK])
    assert batch.dtype == np.int8 and batch.shape == (3, model.size)
    for row, paper in zip(batch, (LORA, ("한국어 제목", None), JAILBREAK), strict=True):
        assert np.array_equal(row, model.vector(model.read(*paper)))


@pytest.mark.parametrize("title", ["한국어 언어 모델", "", "¿?", "qwzx qwzxy", "the of and"])
def test_a_text_without_a_known_word_is_near_to_nothing(title: str) -> None:
    model = likeness()
    terms = model.read(title, None)
    assert not len(terms.numbers) and not model.vector(terms).any()
    assert not cosines(model.vector(terms), model.vectors([LORA, PEFT])).any()
    assert model.telling(terms, title, None, most=5) == {}


def test_spelling_does_not_matter() -> None:
    model = likeness()
    one = model.read("Fine-Tuned Adapters", None)
    other = model.read("fine tuning adapter", None)
    assert np.array_equal(one.numbers, other.numbers)


def test_telling_words_stand_in_the_paper_and_common_ones_are_not_among_them() -> None:
    model = likeness()
    words = model.telling(model.read(*JAILBREAK), *JAILBREAK, most=4)
    assert "Jailbreak" in words and len(words) == 4
    assert all(word in f"{JAILBREAK[0]} {JAILBREAK[1]}" and weight > 0 for word, weight in words.items())
    assert not {"on", "make", "models"} & set(words)


def test_what_is_shared_is_shown_as_the_paper_says_it() -> None:
    model = likeness()
    shared = model.shared(model.read(*LORA), model.read(*PEFT), *LORA, most=3)
    assert "Low-rank" in shared and len(shared) <= 3
    parts = [part for term in shared for part in term.lower().replace("-", " ").split()]
    assert len(parts) == len(set(parts)), "a word of a pair that is shown is not shown again"
    assert model.shared(model.read(*LORA), model.read("한국어", None), *LORA, most=3) == []


def test_whole_numbers_give_cosines_and_zeros_give_none() -> None:
    vectors = np.array([[127, 0], [0, 127], [-127, 0], [0, 0]], dtype=np.int8)
    assert cosines(vectors[0], vectors).tolist() == [1.0, 0.0, -1.0, 0.0]
    wide = np.full((1, 4096), 127, dtype=np.int8)
    assert cosines(wide[0], wide) == pytest.approx([1.0])


def test_vectors_are_stretched_to_the_whole_of_int8() -> None:
    found = to_int8(np.array([[0.5, -0.25], [0.0, 0.0]]))
    assert found.tolist() == [[127, -64], [0, 0]]


def test_the_fitted_terms_are_stems_as_texts_are_read_today() -> None:
    known = set(likeness().terms)
    words = ["quantization", "jailbreak", "retrieval", "reasoning", "adapters", "hallucinations", "alignment", "tokens"]
    assert {stem(word) for word in words} <= known
    assert "long context" in known


def test_the_file_is_small_and_holds_arrays_without_pickles() -> None:
    assert FILE.stat().st_size <= 3_000_000
    with zipfile.ZipFile(FILE) as parts:
        assert {name.removesuffix(".npy") for name in parts.namelist()} == {"terms", "idf", "directions", "scales"}


def test_a_pickle_in_the_file_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, terms=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load(path)


def test_parts_that_do_not_belong_together_are_named() -> None:
    with pytest.raises(ValueError, match="2 terms, 1 weights and 2 directions"):
        Likeness(model="", terms=("a", "b"), idf=np.ones(1), directions=np.ones((2, 3)))
