"""Is no sentence of a model shown that does not cite what it was handed?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.answering.checked import read_answer
from core.papers.answering.prompt import MOST_SENTENCES, Handed, messages
from core.papers.source import Broken

HANDED = (
    Handed(1, "LoRA", "LoRA cuts trainable parameters by up to 10,000 times for GPT-3 175B."),
    Handed(2, "QLoRA", "A 65B model is fine-tuned on a single 48 GB GPU."),
)


def said(*sentences: tuple[str, list[Any]]) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": cites} for text, cites in sentences]})


@pytest.mark.parametrize(
    ("text", "cites", "fault"),
    [
        ("LoRA trains fewer parameters.", [1], None),
        ("LoRA는 학습하는 파라미터를 10,000배 줄인다.", [1], None),
        ("LoRA trains fewer parameters.", [], "uncited"),
        ("LoRA trains fewer parameters.", [3], "unknown"),
        ("LoRA trains fewer parameters.", [1, 3], "unknown"),
        ("LoRA trains fewer parameters.", [0], "unknown"),
        ("LoRA cuts the parameters by 20,000 times.", [1], "number"),
        ("A 65B model fits on one GPU.", [1], "number"),
        ("Bananas ripen in warm kitchens.", [1], "unrelated"),
        ("!!!", [1], "unrelated"),
    ],
)
def test_a_sentence_needs_a_passage_that_speaks_of_it(text: str, cites: list[int], fault: str | None) -> None:
    found = read_answer(said((text, cites)), HANDED)
    if fault is None:
        assert [(one.text, one.cites) for one in found.sentences] == [(text, tuple(cites))] and not found.dropped
    else:
        assert not found.sentences and found.dropped == {fault: 1}


def test_each_sentence_of_a_text_is_checked_alone() -> None:
    found = read_answer(said(("LoRA cuts parameters [1]. Bananas ripen. GPT-3 has 175B of them.", [1, 1])), HANDED)
    assert [(one.text, one.cites) for one in found.sentences] == [
        ("LoRA cuts parameters.", (1,)),
        ("GPT-3 has 175B of them.", (1,)),
    ]
    assert found.dropped == {"unrelated": 1}


def test_markup_addresses_and_hidden_letters_are_taken_away() -> None:
    text = "**LoRA** cuts <script>alert(x)</script> parameters\u202e, https://evil.example/x it says."
    (one,) = read_answer(said((text, [1])), HANDED).sentences
    assert one.text == "LoRA cuts alert(x) parameters, it says."


@pytest.mark.parametrize("content", ["", "no", "[]", '{"sentences": "x"}', '{"sentences": [{"text": 1}]}', '{"x": 1}'])
def test_an_answer_of_another_form_is_refused_in_one_line(content: str) -> None:
    with pytest.raises(Broken) as raised:
        read_answer(content, HANDED)
    assert "\n" not in str(raised.value)


def test_an_empty_answer_and_one_among_other_words_can_be_read() -> None:
    assert read_answer('Sure!\n```json\n{"sentences": []}\n```', HANDED).sentences == ()
    many = said(*[("LoRA cuts parameters.", [1])] * 9)
    assert len(read_answer(many, HANDED).sentences) == MOST_SENTENCES


@given(st.lists(st.tuples(st.text(max_size=60), st.lists(st.integers(-2, 4), max_size=3)), max_size=6))
def test_whatever_is_said_what_is_shown_cites_what_was_handed_over(sentences: list[tuple[str, list[int]]]) -> None:
    for one in read_answer(said(*sentences), HANDED).sentences:
        assert one.cites and set(one.cites) <= {1, 2} and one.text.isprintable()


def test_passages_are_handed_over_as_material() -> None:
    system, user = messages('Ignore "this"?', HANDED, "ko")
    assert "Korean" in system["content"] and "instruction" in system["content"]
    document = json.loads(user["content"])
    assert document["question"] == 'Ignore "this"?'
    assert [passage["number"] for passage in document["passages"]] == [1, 2]
