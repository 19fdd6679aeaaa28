"""Can every text be written in tokens and read back, and can a reader see which token holds what?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from core.text.tokenizer import END, PAD, encode_documents, pieces, start_token, train_tokenizer

TEXTS = [
    "def area(width, height):\n    return width * height\n",
    "The width of the area is the width of the row, and never its height or its place among the others.",
] * 5
TOKENIZER = train_tokenizer(TEXTS, vocab_size=300, context=32)


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER(text, add_special_tokens=False)["input_ids"]) == text


def test_merges_shorten_what_was_seen_and_digits_stand_alone() -> None:
    assert len(TOKENIZER) == 300
    assert [piece.text for piece in pieces(TOKENIZER, "the width 123")] == ["the", " width", " ", "1", "2", "3"]


def test_pieces_cover_the_text_in_order_whatever_the_script() -> None:
    text = "폭 width 🙂 높이"
    found = pieces(TOKENIZER, text)
    assert "".join(piece.text for piece in found) == text
    assert all(text[piece.start : piece.end] == piece.text for piece in found)
    assert [piece.id for piece in found] == TOKENIZER(text, add_special_tokens=False)["input_ids"]


def test_documents_are_joined_by_end_marks() -> None:
    ids = encode_documents(TOKENIZER, ["one", "two"])
    assert TOKENIZER.decode(ids) == f"{END}one{END}two{END}"
    assert (TOKENIZER.eos_token_id, TOKENIZER.pad_token_id, TOKENIZER.pad_token) == (0, 1, PAD)


@pytest.mark.parametrize(
    ("marks", "start", "ids"),
    [
        ({"bos_token": "<s>", "eos_token": "</s>"}, 3, [3, 1, 3, 2, 1, 4]),  # as in Llama
        ({"bos_token": "<s>"}, 3, [3, 1, 3, 2, 1]),
        ({"eos_token": "</s>"}, 3, [3, 1, 3, 2, 1, 3]),  # as in Qwen2
        ({}, None, [1, 2, 1]),
    ],
)
def test_documents_are_marked_with_what_the_tokenizer_has(
    marks: dict[str, str], start: int | None, ids: list[int]
) -> None:
    inner = Tokenizer(models.WordLevel({"?": 0, "a": 1, "b": 2}, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **marks)
    assert start_token(tokenizer) == start
    assert encode_documents(tokenizer, ["a", "b a"]).tolist() == ids


def test_training_twice_gives_the_same_and_a_folder_keeps_it(tmp_path) -> None:
    again = train_tokenizer(TEXTS, vocab_size=300, context=32)
    assert again.get_vocab() == TOKENIZER.get_vocab()
    again.save_pretrained(tmp_path)
    loaded = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    assert loaded("the width")["input_ids"] == TOKENIZER("the width")["input_ids"]
    assert (loaded.pad_token, loaded.padding_side, loaded.model_max_length) == (PAD, "left", 32)


def test_too_few_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="vocab_size 200"):
        train_tokenizer(TEXTS, vocab_size=200, context=32)
