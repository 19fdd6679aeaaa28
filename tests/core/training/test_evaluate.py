"""Are losses on unseen text what a count by hand gives?"""

from __future__ import annotations

import math

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import sequential_batches
from core.text.tasks.task import Item
from core.text.tokenizer import train_tokenizer
from core.training import evaluate


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=300, hidden_size=32, num_hidden_layers=1, dropout=0.5, initializer_range=0.2))


def test_the_loss_weighs_every_predicted_token_alike(model: GPT) -> None:
    ids = torch.randint(300, (50,), generator=torch.Generator().manual_seed(0))
    found = evaluate.loss(model.train(), sequential_batches(ids, batch=2, time=12))
    assert model.training, "the mode is left as it was"
    model.eval()
    total, count = 0.0, 0
    for start in range(0, 50, 12):
        row = ids[start : start + 12][None]
        total += F.cross_entropy(model(row).logits[0, :-1], row[0, 1:], reduction="sum").item()
        count += row.shape[1] - 1
    assert found == pytest.approx(total / count, rel=1e-5)


def test_nothing_to_predict_is_said(model: GPT) -> None:
    with pytest.raises(ValueError, match="no token to predict"):
        evaluate.loss(model, iter(()))


def test_bits_a_byte_count_utf8_bytes(model: GPT) -> None:
    tokenizer = train_tokenizer(["a text"], vocab_size=258, context=16)
    texts = ["some text", "한글"]
    found = evaluate.held_out(model, tokenizer, texts, time=16)
    assert found.bytes == 9 + 6
    assert found.tokens == len(tokenizer("some text")["input_ids"]) + 6 + 3  # an end mark around each
    assert found.perplexity == pytest.approx(math.exp(found.nats_per_token))
    assert found.bits_per_byte == pytest.approx(found.nats_per_token / math.log(2) * found.tokens / 15)


MARKS = [{"bos_token": "<s>", "eos_token": "</s>"}, {}]


@pytest.mark.parametrize("marks", MARKS, ids=["two marks", "no mark"])
def test_an_answer_is_asked_for_in_the_marks_of_the_tokenizer(marks: dict[str, str]) -> None:
    """A model that was taught a text in its own marks answers it; in others it would read what it never saw."""
    inner = Tokenizer(models.WordLevel({"?": 0, "a": 1, "b": 2, "c": 3}, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **marks)
    start = [tokenizer.bos_token_id] if marks else []
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=6, hidden_size=16, num_hidden_layers=1, num_attention_heads=2))
    seen: list[list[list[int]]] = []
    model.model.embed_tokens.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0].tolist()))
    items = [Item(key="a", prompt="a ", answer="b"), Item(key="b", prompt="a ", answer="b c")]
    ids = [[*start, 1, 2], [*start, 1, 2, 3]]
    guesses = model(input_ids=torch.tensor([ids[1]])).logits[0].argmax(-1).tolist()[len(start) :]
    assert evaluate.answered(model.eval(), tokenizer, items) == ((guesses[0] == 2) + (guesses[:2] == [2, 3])) / 2
    assert seen[-1] == [[*ids[0], 0], ids[1]]


def test_an_answer_with_nothing_before_it_is_refused(model: GPT) -> None:
    inner = Tokenizer(models.WordLevel({"?": 0, "a": 1}, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner)
    with pytest.raises(ValueError, match="'sum': nothing stands before the answer's first token"):
        evaluate.answered(model, tokenizer, [Item(key="sum", prompt="", answer="a")])


def test_an_answer_is_right_if_the_model_writes_it_greedily() -> None:
    """A model that was taught one sum and nothing else answers that one, whole, and no other."""
    tokenizer = train_tokenizer(["1+1=2\n", "3+4=75\n"], vocab_size=270, context=32)
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=270, hidden_size=32, num_hidden_layers=1, num_attention_heads=2))
    end = tokenizer.eos_token_id
    ids = torch.tensor([[end, *tokenizer("3+4=75\n")["input_ids"]]])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(30):
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    known = Item(key="a", prompt="3+4=", answer="75\n")
    half = Item(key="b", prompt="3+4=", answer="76\n")
    short = Item(key="c", prompt="3+4=", answer="7\n")
    assert evaluate.answered(model, tokenizer, [known]) == 1
    assert evaluate.answered(model, tokenizer, [half, short, known, known], batch=3) == 0.5
    written = model.generate(torch.tensor([[end, *tokenizer("3+4=")["input_ids"]]]), max_new_tokens=3, do_sample=False)
    assert tokenizer.decode(written[0]).endswith("3+4=75\n")
    with pytest.raises(ValueError, match="no question to answer"):
        evaluate.answered(model, tokenizer, [])
