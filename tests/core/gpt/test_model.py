"""Is the GPT one model, whatever path computes it, and a real `transformers` model?"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

from core.gpt.config import GPTConfig
from core.gpt.model import GPT, GPTForSequenceClassification, GPTModel

BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}

VARIANTS = {
    "multi-head": {},
    "grouped-query": {"num_key_value_heads": 2},
    "multi-query, wide heads": {"num_key_value_heads": 1, "head_dim": 20},
    "GPT-2": {"position": "learned", "norm": "layer", "activation": "gelu", **BIASES},
    "untied": {"tie_word_embeddings": False, "num_key_value_heads": 2},
    "sliding window": {"sliding_window": 4, "num_key_value_heads": 2},
    "learned, sliding": {"position": "learned", "sliding_window": 4},
}


def make(seed: int = 0, head: type = GPT, **settings: object) -> GPT:
    """A small model with weights large enough to make every part matter."""
    torch.manual_seed(seed)
    base = {
        "vocab_size": 61,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "max_position_embeddings": 64,
        "pad_token_id": 0,
    }
    model = head(GPTConfig(**{**base, **settings})).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def ids(batch: int = 2, time: int = 11, seed: int = 1) -> Tensor:
    return torch.randint(1, 61, (batch, time), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS)
def test_greedy_text_is_the_same_without_cache_and_with_either_cache(settings: dict) -> None:
    model, prompt = make(**settings), ids()
    ways = [{"use_cache": False}, {"cache_implementation": "dynamic"}, {"cache_implementation": "static"}]
    texts = [model.generate(prompt, max_new_tokens=12, do_sample=False, **way) for way in ways]
    assert texts[0].shape == (2, 23)
    assert texts[0][:, 11:].unique().numel() > 3, "a constant text would prove nothing"
    assert torch.equal(texts[0], texts[1])
    assert torch.equal(texts[0], texts[2])


@pytest.mark.parametrize("settings", [*VARIANTS.values(), {"causal": False}], ids=[*VARIANTS, "two-sided"])
def test_cached_steps_and_both_attention_paths_give_the_logits_of_one_pass(settings: dict) -> None:
    model, text = make(**settings).double(), ids()
    whole = model(text, use_cache=False).logits
    if model.config.causal:
        first = model(text[:, :6], use_cache=True)
        rest = [first.logits]
        for step in range(6, 11):
            rest.append(model(text[:, step : step + 1], past_key_values=first.past_key_values).logits)
        assert torch.allclose(torch.cat(rest, dim=1), whole, atol=1e-10)
    model.set_attn_implementation("eager")
    shown = model(text, output_attentions=True, use_cache=False)
    assert torch.allclose(shown.logits, whole, atol=1e-10)
    assert len(shown.attentions) == 2
    for maps in shown.attentions:
        assert maps.shape == (2, 4, 11, 11)
        assert torch.allclose(maps.sum(-1), torch.ones(2, 4, 11, dtype=torch.float64))


def test_maps_show_who_may_look_at_whom() -> None:
    def seen(**settings: object) -> Tensor:
        model = make(**settings)
        model.set_attn_implementation("eager")
        return (model(ids(), output_attentions=True).attentions[0] > 0)[0, 0]

    lower = torch.ones(11, 11).tril().bool()
    assert torch.equal(seen(), lower)
    assert torch.equal(seen(sliding_window=4), lower & ~lower.tril(-4))
    assert seen(causal=False).all()


def test_asking_the_fused_path_for_maps_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="set_attn_implementation"):
        make()(ids(), output_attentions=True)


@pytest.mark.parametrize("settings", [{}, {"position": "learned", "num_key_value_heads": 2}], ids=["rotary", "learned"])
def test_padding_on_the_left_changes_nothing(settings: dict) -> None:
    model, prompt = make(**settings), ids(batch=1)
    padded = torch.cat((torch.zeros(1, 5, dtype=torch.long), prompt), dim=1)
    mask = (padded != 0).long()
    for way in ({"cache_implementation": "dynamic"}, {"cache_implementation": "static"}):
        bare = model.generate(prompt, max_new_tokens=9, do_sample=False, **way)[:, 11:]
        found = model.generate(padded, attention_mask=mask, max_new_tokens=9, do_sample=False, **way)[:, 16:]
        assert torch.equal(bare, found)


def test_a_causal_model_cannot_see_the_future_and_a_two_sided_one_can() -> None:
    text, changed = ids(), ids()
    changed[:, -1] = (changed[:, -1] + 1) % 61
    causal, both = make(), make(causal=False)
    assert torch.equal(causal(text).logits[:, :-1], causal(changed).logits[:, :-1])
    assert not torch.allclose(both(text).logits[:, 0], both(changed).logits[:, 0])


def test_a_causal_model_learns_the_next_token_and_a_two_sided_one_its_own() -> None:
    text = ids()
    for causal in (True, False):
        model = make(causal=causal)
        answer = model(text, labels=text)
        logits, labels = (answer.logits[:, :-1], text[:, 1:]) if causal else (answer.logits, text)
        expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        assert answer.loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_ids_and_their_embeddings_give_the_same() -> None:
    model, text = make(), ids()
    vectors = model.get_input_embeddings()(text)
    assert torch.equal(model(inputs_embeds=vectors).logits, model(text).logits)
    with pytest.raises(ValueError, match="exactly one"):
        model(input_ids=text, inputs_embeds=vectors)


def test_logits_can_be_kept_for_the_last_positions_alone() -> None:
    model, text = make(), ids()
    assert torch.allclose(model(text, logits_to_keep=3).logits, model(text).logits[:, -3:], atol=1e-6)


@pytest.mark.parametrize("tied", [True, False])
def test_what_transformers_saves_it_loads_again(tmp_path, tied: bool) -> None:
    model, text = make(tie_word_embeddings=tied), ids()
    model.save_pretrained(tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert type(again) is GPT
    assert torch.equal(again(text).logits, model(text).logits)
    assert (again.lm_head.weight is again.model.embed_tokens.weight) is tied
    assert isinstance(AutoModel.from_pretrained(tmp_path), GPTModel)


def test_a_reward_model_scores_the_last_token_that_is_no_padding() -> None:
    model = make(head=GPTForSequenceClassification, num_labels=1)
    text = ids()
    padded = torch.cat((text, torch.zeros(2, 3, dtype=torch.long)), dim=1)
    scores = model(text).logits
    assert scores.shape == (2, 1)
    assert torch.allclose(model(padded, attention_mask=(padded != 0).long()).logits, scores, atol=1e-5)
    assert isinstance(AutoModelForSequenceClassification.from_config(model.config), GPTForSequenceClassification)


def test_first_weights_are_as_wide_as_the_config_says() -> None:
    torch.manual_seed(0)
    model = GPT(GPTConfig(hidden_size=128, initializer_range=0.03, norm="layer", **BIASES))
    block = model.model.layers[3]
    for weight in (model.lm_head.weight, block.self_attn.o_proj.weight, block.mlp.up_proj.weight):
        assert weight.std().item() == pytest.approx(0.03, rel=0.05)
    assert (block.mlp.up_proj.bias == 0).all()
    assert (block.input_layernorm.weight == 1).all()


def test_recomputed_activations_give_the_same_gradients() -> None:
    grads = []
    for recompute in (False, True):
        model = make().train()
        if recompute:
            model.gradient_checkpointing_enable()
        model(ids(), labels=ids(), use_cache=False).loss.backward()
        grads.append([parameter.grad for parameter in model.parameters()])
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(*grads, strict=True))


def test_bfloat16_stays_close() -> None:
    model, text = make(), ids()
    exact = model(text).logits
    rough = model.to(torch.bfloat16)(text).logits
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).norm() / exact.norm() < 0.05
