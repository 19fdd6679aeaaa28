"""How does a token gather what earlier tokens know?

Scaled dot-product attention (arXiv:1706.03762) over several heads, where groups of query heads may share one head of
keys and values (arXiv:2305.13245). The default path is PyTorch's fused kernel (FlashAttention where there is one,
arXiv:2205.14135); the eager path computes the same in the open and hands out the attention maps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import Cache

from core.gpt.config import GPTConfig
from core.gpt.positions import Rotation, rotate


class Attention(nn.Module):
    """Multi-head, grouped-query or multi-query attention, with separate projections so that adapters find them."""

    def __init__(self, config: GPTConfig, layer_idx: int) -> None:
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.head_dim = config.head_dim
        self.groups = config.num_attention_heads // config.num_key_value_heads
        self.scale = config.head_dim**-0.5
        self.dropout = config.dropout
        query_width = config.num_attention_heads * config.head_dim
        key_width = config.num_key_value_heads * config.head_dim
        self.q_proj = nn.Linear(config.hidden_size, query_width, bias=config.qkv_bias)
        self.k_proj = nn.Linear(config.hidden_size, key_width, bias=config.qkv_bias)
        self.v_proj = nn.Linear(config.hidden_size, key_width, bias=config.qkv_bias)
        self.o_proj = nn.Linear(query_width, config.hidden_size, bias=config.output_bias)

    def forward(
        self,
        hidden_states: Tensor,
        position_embeddings: Rotation | None = None,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        **_: Any,
    ) -> tuple[Tensor, Tensor | None]:
        """
        :param hidden_states: (batch, time, hidden_size).
        :param position_embeddings: rotary cosine and sine (batch or 1, time, head_dim); None for learned positions.
        :param attention_mask: (batch, 1, time, seen), True or 0 where a query may look; None: only the causal rule.
        :param past_key_values: keys and values of earlier tokens; this call adds its own.
        :returns: (batch, time, hidden_size), and the maps (batch, heads, time, seen) on the eager path, else None.
        """
        batch, time, _width = hidden_states.shape
        query = self._heads(self.q_proj(hidden_states))  # (batch, heads, time, head_dim)
        key = self._heads(self.k_proj(hidden_states))  # (batch, key heads, time, head_dim)
        value = self._heads(self.v_proj(hidden_states))
        if position_embeddings is not None:
            query, key = rotate(query, position_embeddings), rotate(key, position_embeddings)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)  # (batch, key heads, seen, head_dim)

        attend = self._eager if self.config._attn_implementation == "eager" else self._fused
        gathered, maps = attend(query, key, value, attention_mask)  # (batch, heads, time, head_dim)
        return self.o_proj(gathered.transpose(1, 2).reshape(batch, time, -1)), maps

    def _heads(self, states: Tensor) -> Tensor:
        """(batch, time, heads · head_dim) to (batch, heads, time, head_dim)."""
        batch, time, _ = states.shape
        return states.view(batch, time, -1, self.head_dim).transpose(1, 2)

    def _fused(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor, None]:
        time = query.shape[2]
        causal = mask is None and self.config.causal and time > 1
        if causal and key.shape[2] > time:
            # A static cache hands out its whole length; without a mask the queries are its first tokens.
            key, value = key[:, :, :time], value[:, :, :time]
        share = self.groups > 1
        if share and mask is not None:
            # Fused kernels share key heads only without a mask.
            key, value, share = self._repeat(key), self._repeat(value), False
        dropout = self.dropout if self.training else 0.0
        gathered = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout, is_causal=causal, scale=self.scale, enable_gqa=share
        )
        return gathered, None

    def _eager(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        key, value = self._repeat(key), self._repeat(value)
        scores = query @ key.transpose(2, 3) * self.scale  # (batch, heads, time, seen)
        if mask is not None:
            scores = scores + mask
        wide = torch.float64 if scores.dtype == torch.float64 else torch.float32
        maps = F.softmax(scores, dim=-1, dtype=wide).to(query.dtype)
        return F.dropout(maps, p=self.dropout, training=self.training) @ value, maps

    def _repeat(self, states: Tensor) -> Tensor:
        """(batch, key heads, seen, head_dim) to (batch, heads, seen, head_dim): each key head serves its group."""
        return states.repeat_interleave(self.groups, dim=1) if self.groups > 1 else states
