"""Are published models, loaded into the core, the same models; and can `transformers` read what the core writes?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Model,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

import core.gpt
from core.gpt.config import GPTConfig
from core.gpt.families.family import families
from core.gpt.loading import checkpoints
from core.gpt.loading.weight_files import BadCheckpoint
from core.gpt.model import GPT

SMALL = {
    "vocab_size": 67,
    "hidden_size": 42,
    "intermediate_size": 59,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
    "head_dim": 10,
}
# Qwen2 knows no head width of its own, and rotary heads have an even one.
QWEN = {**SMALL, "hidden_size": 48}
del QWEN["head_dim"]
GPT_2 = {"vocab_size": 67, "n_embd": 42, "n_layer": 3, "n_head": 6, "n_positions": 40}


def rope(kind: str, **values: Any) -> dict[str, Any]:
    return {"max_position_embeddings": 20, "rope_parameters": {"rope_type": kind, "rope_theta": 5e3, **values}}


MADE: dict[str, Any] = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT_2)),
    "gpt2, narrow, untied": lambda: GPT2LMHeadModel(GPT2Config(**GPT_2, n_inner=50, tie_word_embeddings=False)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL)),
    "llama, all biases, tied": lambda: LlamaForCausalLM(
        LlamaConfig(**SMALL, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)
    ),
    "llama, multi-query": lambda: LlamaForCausalLM(LlamaConfig(**{**SMALL, "num_key_value_heads": 1})),
    "llama, linear": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, **rope("linear", factor=2.5))),
    "llama, dynamic": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, **rope("dynamic", factor=4.0))),
    "llama, yarn": lambda: LlamaForCausalLM(
        LlamaConfig(**SMALL, **rope("yarn", factor=4.0, original_max_position_embeddings=10, beta_fast=8.0))
    ),
    "llama, llama3": lambda: LlamaForCausalLM(
        LlamaConfig(
            **SMALL,
            **rope(
                "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=12
            ),
        )
    ),
    "mistral, window": lambda: MistralForCausalLM(MistralConfig(**SMALL, sliding_window=7)),
    "mistral, no window": lambda: MistralForCausalLM(MistralConfig(**SMALL, sliding_window=None)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**QWEN)),
    "qwen2, half a window, tied": lambda: Qwen2ForCausalLM(
        Qwen2Config(
            **QWEN, use_sliding_window=True, sliding_window=5, max_window_layers=1, tie_word_embeddings=True
        )
    ),
}  # fmt: skip
# Where a folder lies, its precision, a width that is left to its default, and what `layer_types` says as well.
SAID_OTHERWISE = {"_name_or_path", "dtype", "n_inner", "max_window_layers"}
IDS = torch.randint(67, (2, 33), generator=torch.Generator().manual_seed(3))


def published(name: str) -> PreTrainedModel:
    """A random model whose every weight, biases and norms too, is large enough to matter."""
    torch.manual_seed(1)
    model = MADE[name]()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.15)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.double().eval()


def continued(model: Any) -> torch.Tensor:
    found: torch.Tensor = model.generate(
        IDS[:, :9], max_new_tokens=20, do_sample=False, pad_token_id=0, eos_token_id=None
    )
    return found


@pytest.mark.parametrize("name", list(MADE))
def test_a_published_model_has_the_same_logits_and_writes_the_same_text(tmp_path: Path, name: str) -> None:
    model = published(name)
    model.save_pretrained(tmp_path)
    mine = core.gpt.load(tmp_path, dtype=torch.float64)
    with torch.no_grad():
        expected, found = model(IDS).logits, mine(IDS).logits
    assert expected.std() > 0.5, "weights that do nothing would hide a mistake"
    assert (expected - found).abs().max() <= 1e-9
    assert torch.equal(continued(model), continued(mine))


@pytest.mark.parametrize("name", list(MADE))
def test_what_the_core_writes_is_that_model_again_without_the_core(tmp_path: Path, name: str) -> None:
    model, family = published(name), name.partition(",")[0]
    model.save_pretrained(tmp_path / "theirs")
    mine = core.gpt.load(tmp_path / "theirs", dtype=torch.float64)
    checkpoints.save(mine, tmp_path / "mine", family=family)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "mine", dtype=torch.float64)
    assert type(again) is type(model)
    with torch.no_grad():
        assert (model(IDS).logits - again(IDS).logits).abs().max() <= 1e-9
    back = core.gpt.load(tmp_path / "mine", dtype=torch.float64)
    assert back.config.to_diff_dict() == mine.config.to_diff_dict()
    theirs = AutoConfig.from_pretrained(tmp_path / "theirs").to_dict()
    written = AutoConfig.from_pretrained(tmp_path / "mine").to_dict()
    assert {key for key in theirs if theirs[key] != written[key]} <= SAID_OTHERWISE


def test_a_model_of_the_core_s_own_goes_to_a_family_and_comes_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=61, hidden_size=48, num_hidden_layers=2, num_key_value_heads=2)).eval()
    checkpoints.save(model, tmp_path, family="llama")
    ids = IDS % 61
    assert torch.equal(core.gpt.load(tmp_path)(ids).logits, model(ids).logits)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert isinstance(theirs, LlamaForCausalLM)
    torch.testing.assert_close(theirs(ids).logits, model(ids).logits)


def test_shards_load_as_the_whole(tmp_path: Path) -> None:
    model = published("gpt2")
    model.save_pretrained(tmp_path, max_shard_size="40KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    with torch.no_grad():
        assert (core.gpt.load(tmp_path, dtype=torch.float64)(IDS).logits - model(IDS).logits).abs().max() <= 1e-9


@pytest.mark.parametrize(("whole", "stack"), [("gpt2", GPT2Model), ("llama, all biases, tied", LlamaModel)])
def test_a_tied_model_may_come_without_its_head_and_without_the_stack_s_prefix(
    tmp_path: Path, whole: str, stack: type
) -> None:
    """The first public GPT-2 has neither, and holds its causal masks besides."""
    model = published(whole)
    getattr(model, model.base_model_prefix).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}), encoding="utf-8")
    assert config["architectures"] == [stack.__name__]
    with torch.no_grad():
        assert (core.gpt.load(tmp_path, dtype=torch.float64)(IDS).logits - model(IDS).logits).abs().max() <= 1e-9


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("gpt2", {"activation_function": "relu"}, "activation_function 'relu' is not one that the core knows"),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx True"),
        ("llama", {"hidden_act": "gelu"}, "hidden_act 'gelu'"),
        ("llama", {"rope_parameters": {"rope_type": "longrope", "factor": 2.0}}, "type 'longrope' is unknown"),
        ("llama", {"rope_parameters": {"rope_type": "linear"}}, "linear needs factor"),
        ("llama", {"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
        ("llama", {"num_hidden_layers": 4}, r"the weights lack model\.layers\.3"),
        ("llama", {"num_hidden_layers": 2}, r"the weights hold model\.layers\.2"),
        ("llama", {"intermediate_size": 60}, r"gate_proj\.weight is \(59, 42\) in the weights and \(60, 42\)"),
        ("llama", {"pretraining_tp": 2}, "pretraining_tp 2"),
        ("qwen2", {"model_type": "qwen3"}, "model type 'qwen3' is not one that the core can be: trendlab_gpt, gpt2"),
    ],
)
def test_what_the_core_cannot_be_is_refused_in_one_line(
    tmp_path: Path, name: str, change: dict[str, Any], why: str
) -> None:
    published(name).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(BadCheckpoint, match=why) as caught:
        core.gpt.load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("family", "settings", "why"),
    [
        ("gpt2", {}, "position is 'rotary', and this family has only 'learned'"),
        ("llama", {"sliding_window": 8}, "sliding_window is 8"),
        ("mistral", {"qkv_bias": True}, "qkv_bias is True"),
        ("qwen2", {"qkv_bias": True, "head_dim": 20}, "head_dim is 20"),
        ("llama", {"causal": False}, "causal is False"),
        ("bloom", {}, "unknown family 'bloom'; there are: gpt2, llama, mistral, qwen2"),
    ],
)
def test_a_family_that_cannot_say_it_is_refused_before_anything_is_written(
    tmp_path: Path, family: str, settings: dict[str, Any], why: str
) -> None:
    model = GPT(GPTConfig(vocab_size=61, hidden_size=48, num_hidden_layers=1, **settings))
    with pytest.raises(ValueError, match=why):
        checkpoints.save(model, tmp_path / "out", family=family)
    assert not (tmp_path / "out").exists()


def test_every_family_is_one_that_transformers_has() -> None:
    assert {"gpt2", "llama", "mistral", "qwen2"} <= families().keys()
    for key, family in families().items():
        assert AutoConfig.for_model(key).model_type == key
        assert family.prefix.endswith(".")
