"""What of a question counts, in English and in Korean, and how much of it does a passage cover?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.retrieval.korean import meanings
from core.retrieval.question import LONGEST, MOST, missing, read_question
from core.retrieval.words import stem, terms_of, words_of


def test_words_that_all_questions_share_are_no_terms() -> None:
    found = read_question("Which paper shows that the retriever of RAG was trained with the generator?")
    assert [word.written for word in found.words.values()] == ["retriever", "RAG", "trained", "generator"]
    # Where nothing else is asked, they are asked for.
    assert read_question("What is known of researchers?").words
    assert not read_question("what is it?").words and not read_question("").words


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which paper tests LoRA on protein folding?", {"LoRA"}),
        ("LoRA on proteins?", {"LoRA"}),
        ("Mamba on whale songs?", set()),  # a first word is written so in any case
        ("Is the model tried on Swahili?", {"Swahili"}),
        ("What Happens When Tokens Are Dropped", set()),  # a title tells nothing by its capitals
        ("WHAT DOES LORA LEARN?", set()),
        ("Mamba로 고래 울음을 분류하나?", {"Mamba"}),
        ("How much memory does a 65B model need?", set()),
    ],
)
def test_names_are_told_by_their_capital_letters(question: str, names: set[str]) -> None:
    found = read_question(question)
    assert {found.words[term].written for term in found.names} == names


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("학습하나", [("train", "learn")]),
        ("미세조정하려면", [("finetune", "tune")]),
        ("토큰마다", [("token",)]),
        ("언어모델에서는", [("language",), ("model",)]),
        ("토큰화를", [("tokenization",)]),
        ("는", []),
        ("논문", []),
        ("냉면집은", [()]),
    ],
)
def test_korean_words_stand_for_the_terms_of_the_field(word: str, english: list[tuple[str, ...]]) -> None:
    assert [meaning.english for meaning in meanings(word)] == english


def test_a_korean_question_meets_english_and_korean_text() -> None:
    found = read_question("LoRA는 무엇을 학습하나?")
    assert found.korean and len(found.words) == 2
    worth = dict.fromkeys(found.words, 1.0)
    for passage in ("LoRA learns two small matrices.", "Training LoRA is cheap.", "LoRA로 행렬 두 개를 학습한다."):
        assert found.covered(worth, (found.read(passage), 1.0)) == 1.0, passage
    assert found.covered(worth, (found.read("Adapters are trained."), 1.0)) == 0.5


def test_what_the_heading_and_the_neighbours_have_counts_as_said() -> None:
    found = read_question("Does quantization hurt retrieval?")
    worth = {"quantiz": 3.0, "hurt": 1.0, "retriev": 2.0}
    places = ({"quantiz"}, 1.0), ({"retriev", "quantiz"}, 0.5)
    assert found.covered(worth, *places) == pytest.approx((3 + 0.5 * 2) / 6)
    assert missing(found, {"quantiz", "retriev"}) == ["hurt"]
    assert found.covered(dict.fromkeys(worth, 0.0), *places) == 0.0


@given(st.text(max_size=2 * LONGEST))
def test_any_text_is_a_question_and_covers_itself(text: str) -> None:
    found = read_question(text)
    assert len(found.words) <= MOST and found.names <= found.words.keys()
    worth = dict.fromkeys(found.words, 1.0)
    share = found.covered(worth, (found.read(text[:LONGEST]), 1.0))
    assert share == pytest.approx(1.0 if found.words else 0.0)
    assert all(term for term in terms_of(text))
    assert all(part.isalnum() for word in words_of(text) for part in word.looked_up)


def test_forms_of_a_word_have_one_stem() -> None:
    assert len({stem(word) for word in ("retriever", "retrieval", "retrieves", "retrieving")}) == 1
    assert stem("ability") == stem("abilities")
