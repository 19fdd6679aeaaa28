"""Which models race? The core in the house form and in GPT-2's own, beside GPT-2 and Llama as `transformers` has them.

All have one vocabulary, depth, width and number of heads, and inner widths that make their parameters equal: SwiGLU has
three matrices where GELU has two, so that its inner width is two thirds of GPT-2's (arXiv:2002.05202). None has
dropout, which the house recipe does without.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from core.gpt.config import GPTConfig
from core.gpt.model import GPT

CORE, CORE_AS_GPT2, GPT2, LLAMA = "core", "core as GPT-2", "transformers GPT-2", "transformers Llama"
# Who is compared with whom; the second is the yardstick.
PAIRS = ((CORE, GPT2), (CORE, LLAMA), (CORE_AS_GPT2, GPT2))


@dataclass(frozen=True, kw_only=True)
class Size:
    """What the models of a size share.

    :param inner: inner width of SwiGLU.
    :param context: tokens of the longest text; GPT-2 has a vector for each.
    :param rounds: how often each model has its turn.
    :param tokens: how many it writes in a turn.
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    inner: int
    context: int
    rounds: int
    tokens: int


SIZES = {
    "nano": Size(vocabulary=3072, width=128, layers=4, heads=4, inner=384, context=256, rounds=15, tokens=64),
    "micro": Size(vocabulary=3072, width=192, layers=7, heads=6, inner=512, context=256, rounds=11, tokens=64),
    "124m": Size(vocabulary=50257, width=768, layers=12, heads=12, inner=2048, context=1024, rounds=5, tokens=24),
}


def make(name: str, size: Size, *, seed: int) -> PreTrainedModel:
    """A model with random weights.

    :param name: CORE, CORE_AS_GPT2, GPT2 or LLAMA.
    """
    torch.manual_seed(seed)
    wide = size.inner * 3 // 2
    if name == GPT2:
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=size.vocabulary,
                n_embd=size.width,
                n_layer=size.layers,
                n_head=size.heads,
                n_inner=wide,
                n_positions=size.context,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                bos_token_id=None,
                eos_token_id=None,
            )
        )
    if name == LLAMA:
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=size.vocabulary,
                hidden_size=size.width,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                intermediate_size=size.inner,
                max_position_embeddings=size.context,
                tie_word_embeddings=True,
                bos_token_id=None,
                eos_token_id=None,
            )
        )
    plain = name == CORE_AS_GPT2
    return GPT(
        GPTConfig(
            vocab_size=size.vocabulary,
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=wide if plain else size.inner,
            max_position_embeddings=size.context,
            position="learned" if plain else "rotary",
            norm="layer" if plain else "rms",
            activation="gelu" if plain else "swiglu",
            qkv_bias=plain,
            output_bias=plain,
            mlp_bias=plain,
        )
    )
