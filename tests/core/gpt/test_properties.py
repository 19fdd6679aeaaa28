"""What holds for every config? Random small ones of the whole family, judged in float64."""

from __future__ import annotations

import tempfile

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import AutoModelForCausalLM

from core.gpt.config import LAYER_TYPES, GPTConfig
from core.gpt.model import GPT

TIME = 9
TOLERANCE = 1e-9
SHIFTED = 1e-3  # rotary angles are computed in float32, so that a text means nearly the same elsewhere


@st.composite
def configs(draw: st.DrawFn) -> GPTConfig:
    """Any member of the family, odd sizes included."""
    key_heads = draw(st.integers(1, 3))
    layers = draw(st.integers(1, 3))
    window = draw(st.none() | st.integers(2, 12))
    kinds = st.lists(st.sampled_from(LAYER_TYPES), min_size=layers, max_size=layers)
    position = draw(st.sampled_from(["rotary", "learned"]))
    stretches = st.sampled_from(
        [None, {"type": "linear", "factor": 2.0}, {"type": "yarn", "factor": 4.0, "original_context": 8}]
    )
    return GPTConfig(
        vocab_size=draw(st.integers(2, 70)),
        hidden_size=draw(st.integers(4, 40)),
        intermediate_size=draw(st.integers(1, 50)),
        num_hidden_layers=layers,
        num_attention_heads=key_heads * draw(st.integers(1, 3)),
        num_key_value_heads=key_heads,
        head_dim=draw(st.integers(1, 8)) * (2 if position == "rotary" else 1),
        max_position_embeddings=draw(st.integers(2 * TIME, 40)),
        position=position,
        rope_stretch=draw(stretches) if position == "rotary" else None,
        norm=draw(st.sampled_from(["rms", "layer"])),
        activation=draw(st.sampled_from(["swiglu", "gelu"])),
        causal=draw(st.booleans()),
        sliding_window=window,
        layer_types=None if window is None else draw(kinds),
        tie_word_embeddings=draw(st.booleans()),
        qkv_bias=draw(st.booleans()),
        output_bias=draw(st.booleans()),
        mlp_bias=draw(st.booleans()),
    )


def make(config: GPTConfig) -> tuple[GPT, Tensor]:
    """A model with weights large enough to make every part matter, and token ids (2, TIME)."""
    torch.manual_seed(0)
    model = GPT(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model, torch.randint(config.vocab_size, (2, TIME))


def assert_close(found: Tensor, expected: Tensor, *, tolerance: float = TOLERANCE) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@settings(max_examples=10, deadline=None)
@given(configs())
@torch.no_grad()
def test_every_way_to_compute_gives_one_answer(config: GPTConfig) -> None:
    model, ids = make(config)
    whole = model(ids, use_cache=False).logits
    assert whole.isfinite().all()

    if config.causal:
        first = model(ids[:, :4], use_cache=True)
        steps = [first.logits]
        for at in range(4, TIME):
            steps.append(model(ids[:, at : at + 1], past_key_values=first.past_key_values).logits)
        assert_close(torch.cat(steps, dim=1), whole)

    padding = torch.zeros(2, 5, dtype=torch.long)
    seen = torch.ones_like(ids)
    left = model(torch.cat((padding, ids), 1), attention_mask=torch.cat((padding, seen), 1), use_cache=False)
    assert_close(left.logits[:, 5:], whole, tolerance=SHIFTED if config.position == "rotary" else TOLERANCE)
    right = model(torch.cat((ids, padding), 1), attention_mask=torch.cat((seen, padding), 1), use_cache=False)
    assert_close(right.logits[:, :TIME], whole)

    model.set_attn_implementation("eager")
    assert_close(model(ids, use_cache=False).logits, whole)


@settings(max_examples=10, deadline=None)
@given(configs())
@torch.no_grad()
def test_every_model_comes_back_from_its_folder(config: GPTConfig) -> None:
    model, ids = make(config)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        again = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)
    assert again.config.to_diff_dict() == model.config.to_diff_dict() | {"dtype": "float64"}
    assert torch.equal(again(ids).logits, model(ids).logits)


@settings(max_examples=10, deadline=None)
@given(configs())
def test_every_weight_learns(config: GPTConfig) -> None:
    model, ids = make(config)
    model.train()
    model(ids, labels=ids).loss.backward()
    still = {name for name, weights in model.named_parameters() if weights.grad is None}
    assert not still, "the loss does not depend on them at all"
    assert all(weights.grad.isfinite().all() for weights in model.parameters())
