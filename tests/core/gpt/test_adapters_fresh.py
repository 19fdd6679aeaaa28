"""Does a saved adapter work where nothing of the project but its model is known? In a fresh process, with plain peft.

Every method in one process: the model's folder and the adapters' folders are all that it gets, next to logits to match.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.gpt.adapters import METHODS, attach
from core.gpt.config import GPTConfig
from core.gpt.model import GPT

ROOT = Path(__file__).resolve().parents[3]
TEXT = torch.tensor([[5, 9, 23, 4, 17, 8], [6, 1, 2, 3, 40, 11]])
# Two methods need a line before `PeftModel.from_pretrained`: a base in NF4, and an entry in a table that peft keeps.
FRESH = """
import sys
from pathlib import Path
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
import core.gpt.model

root = Path(sys.argv[1])
expected = torch.load(root / "logits.pt")
for method, (text, logits, merged) in expected.items():
    base = AutoModelForCausalLM.from_pretrained(root / "base")
    if method == "qlora":
        from core.gpt.quantize import quantize
        base = quantize(base, "nf4", dtype=torch.float32).model
    if method == "llama-adapter":
        from peft.tuners.adaption_prompt.config import TRANSFORMERS_MODEL_CONFIG
        TRANSFORMERS_MODEL_CONFIG["trendlab_gpt"] = TRANSFORMERS_MODEL_CONFIG["llama"]
    tuned = PeftModel.from_pretrained(base, root / method).eval()
    with torch.no_grad():
        found = tuned(input_ids=text, attention_mask=torch.ones_like(text)).logits
        worst = (found - logits).abs().max().item()
        if merged:
            plain = tuned.merge_and_unload()
            assert type(plain).__name__ == "GPT", type(plain)
            worst = max(worst, (plain(text).logits - logits).abs().max().item())
    print(method, worst)
assert "core.gpt.adapters" not in sys.modules
"""


def trained(base: GPT, method: str) -> torch.nn.Module:
    torch.manual_seed(0)
    tuned = attach(base, method, rank=4, virtual_tokens=3, steps=2)
    optimizer = torch.optim.Adam([weights for weights in tuned.parameters() if weights.requires_grad], lr=0.02)
    for _ in range(2):
        tuned(input_ids=TEXT, attention_mask=torch.ones_like(TEXT), labels=TEXT).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return tuned.eval()


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Method to the largest difference of a logit, merged ones included, as the fresh process found it."""
    root = tmp_path_factory.mktemp("adapters")
    torch.manual_seed(0)
    config = GPTConfig(vocab_size=64, hidden_size=64, num_hidden_layers=2, num_key_value_heads=2, pad_token_id=0)
    GPT(config).eval().save_pretrained(root / "base")
    expected = {}
    for method in METHODS:
        tuned = trained(GPT.from_pretrained(root / "base"), method)
        tuned.save_pretrained(root / method)
        with torch.no_grad():
            logits = tuned(input_ids=TEXT, attention_mask=torch.ones_like(TEXT)).logits
            untouched = GPT.from_pretrained(root / "base").eval()(TEXT).logits
        said = logits[:, -TEXT.shape[1] :]  # prompts have logits for their virtual tokens too
        assert not torch.allclose(said, untouched, atol=1e-3), f"{method} learned nothing, so nothing would be shown"
        expected[method] = (TEXT, logits, METHODS[method].merges)
    torch.save(expected, root / "logits.pt")
    done = subprocess.run([sys.executable, "-c", FRESH, str(root)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}


@pytest.mark.parametrize("method", METHODS)
def test_plain_peft_in_a_fresh_process_gives_the_same_logits_merged_too(
    method: str, differences: dict[str, float]
) -> None:
    assert differences[method] < 1e-4
