"""Does the short list of operations compute what the model computes, whatever the model is made of?"""

from __future__ import annotations

import copy

import pytest
import torch
from peft import IA3Config, LoraConfig, PeftModel, get_peft_model

from core.gpt.config import GPTConfig
from core.gpt.decoding import projections
from core.gpt.decoding.cache import ROOM, KeyValueCache
from core.gpt.decoding.decoder import Decoder
from core.gpt.decoding.plan import Plan, understands
from core.gpt.decoding.projections import copied_bytes
from core.gpt.generate import generate
from core.gpt.model import GPT
from core.gpt.quantize import quantize

BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}
GPT2 = {"position": "learned", "norm": "layer", "activation": "gelu", **BIASES}
MIXED = ["full_attention", "sliding_attention"]
KINDS = {
    "house": {},
    "gpt2": GPT2,
    "odd sizes, untied": {
        "vocab_size": 53,
        "hidden_size": 30,
        "intermediate_size": 22,
        "num_attention_heads": 3,
        "tie_word_embeddings": False,
    },
    "grouped queries": {"num_key_value_heads": 2, "qkv_bias": True},
    "one key head, a width of its own": {"num_key_value_heads": 1, "head_dim": 6},
    "sliding": {"sliding_window": 4, "num_key_value_heads": 2},
    "some layers slide": {"sliding_window": 3, "layer_types": MIXED},
    "learned, grouped, sliding": {**GPT2, "num_key_value_heads": 2, "sliding_window": 5, "layer_types": MIXED},
    "linear stretch": {"rope_stretch": {"type": "linear", "factor": 2.0}},
    "dynamic stretch": {"rope_stretch": {"type": "dynamic", "factor": 2.0}, "max_position_embeddings": 10},
    "yarn": {"rope_stretch": {"type": "yarn", "factor": 4.0, "original_context": 16}, "norm": "layer"},
}
PROMPT = torch.tensor([[5, 9, 23, 4, 17, 31, 8], [8, 30, 2, 41, 3, 9, 12]])
PADDED = torch.tensor([[0, 0, 5, 9, 23, 4, 17], [8, 30, 2, 41, 3, 9, 12], [0, 0, 0, 0, 0, 0, 7]])


def make(*, seed: int = 0, dtype: torch.dtype = torch.float64, **kind: object) -> GPT:
    """Weights large enough that the best guess depends on the text."""
    torch.manual_seed(seed)
    sizes = {"vocab_size": 61, "hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 40, "pad_token_id": 0}
    model = GPT(GPTConfig(**sizes | kind))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model.to(dtype).eval()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_way_to_write_writes_the_same(kind: dict) -> None:
    model = make(**kind)
    found = generate(model, PROMPT, max_new_tokens=12)
    assert len(found[:, 7:].unique()) > 4
    for way in ({"use_cache": True}, {"use_cache": False}, {"cache_implementation": "static"}):
        # Without a cache, dynamic stretch turns the first tokens again as the text grows: another text.
        if model.config.rope_stretch and model.config.rope_stretch["type"] == "dynamic" and not way.get("use_cache"):
            continue
        assert torch.equal(model.generate(PROMPT, max_new_tokens=12, do_sample=False, **way), found), way


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_padded_text_goes_on_like_the_bare_one(kind: dict) -> None:
    if "rope_stretch" in kind and kind["rope_stretch"]["type"] == "dynamic":
        pytest.skip("dynamic stretch depends on the longest text of the batch")
    model = make(**kind)
    found = generate(model, PADDED, max_new_tokens=12, attention_mask=(PADDED != 0).long())[:, 7:]
    bare = [generate(model, row[row != 0].unsqueeze(0), max_new_tokens=12)[0, -12:] for row in PADDED]
    assert torch.equal(found, torch.stack(bare))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_logits_of_steps_are_those_of_reading_the_text_at_once(kind: dict) -> None:
    model = make(**kind)
    ids = generate(model, PROMPT, max_new_tokens=9)
    whole = model(ids[:, :10]).logits
    decoder = Decoder(model, batch=2, length=16)
    steps = [decoder.step(ids[:, :7]), *(decoder.step(ids[:, place : place + 1]).clone() for place in range(7, 10))]
    # RMSNorm rounds to float32 in the model and not in a step.
    assert torch.allclose(torch.cat(steps, dim=1), whole[:, 6:], atol=1e-5 if model.config.norm == "rms" else 1e-11)


def test_tokens_that_were_taken_back_leave_no_trace() -> None:
    model = make(num_key_value_heads=2, sliding_window=4)
    decoder = Decoder(model, batch=2, length=20)
    decoder.step(PROMPT[:, :4])
    decoder.step(PROMPT[:, 4:5])
    expected = decoder.step(PROMPT[:, 5:6]).clone()
    decoder.forget(2)
    together = decoder.step(PROMPT[:, 4:6])
    assert decoder.seen == 6
    assert torch.allclose(together[:, 1:], expected, atol=1e-5)


def test_a_text_may_outgrow_the_room_it_began_with() -> None:
    model = make(dtype=torch.float32)
    decoder = Decoder(model, batch=1, length=1000)
    decoder.step(PROMPT[:1])
    tokens = torch.arange(ROOM + 9).remainder(61).view(1, -1)
    for token in tokens.split(1, dim=1):
        logits = decoder.step(token)
    whole = model(torch.cat((PROMPT[:1], tokens), dim=1), logits_to_keep=1).logits
    assert torch.allclose(logits, whole, atol=1e-3)


def test_learned_positions_end_with_the_known_error() -> None:
    model = make(**GPT2, max_position_embeddings=9)
    with pytest.raises(ValueError, match="position 9 lies beyond the 9 learned positions"):
        generate(model, PROMPT, max_new_tokens=4)
    assert generate(model, PROMPT, max_new_tokens=3).shape == (2, 10)


def test_a_model_that_sees_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="causal=False"):
        generate(make(causal=False), PROMPT, max_new_tokens=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_precisions_stay_near(dtype: torch.dtype) -> None:
    exact, rough = make(), make().to(dtype)
    ids = generate(exact, PROMPT, max_new_tokens=6)
    decoders = [Decoder(model, batch=2, length=20) for model in (exact, rough)]
    for decoder in decoders:
        decoder.step(ids[:, :8])
    expected, found = (decoder.step(ids[:, 8:9]).double() for decoder in decoders)
    assert (expected - found).norm() / expected.norm() < {torch.float32: 1e-5, torch.bfloat16: 0.05}[dtype]


@pytest.mark.parametrize("change", ["optimizer", "data", "loaded", "bias"])
def test_a_model_that_learned_writes_from_its_new_weights(change: str) -> None:
    model, other = make(**GPT2), make(seed=1, **GPT2)
    generate(model, PROMPT, max_new_tokens=3)
    assert copied_bytes(model) > 0
    if change == "optimizer":
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.3, fused=True)
        model(PROMPT, labels=PROMPT).loss.backward()
        optimizer.step()
    elif change == "data":
        for old, new in zip(model.parameters(), other.parameters(), strict=True):
            old.data.copy_(new.data)
    elif change == "loaded":
        model.load_state_dict(other.state_dict())
    else:
        model.model.layers[0].mlp.down_proj.bias.data.add_(torch.randn(32))
    expected = generate(copy.deepcopy(model), PROMPT, max_new_tokens=8)
    assert torch.equal(generate(model, PROMPT, max_new_tokens=8), expected)
    assert torch.equal(expected, model.generate(PROMPT, max_new_tokens=8, do_sample=False))


def test_a_model_can_still_learn_from_what_it_wrote() -> None:
    model = make(dtype=torch.float32)
    with torch.inference_mode():
        generate(model, PROMPT, max_new_tokens=3)
    ids = generate(model, PROMPT, max_new_tokens=3)
    model(ids, labels=ids).loss.backward()
    assert model.lm_head.weight.grad.abs().sum() > 0


def test_large_models_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(**GPT2, num_key_value_heads=2)
    expected = generate(model, PROMPT, max_new_tokens=8)
    linears = [module for module in model.modules() if isinstance(module, torch.nn.Linear)]
    assert copied_bytes(model) == sum(linear.weight.nbytes for linear in linears)
    monkeypatch.setattr(projections, "COPIED_BYTES", copied_bytes(model) - 1)
    assert torch.equal(generate(model, PROMPT, max_new_tokens=8), expected)
    assert copied_bytes(model) == 0


@pytest.mark.parametrize("method", ["int8", "int4", "nf4"])
def test_quantized_models_write_what_transformers_writes_with_them(method: str) -> None:
    model = make(hidden_size=64, intermediate_size=128, num_key_value_heads=2, dtype=torch.float32)
    rough = quantize(model, method, dtype=torch.float32 if method != "int4" else torch.bfloat16, group_size=32).model
    decoder = Decoder(rough, batch=2, length=9)
    decoder.step(PROMPT)
    step = decoder.step(PROMPT[:, :1]).float()
    whole = rough(torch.cat((PROMPT, PROMPT[:, :1]), dim=1)).logits[:, -1:].float()
    assert understands(rough)
    assert (step - whole).norm() / whole.norm() < (1e-4 if method != "int4" else 0.05)


@pytest.mark.parametrize(
    "config",
    [
        LoraConfig(target_modules=["q_proj", "down_proj"], init_lora_weights=False),
        LoraConfig(target_modules=["v_proj"], init_lora_weights=False, use_dora=True),
        IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"], init_ia3_weights=False),
    ],
    ids=["lora", "dora", "ia3"],
)
def test_adapted_models_write_what_transformers_writes_with_them(config: object) -> None:
    tuned = get_peft_model(make(), config).eval()
    assert isinstance(tuned, PeftModel)
    core = tuned.get_base_model()
    with torch.no_grad():
        for name, parameter in core.named_parameters():
            if "lora" in name or "ia3" in name:
                parameter.add_(torch.randn_like(parameter) * 0.3)
    expected = tuned.generate(input_ids=PROMPT, max_new_tokens=10, do_sample=False)
    assert torch.equal(generate(core, PROMPT, max_new_tokens=10), expected)
    with tuned.disable_adapter():
        assert not torch.equal(generate(core, PROMPT, max_new_tokens=10), expected)


def test_hooks_that_steer_a_block_are_obeyed() -> None:
    model = make()
    plain = generate(model, PROMPT, max_new_tokens=8)
    push = torch.randn(32, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    handle = model.model.layers[0].register_forward_hook(lambda _module, _inputs, output: output + push)
    steered = generate(model, PROMPT, max_new_tokens=8)
    assert torch.equal(steered, model.generate(PROMPT, max_new_tokens=8, do_sample=False))
    assert not torch.equal(steered, plain)
    handle.remove()
    model.set_attn_implementation("eager")
    model(PROMPT, output_attentions=True, output_hidden_states=True)  # leaves hooks that only listen
    assert understands(model)
    assert torch.equal(generate(model, PROMPT, max_new_tokens=8), plain)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_step_that_looks_at_all_of_the_cache_computes_the_same(kind: dict) -> None:
    """As a GPU records it: only tensors say where it stands."""
    model = make(**kind)
    mask = (PADDED != 0).long()
    cache = KeyValueCache(model.config, batch=3, dtype=model.dtype, device=model.device)
    cache.reserve(7, at_most=12)
    with torch.inference_mode():
        model(PADDED, attention_mask=mask, position_ids=(mask.cumsum(1) - 1).clamp(min=0), past_key_values=cache)
        plan = Plan(model, cache, batch=3, padding=mask == 0)
        for token in PADDED.T[:4]:
            slot = torch.tensor([cache.seen])
            expected = plan.logits(token, slot, seen=cache.seen).clone()
            assert torch.allclose(plan.logits(token, slot, seen=None), expected, atol=1e-12)
            cache.seen += 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_recorded_step_on_a_gpu_writes_the_same(kind: dict) -> None:
    model = make(**kind)
    expected = generate(model, PROMPT, max_new_tokens=12)
    assert torch.equal(generate(model.cuda(), PROMPT, max_new_tokens=12).cpu(), expected)
