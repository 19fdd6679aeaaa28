"""Are losses on unseen text what a count by hand gives?"""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import sequential_batches
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
