"""A model of a person's own, which differs from the house models where code may take them for granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def own_model(tmp_path: Path) -> Callable[..., str]:
    """Makes the folder of one: letters for tokens, one layer, and no token that begins a document."""

    def make(*, causal: bool = True) -> str:
        import torch
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        from core.gpt.config import GPTConfig
        from core.gpt.model import GPT

        folder = tmp_path / "own-model"
        letters = {letter: place for place, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
        tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
        torch.manual_seed(0)
        shape: dict[str, Any] = {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 32,
        }
        GPT(GPTConfig(vocab_size=len(letters), causal=causal, **shape)).save_pretrained(folder)
        return str(folder)

    return make
