"""What is one layer? Attention, then a feed-forward network, each on a normed copy of the stream and added back to it.

Residual connections are arXiv:1512.03385; norms before the sub-layers, arXiv:2002.04745.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import Cache
from transformers.modeling_layers import GradientCheckpointingLayer

from core.gpt.attention import Attention
from core.gpt.config import GPTConfig
from core.gpt.feed_forward import FeedForward
from core.gpt.norm import make_norm
from core.gpt.positions import Rotation


class Block(GradientCheckpointingLayer):
    """`x += attention(norm(x)); x += feed_forward(norm(x))`."""

    def __init__(self, config: GPTConfig, layer_idx: int) -> None:
        super().__init__()
        self.input_layernorm = make_norm(config)
        self.self_attn = Attention(config, layer_idx)
        self.post_attention_layernorm = make_norm(config)
        self.mlp = FeedForward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        hidden_states: Tensor,
        position_embeddings: Rotation | None = None,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        position_ids: Tensor | None = None,
        **_: Any,
    ) -> Tensor:
        """(batch, time, hidden_size) to the same; see `Attention.forward` for the rest."""
        # Everything goes by keyword: LLaMA-Adapter wraps the attention and reads these names.
        attended, _maps = self.self_attn(
            hidden_states=self.input_layernorm(hidden_states),
            position_embeddings=position_embeddings,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            position_ids=position_ids,
        )
        hidden_states = hidden_states + self.dropout(attended)
        return hidden_states + self.dropout(self.mlp(self.post_attention_layernorm(hidden_states)))
