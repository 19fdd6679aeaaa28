"""Is the arithmetic counted as by hand, and as PyTorch's own counter sees it?"""

from __future__ import annotations

import torch
from peft import LoraConfig, get_peft_model
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2Config, GPT2LMHeadModel

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training.flops import TrainingFlops

TINY = {"vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def count(model: torch.nn.Module, time: int = 16) -> int:
    found = TrainingFlops.of(model)
    assert found is not None
    return found.a_token(time)


def test_a_count_by_hand() -> None:
    matrices = 2 * (4 * 32 * 32 + 3 * 32 * 64) + 100 * 32
    assert count(GPT(GPTConfig(**TINY))) == 6 * matrices + 12 * 2 * 4 * 8 * 16


def test_a_token_table_is_read_and_an_output_matrix_multiplied_tied_or_not() -> None:
    tied, untied = (GPT(GPTConfig(**TINY, tie_word_embeddings=tie)) for tie in (True, False))
    assert untied.num_parameters() > tied.num_parameters()
    assert count(untied) == count(tied)
    assert count(GPT(GPTConfig(**TINY, position="learned"))) == count(tied)


def test_a_token_beyond_the_window_costs_nothing() -> None:
    full, sliding = GPT(GPTConfig(**TINY)), GPT(GPTConfig(**TINY, sliding_window=4))
    mixed = GPT(GPTConfig(**TINY, sliding_window=4, layer_types=["full_attention", "sliding_attention"]))
    assert count(full, 16) - count(sliding, 16) == 12 * 2 * 32 * (16 - 4)
    assert count(full, 16) - count(mixed, 16) == 12 * 32 * (16 - 4)
    assert count(sliding, 3) == count(full, 3)


def test_a_frozen_weight_needs_no_gradient_of_its_own() -> None:
    model = GPT(GPTConfig(**TINY))
    whole = count(model)
    frozen = sum(weights.numel() for weights in model.model.layers[0].mlp.requires_grad_(False).parameters())
    assert whole - count(model) == 2 * frozen
    adapted = get_peft_model(GPT(GPTConfig(**TINY)), LoraConfig(r=2, target_modules=["q_proj"]))
    assert whole * 4 / 6 < count(adapted) < whole


def test_pytorch_counts_the_same_products_and_the_models_of_transformers_count_too() -> None:
    for model in (
        GPT(GPTConfig(**TINY, attn_implementation="eager")),
        GPT2LMHeadModel(
            GPT2Config(
                vocab_size=100,
                n_embd=32,
                n_layer=2,
                n_head=4,
                n_positions=16,
                bos_token_id=0,
                eos_token_id=0,
                attn_implementation="eager",
            )
        ),
    ):
        ids = torch.randint(100, (3, 16))
        with FlopCounterMode(display=False) as counter:
            model(input_ids=ids, labels=ids).loss.backward()
        assert count(model) * ids.numel() == counter.get_total_flops()


def test_a_model_of_unknown_shape_is_not_guessed_at() -> None:
    assert TrainingFlops.of(torch.nn.Linear(2, 2)) is None
