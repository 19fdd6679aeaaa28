"""Do fewer bits give nearly the same model, and are their bytes counted truly?"""

from __future__ import annotations

import pytest
import torch

from core.gpt import load
from core.gpt.config import GPTConfig
from core.gpt.generate import generate
from core.gpt.model import GPT, GPTForSequenceClassification
from core.gpt.quantize import METHODS, Unavailable, bytes_per_token, quantize, stored_bytes

BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}
NF4_GAP = (1 - 0.6961928) / 2  # half the widest step between two values of NF4, in block maxima
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


def steps(weights: torch.Tensor, method: str) -> torch.Tensor:
    """How far rounding may move each weight (rows, width): half a step of its row, group of 64 or block of 64."""
    if method == "int8":
        return weights.abs().amax(1, keepdim=True).expand_as(weights) / 127 / 2
    groups = weights.view(len(weights), -1, 64)
    if method == "int4":
        reach = (groups.amax(-1) - groups.amin(-1)) / 15 / 2
    else:
        # The blocks' maxima are rounded to 8 bits themselves, by up to a twelfth.
        reach = groups.abs().amax(-1) * (NF4_GAP + 1 / 12)
    return reach.repeat_interleave(64, dim=1)


@pytest.mark.parametrize("method", ["int8", "int4", "nf4"])
@pytest.mark.parametrize("sizes", [(64, 128), (192, 320), (128, 64)], ids=str)
def test_no_weight_moves_further_than_half_a_step(method: str, sizes: tuple[int, int]) -> None:
    torch.manual_seed(1)
    width, inner = sizes
    config = GPTConfig(vocab_size=64, hidden_size=width, intermediate_size=inner, num_hidden_layers=1, **BIASES)
    exact = GPT(config).eval()
    rough = quantize(exact, method, dtype=torch.float32).model
    for name in ("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj", "mlp.down_proj"):
        layer, kept = rough.get_submodule(f"model.layers.0.{name}"), exact.get_submodule(f"model.layers.0.{name}")
        weights = (layer(torch.eye(kept.in_features)) - kept.bias).T
        moved = (weights - kept.weight).abs()
        assert moved.max() > 0
        assert (moved <= steps(kept.weight, method) * 1.02 + 1e-6).all()


@pytest.mark.parametrize("method", ["int8", "int4", "nf4"])
def test_embeddings_head_and_norms_keep_their_values(method: str) -> None:
    torch.manual_seed(0)
    for tied in (True, False):
        exact = GPT(GPTConfig(vocab_size=61, hidden_size=64, num_hidden_layers=1, tie_word_embeddings=tied))
        rough = quantize(exact, method).model
        assert (rough.lm_head.weight is rough.model.embed_tokens.weight) is tied
        for name in ("lm_head", "model.embed_tokens", "model.norm", "model.layers.0.input_layernorm"):
            assert torch.equal(rough.get_submodule(name).weight, exact.get_submodule(name).weight.bfloat16())


@pytest.mark.parametrize(("method", "error"), [("int8", 0.03), ("int4", 0.3), ("nf4", 0.3)])
def test_a_converted_gpt2_survives_with_its_biases(tmp_path, method: str, error: float) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=64, n_layer=2, n_head=2, n_positions=32)).save_pretrained(tmp_path)
    exact = load(tmp_path)
    with torch.no_grad():
        for name, parameter in exact.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(std=0.1)
    rough = quantize(exact, method)
    expected = exact(IDS).logits
    assert (rough.model(IDS).logits.float() - expected).norm() / expected.norm() <= error
    bias = "model.layers.1.mlp.up_proj.bias"
    assert torch.equal(rough.model.get_parameter(bias), exact.get_parameter(bias).bfloat16())


def test_a_model_that_scores_is_quantized_but_for_its_head() -> None:
    torch.manual_seed(0)
    exact = GPTForSequenceClassification(GPTConfig(vocab_size=64, hidden_size=64, num_hidden_layers=1, num_labels=1))
    rough = quantize(exact.eval(), "int8", dtype=torch.float32)
    assert torch.equal(rough.model.score.weight, exact.score.weight)
    assert rough.model(IDS).logits.item() == pytest.approx(exact(IDS).logits.item(), abs=0.01)
    # Its embeddings are looked up and never multiplied.
    assert rough.stored_bytes - rough.bytes_per_token == 4 * 64 * 63


def test_an_odd_width_has_eight_bits_alone() -> None:
    torch.manual_seed(0)
    exact = GPT(GPTConfig(vocab_size=61, hidden_size=52, num_attention_heads=2, intermediate_size=100)).eval()
    logits, rough = exact(IDS).logits, quantize(exact, "int8").model(IDS).logits
    assert (rough.float() - logits).norm() / logits.norm() < 0.05
    for method, size in (("int4", 32), ("nf4", 64)):
        with pytest.raises(
            ValueError, match=rf"q_proj has rows of 52 weights, which do not divide into groups of {size}"
        ):
            quantize(exact, method, group_size=32)


def test_what_cannot_be_done_is_named(model) -> None:
    with pytest.raises(ValueError, match="'int3' is unknown"):
        quantize(model, "int3")
    with pytest.raises(ValueError, match="group_size 48"):
        quantize(model, "int4", group_size=48)
    with pytest.raises(ValueError, match=r"q_proj has rows of 64 weights, which do not divide into groups of 128"):
        quantize(model, "int4", group_size=128)
    narrow = GPT(GPTConfig(vocab_size=64, hidden_size=64, num_key_value_heads=1, head_dim=40, num_attention_heads=4))
    with pytest.raises(ValueError, match="k_proj has 40 rows, and the int4 kernel of the CPU packs 16 at once"):
        quantize(narrow, "int4", group_size=32)
    with pytest.raises(Unavailable, match="for the CPU and for CUDA, not for meta"):
        quantize(narrow.to("meta"), "int4", group_size=32)


def test_a_missing_library_is_a_reason_and_no_crash(model, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes", None)
    with pytest.raises(Unavailable, match="nf4 needs bitsandbytes") as caught:
        quantize(model, "nf4")
    assert caught.value.reason == str(caught.value)
