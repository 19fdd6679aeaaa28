"""Text to measure any model on: held out as the recipe says, dealt out once, in the tokens that a tokenizer has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from core.gpt import house_models, load_tokenizer
from core.text.corpora import code
from core.text.unseen import deal, held_out_documents, ordinary_tokens, stream, windows


def a_tokenizer(words: list[str], special: list[str], *, start: str | None) -> PreTrainedTokenizerFast:
    inner = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token=words[0]))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.add_special_tokens(special)
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token=start, additional_special_tokens=special)


def test_a_house_model_is_measured_on_what_its_recipe_held_out() -> None:
    for name, card in house_models().items():
        trained_on, kept = code().split(card["recipe"]["held_out"])
        assert held_out_documents(name, "code") == kept
        assert set(kept).isdisjoint(trained_on)


def test_another_model_gets_the_same_documents() -> None:
    assert held_out_documents("somebody/else", "code") == code().split(0.1)[1]


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(1, 6), st.integers(0, 5))
def test_every_document_is_dealt_once(documents: list[str], hands: int, seed: int) -> None:
    held = deal(documents, hands=hands, seed=seed)
    assert len(held) == hands
    assert sorted(text for hand in held for text in hand) == sorted(documents)
    sizes = [sum(map(len, hand)) for hand in held]
    assert max(sizes) - min(sizes) <= max(map(len, documents), default=0)


def test_the_seed_deals_and_the_order_of_the_documents_does_not() -> None:
    documents = [f"{number} " * number for number in range(1, 60)]
    held = deal(documents, hands=5, seed=1)
    assert held == deal(list(reversed(documents)), hands=5, seed=1)
    assert {frozenset(hand) for hand in held} != {frozenset(hand) for hand in deal(documents, hands=5, seed=2)}


def test_nobody_to_deal_to_is_refused() -> None:
    with pytest.raises(ValueError, match="hands 0"):
        deal(["a"], hands=0, seed=0)


def test_documents_are_marked_where_the_tokenizer_can() -> None:
    plain = a_tokenizer(["?", "a", "b"], [], start=None)
    assert stream(plain, ["a b", "b"]).tolist() == [1, 2, 2]
    marked = a_tokenizer(["?", "a", "b"], ["<s>"], start="<s>")
    assert stream(marked, ["a b", "b"]).tolist() == [3, 1, 2, 3, 2]


@pytest.mark.parametrize(
    ("words", "special", "run"),
    [
        (["<s>", "a", "b", "c"], ["<s>"], range(1, 4)),  # as in Llama
        (["a", "b", "c", "<s>"], ["<s>"], range(3)),  # as in GPT-2
        (["a", "<s>", "b", "c"], ["<s>"], range(2, 4)),
        (["a", "b", "c"], [], range(3)),
    ],
)
def test_ordinary_tokens_are_found_wherever_the_special_ones_stand(
    words: list[str], special: list[str], run: range
) -> None:
    tokenizer = a_tokenizer(words, special, start=None)
    assert ordinary_tokens(tokenizer, len(words)) == run
    # A vocabulary that was rounded up has ids that stand for nothing.
    assert ordinary_tokens(tokenizer, len(words) + 10) == run


def test_of_a_house_model_all_but_the_special_tokens_are_ordinary() -> None:
    tokenizer = load_tokenizer("nano")
    found = ordinary_tokens(tokenizer, len(tokenizer))
    assert len(found) == len(tokenizer) - len(tokenizer.all_special_ids)


def test_windows_do_not_overlap() -> None:
    import torch

    ids = torch.arange(103)
    found = windows(ids, time=10, most=100, seed=3)
    assert sorted(int(piece[0]) for piece in found) == list(range(0, 100, 10))
    assert all(len(piece) == 10 for piece in found)
    few = windows(ids, time=10, most=4, seed=3)
    assert [piece.tolist() for piece in few] == [piece.tolist() for piece in found[:4]]
    assert [piece.tolist() for piece in windows(ids[:7], time=10, most=4, seed=3)] == [list(range(7))]
