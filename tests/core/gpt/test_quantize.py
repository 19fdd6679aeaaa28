"""Do fewer bits give nearly the same model, and are their bytes counted truly?"""

from __future__ import annotations

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.generate import generate
from core.gpt.model import GPT
from core.gpt.quantize import METHODS, Unavailable, bytes_per_token, cache_bytes, quantize, stored_bytes

IDS = torch.tensor([[5, 9, 23, 4, 17, 8, 30, 2]])


@pytest.fixture(scope="module")
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=64, hidden_size=64, intermediate_size=128, num_hidden_layers=2)).eval()


@pytest.mark.parametrize(
    ("method", "error"), [("fp32", 0.0), ("bf16", 0.02), ("int8", 0.03), ("int4", 0.35), ("nf4", 0.35)]
)
def test_a_format_gives_nearly_the_same_logits_and_leaves_the_original_alone(model, method: str, error: float) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    exact = model(IDS).logits
    rough = quantize(model, method)
    assert (rough.model(IDS).logits.float() - exact).norm() / exact.norm() <= error
    assert generate(rough.model, IDS, max_new_tokens=3).shape == (1, 11)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_fewer_bits_are_fewer_bytes_by_hand_count(model) -> None:
    size = {method: quantize(model, method).stored_bytes for method in METHODS}
    inside = 2 * (4 * 64 * 64 + 3 * 64 * 128)  # weights in linear layers
    rows = 2 * (4 * 64 + 2 * 128 + 64)
    outside = 64 * 64 + 5 * 64
    assert size["fp32"] == 4 * (inside + outside)
    assert size["bf16"] == 2 * (inside + outside)
    assert size["int8"] == inside + rows * (4 + 1) + 2 * outside  # a scale and a zero point a row
    assert size["int4"] == inside // 2 + inside // 64 * (2 + 2) + 2 * outside  # both a group of 64
    # A byte a block of 64, for each layer the scales of those bytes, two code books and an offset.
    assert size["nf4"] == inside // 2 + inside // 64 + 2 * 7 * 4 * (1 + 16 + 256 + 1) + 2 * outside


def test_a_token_reads_all_weights_but_of_lookup_tables_one_row(model) -> None:
    assert bytes_per_token(model) == stored_bytes(model)
    apart = GPT(GPTConfig(vocab_size=64, hidden_size=64, tie_word_embeddings=False, position="learned"))
    assert stored_bytes(apart) - bytes_per_token(apart) == 4 * 64 * (63 + 255)


def test_the_cache_grows_with_key_heads_and_stops_at_the_window() -> None:
    config = GPTConfig(hidden_size=64, num_hidden_layers=2, num_key_value_heads=2, sliding_window=10)
    assert cache_bytes(config, tokens=7, dtype=torch.float32) == 2 * 2 * 2 * 16 * 7 * 4
    assert cache_bytes(config, tokens=70, dtype=torch.bfloat16) == 2 * 2 * 2 * 16 * 10 * 2


def test_what_cannot_be_done_is_named(model) -> None:
    with pytest.raises(ValueError, match="'int3' is unknown"):
        quantize(model, "int3")
    with pytest.raises(ValueError, match="group_size 48"):
        quantize(model, "int4", group_size=48)
    with pytest.raises(ValueError, match=r"q_proj has rows of 64 weights, which do not divide into groups of 128"):
        quantize(model, "int4", group_size=128)


def test_a_missing_library_is_a_reason_and_no_crash(model, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes", None)
    with pytest.raises(Unavailable, match="nf4 needs bitsandbytes") as caught:
        quantize(model, "nf4")
    assert caught.value.reason == str(caught.value)


def test_a_nf4_model_trains_with_lora(model) -> None:
    from peft import LoraConfig, get_peft_model

    base = quantize(model, "nf4", dtype=torch.float32).model
    tuned = get_peft_model(base, LoraConfig(target_modules=["q_proj", "v_proj"], r=2))
    tuned(input_ids=IDS, labels=IDS).loss.backward()
    grads = [parameter.grad for parameter in tuned.parameters() if parameter.requires_grad]
    assert sum(float(grad.abs().sum()) for grad in grads) > 0
