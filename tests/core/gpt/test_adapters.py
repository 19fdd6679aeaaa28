"""Do peft's methods train the GPT, come back from their folders and write with it, and merge where they can?"""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.adaption_prompt.config import TRANSFORMERS_MODEL_CONFIG
from peft.tuners.adaption_prompt.utils import llama_compute_query_states

from core.gpt.adapters import METHODS, allocate, attach, merge, reattach
from core.gpt.config import GPTConfig
from core.gpt.model import GPT, GPTForSequenceClassification
from core.gpt.quantize import quantize

TEXT = torch.tensor([[5, 9, 23, 4, 17, 8], [6, 1, 2, 3, 40, 11]])
BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}
KINDS = {
    "grouped-query, rotary": {"num_key_value_heads": 2},
    "multi-head, learned": {"position": "learned", "norm": "layer", "activation": "gelu", **BIASES},
}
MARKS = {
    "lora": "lora_A",
    "dora": "lora_magnitude_vector",
    "qlora": "lora_A",
    "adalora": "lora_E",
    "vera": "vera_lambda",
    "oft": "oft_R",
    "ia3": "ia3_l",
    "norms": "ln_tuning_layers",
    "prompt": "prompt_encoder.default.embedding",
    "p-tuning": "prompt_encoder.default.mlp_head",
    "prefix": "prompt_encoder.default.embedding",
    "llama-adapter": "adaption_gate",
}
STEPS = 4


def make(head: type = GPT, **settings: object) -> GPT:
    """Small, with rows of 64 and more (NF4), and weights large enough to make every part matter."""
    torch.manual_seed(0)
    model = head(GPTConfig(vocab_size=64, hidden_size=64, num_hidden_layers=2, pad_token_id=0, **settings))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def trained(tuned: PeftModel, labels: torch.Tensor = TEXT) -> list[float]:
    """Losses before each step; with AdaLoRA's own step, where there is one."""
    optimizer = torch.optim.Adam([weights for weights in tuned.parameters() if weights.requires_grad], lr=0.02)
    losses = []
    tuned.train()
    for step in range(STEPS):
        loss = tuned(input_ids=TEXT, attention_mask=torch.ones_like(TEXT), labels=labels).loss
        loss.backward()
        optimizer.step()
        if hasattr(tuned.base_model, "update_and_allocate"):
            allocate(tuned, step)
        optimizer.zero_grad()
        losses.append(loss.item())
    tuned.eval()
    return losses


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_learns_comes_back_from_its_folder_writes_and_merges(tmp_path, method: str, settings: dict) -> None:
    tuned = attach(make(**settings), method, rank=4, virtual_tokens=3, steps=STEPS)
    frozen = [weights for weights in tuned.parameters() if not weights.requires_grad]
    before = [weights.clone() for weights in frozen]
    losses = trained(tuned)
    assert losses[-1] < losses[0]
    assert all(torch.equal(*pair) for pair in zip(before, frozen, strict=True))

    mask = torch.ones_like(TEXT)
    logits = tuned(input_ids=TEXT, attention_mask=mask).logits
    tuned.save_pretrained(tmp_path)
    again = reattach(make(**settings), method, tmp_path)
    assert torch.allclose(again(input_ids=TEXT, attention_mask=mask).logits, logits, atol=1e-5)
    written = again.generate(input_ids=TEXT, attention_mask=mask, max_new_tokens=3, do_sample=False)
    by_hand = TEXT
    for _ in range(3):
        best = tuned(input_ids=by_hand, attention_mask=torch.ones_like(by_hand)).logits[:, -1].argmax(-1, keepdim=True)
        by_hand = torch.cat((by_hand, best), dim=1)
    assert torch.equal(written, by_hand)

    if METHODS[method].merges:
        merged = merge(tuned)
        assert type(merged) is GPT
        assert torch.allclose(merged(TEXT).logits, logits, atol=1e-4)
        assert not torch.allclose(make(**settings)(TEXT).logits, logits, atol=1e-2), "nothing learned, nothing shown"
    else:
        with pytest.raises(ValueError, match="keep the adapter beside its"):
            merge(tuned)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("llama-adapter", "qlora")])
def test_heads_of_their_own_width_are_no_obstacle(method: str) -> None:
    tuned = attach(make(num_key_value_heads=1, head_dim=20), method, rank=4, virtual_tokens=3, steps=STEPS)
    losses = trained(tuned)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("method", ["lora", "prompt", "prefix", "llama-adapter"])
def test_a_model_that_scores_learns_with_its_head_and_takes_padding(tmp_path, method: str) -> None:
    def fresh() -> GPTForSequenceClassification:
        return make(GPTForSequenceClassification, num_labels=3, position="learned")

    tuned = attach(fresh(), method, rank=4, virtual_tokens=3)
    losses = trained(tuned, labels=torch.tensor([0, 2]))
    assert losses[-1] < losses[0]
    scores = tuned(input_ids=TEXT, attention_mask=torch.ones_like(TEXT)).logits
    pad = torch.zeros(2, 3, dtype=torch.long)
    for padded in (torch.cat((TEXT, pad), dim=1), torch.cat((pad, TEXT), dim=1)):
        found = tuned(input_ids=padded, attention_mask=(padded != 0).long()).logits
        assert torch.allclose(found, scores, atol=1e-5)
    tuned.save_pretrained(tmp_path)
    assert torch.allclose(reattach(fresh(), method, tmp_path)(input_ids=TEXT).logits, scores, atol=1e-5)


@pytest.mark.parametrize("method", ["lora", "prompt", "prefix", "llama-adapter"])
def test_a_two_sided_model_learns(method: str) -> None:
    losses = trained(attach(make(causal=False), method, rank=4, virtual_tokens=3))
    assert losses[-1] < losses[0]


def test_lora_stands_beside_every_linear_layer_of_the_blocks_and_no_other() -> None:
    for settings in KINDS.values():
        found = attach(make(**settings), "lora", rank=4).state_dict().keys()
        config = LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear", r=4)
        assert found == get_peft_model(make(**settings), config).state_dict().keys()


@pytest.mark.parametrize(("method", "mark"), MARKS.items())
def test_what_trains_is_what_the_method_is_named_for(method: str, mark: str) -> None:
    tuned = attach(make(), method, steps=STEPS)
    assert any(mark in name for name, weights in tuned.named_parameters() if weights.requires_grad)


def test_llama_adapter_asks_with_the_queries_that_attention_asks_with() -> None:
    model = make(num_key_value_heads=2)
    attention = model.model.layers[0].self_attn
    attach(model, "llama-adapter")
    states = torch.randn(2, 6, 64, generator=torch.Generator().manual_seed(1))
    given = {"hidden_states": states, "position_embeddings": model.model.rotary(torch.arange(6)[None], torch.float32)}
    found = TRANSFORMERS_MODEL_CONFIG["trendlab_gpt"].compute_query_states(model=attention, **given)
    assert torch.allclose(found, llama_compute_query_states(attention, **given), atol=1e-6)


def test_qlora_stands_on_four_bits_and_leaves_the_model_alone() -> None:
    model = make()
    tuned = attach(model, "qlora", rank=4)
    assert tuned.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight.dtype == torch.uint8
    assert model.model.layers[0].mlp.up_proj.weight.dtype == torch.float32
    rounded = quantize(model, "nf4", dtype=torch.float32).model
    assert torch.equal(tuned(input_ids=TEXT).logits, rounded(TEXT).logits), "before training it is its base"


def test_adalora_prunes_to_the_rank_that_was_asked_for() -> None:
    tuned = attach(make(), "adalora", rank=4, steps=STEPS)
    trained(tuned)
    ranks = [sum(kept) for kept in tuned.active_peft_config.rank_pattern.values()]
    assert len(ranks) == 14
    assert sum(ranks) == 4 * 14


def test_without_the_adapter_the_model_is_what_it_was() -> None:
    expected = make()(TEXT).logits
    tuned = attach(make(), "lora", rank=4)
    trained(tuned)
    with tuned.disable_adapter():
        assert torch.equal(tuned(input_ids=TEXT).logits, expected)


def test_an_adapter_of_another_method_is_named(tmp_path) -> None:
    attach(make(), "lora").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a LORA adapter, which prefix did not make"):
        reattach(make(), "prefix", tmp_path)
    with pytest.raises(ValueError, match=r"adapter_config\.json"):
        reattach(make(), "lora", tmp_path / "nothing")


@pytest.mark.parametrize(
    ("method", "settings", "budget", "words"),
    [
        ("bitfit", {}, {}, "'bitfit' is unknown; choose one of lora, dora"),
        ("lora", {}, {"rank": 0}, "rank 0 adds nothing"),
        ("adalora", {}, {}, "give steps"),
        *(
            (name, {"position": "learned", "max_position_embeddings": 8}, {}, "leaves no room for text in 8 learned")
            for name, method in METHODS.items()
            if method.shifts
        ),
        ("prefix", {"use_cache": False}, {}, "set use_cache=True"),
        ("llama-adapter", {"head_dim": 20}, {}, "4 heads of 20 are no hidden_size of 64"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_attached(
    method: str, settings: dict, budget: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        attach(make(**settings), method, **budget)


def test_prefix_tuning_and_gradient_checkpointing_exclude_each_other() -> None:
    model = make()
    model.gradient_checkpointing_enable()
    with pytest.raises(ValueError, match=r"gradient_checkpointing_disable\(\)"):
        attach(model, "prefix")


def test_the_list_of_methods_costs_no_import() -> None:
    code = "import sys, core.gpt.adapters as a; assert a.METHODS; print({'torch', 'peft'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
