"""Do peft's methods train the GPT and write with it, unchanged?"""

from __future__ import annotations

import pytest
import torch
from peft import (
    IA3Config,
    LoraConfig,
    PeftModel,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    get_peft_model,
)

from core.gpt.config import GPTConfig
from core.gpt.model import GPT

TEXT = torch.tensor([[5, 9, 23, 4, 17, 8], [6, 1, 2, 3, 40, 11]])
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
METHODS = {
    "LoRA": LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear", r=2),
    "DoRA": LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj", "down_proj"], r=2, use_dora=True),
    "IA3": IA3Config(
        task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]
    ),
    "prompt tuning": PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
    "P-tuning": PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=3, encoder_hidden_size=16),
    "prefix tuning": PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
}


def make(**settings: object) -> GPT:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, pad_token_id=0, **settings))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


@pytest.mark.parametrize("settings", [{"num_key_value_heads": 2}, {"position": "learned"}], ids=["GQA", "learned"])
@pytest.mark.parametrize("method", METHODS)
def test_a_method_learns_writes_and_comes_back_from_its_folder(tmp_path, method: str, settings: dict) -> None:
    tuned = get_peft_model(make(**settings), METHODS[method])
    trainable = [parameter for parameter in tuned.parameters() if parameter.requires_grad]
    assert 0 < sum(parameter.numel() for parameter in trainable) < sum(p.numel() for p in tuned.parameters())
    optimizer = torch.optim.Adam(trainable, lr=0.02)
    losses = []
    for _ in range(4):
        loss = tuned(input_ids=TEXT, attention_mask=torch.ones_like(TEXT), labels=TEXT).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0]

    tuned.eval()
    mask = torch.ones_like(TEXT)
    written = tuned.generate(input_ids=TEXT, attention_mask=mask, max_new_tokens=6, do_sample=False)
    by_hand = TEXT
    for _ in range(6):
        logits = tuned(input_ids=by_hand, attention_mask=torch.ones_like(by_hand)).logits[:, -1]
        by_hand = torch.cat((by_hand, logits.argmax(-1, keepdim=True)), dim=1)
    assert torch.equal(written, by_hand)

    tuned.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(make(**settings), tmp_path).eval()
    assert torch.equal(again.generate(input_ids=TEXT, attention_mask=mask, max_new_tokens=6, do_sample=False), written)


def test_a_merged_lora_is_the_tuned_model() -> None:
    tuned = get_peft_model(make(), LoraConfig(target_modules=LINEAR, r=2, init_lora_weights=False)).eval()
    expected = tuned(input_ids=TEXT).logits
    assert not torch.allclose(expected, make()(TEXT).logits)
    assert torch.allclose(tuned.merge_and_unload()(TEXT).logits, expected, atol=1e-4)
