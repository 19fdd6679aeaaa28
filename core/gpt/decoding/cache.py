"""Where do the keys and values of earlier tokens stand, so that a new token finds them without a copy?

In one block a model, made once and written to in place: appending to a tensor would copy it for each token. Keys lie
transposed, as one query multiplies them fastest. `transformers` sees a cache like its own, so that a model's `forward`
reads the prompt straight into it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig
from transformers.cache_utils import Cache, CacheLayerMixin

ROOM = 256  # slots beyond the prompt to begin with: a text may stop long before its limit


class LayerCache(CacheLayerMixin):
    """One layer's share of the block."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.batch = batch
        self.seen = 0
        self.keys: Tensor
        self.values: Tensor

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing to do: the block is there."""

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Keep keys and values (batch, key heads, time, head_dim); returns those of all tokens so far."""
        first, time = self.seen, key_states.shape[2]
        self.seen += time
        self.keys[:, :, first : self.seen] = key_states.flatten(0, 1).transpose(1, 2)
        self.values[:, first : self.seen] = value_states.flatten(0, 1)
        if first == 0:
            return key_states, value_states
        keys, values = self.keys[:, :, : self.seen].transpose(1, 2), self.values[:, : self.seen]
        return keys.unflatten(0, (self.batch, -1)), values.unflatten(0, (self.batch, -1))

    def write(self, slot: Tensor, key: Tensor, value: Tensor) -> None:
        """Keep a key (batch · key heads, head_dim, 1) and a value (…, 1, head_dim) at `slot` (1,), not counting it."""
        self.keys.index_copy_(2, slot, key)
        self.values.index_copy_(1, slot, value)

    def get_seq_length(self) -> int:
        return self.seen

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.seen + query_length, 0

    def get_max_length(self) -> int:
        return -1


class KeyValueCache(Cache):
    """Keys (layers, batch · key heads, head_dim, capacity) and values (layers, batch · key heads, capacity, head_dim).

    Layers with a sliding window keep all tokens as well: what is out of sight is not read, and nothing has to move.
    """

    def __init__(self, config: PreTrainedConfig, *, batch: int, dtype: torch.dtype, device: torch.device) -> None:
        """:param config: a `GPTConfig`."""
        self.parts = [LayerCache(batch) for _ in range(config.num_hidden_layers)]
        super().__init__(layers=list(self.parts))
        shape = config.num_hidden_layers, batch * config.num_key_value_heads
        self.keys = torch.zeros(*shape, config.head_dim, 0, dtype=dtype, device=device)
        self.values = torch.zeros(*shape, 0, config.head_dim, dtype=dtype, device=device)

    @property
    def capacity(self) -> int:
        """How many tokens there is room for."""
        return self.values.shape[2]

    @property
    def seen(self) -> int:
        """How many tokens are kept."""
        return self.parts[0].seen

    @seen.setter
    def seen(self, count: int) -> None:
        for part in self.parts:
            part.seen = count

    def reserve(self, tokens: int, *, at_most: int) -> None:
        """Make room for `tokens` tokens; when it has to grow, it doubles, but to no more than `at_most`."""
        if tokens <= self.capacity:
            return
        capacity = max(tokens, min(at_most, max(tokens + ROOM, 2 * self.capacity)))
        # Zeros, because a masked slot still takes part in a product, and 0 times garbage may be NaN.
        keys = self.keys.new_zeros(*self.keys.shape[:3], capacity)
        values = self.values.new_zeros(*self.values.shape[:2], capacity, self.values.shape[3])
        keys[..., : self.seen], values[:, :, : self.seen] = self.keys[..., : self.seen], self.values[:, :, : self.seen]
        self.keys, self.values = keys, values
        for part, key, value in zip(self.parts, keys, values, strict=True):
            part.keys, part.values = key, value
