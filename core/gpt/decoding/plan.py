"""What has to be computed for one more token? The model's arithmetic as a short list of operations.

A token of a small model costs less arithmetic than Python and PyTorch cost to start it, so that the number of
operations decides: q, k and v are one product, RMSNorm is four operations, rotary positions are one small matrix, a
group's queries are rows of one product. What is computed goes to memory that was taken beforehand, where its parts are
at hand without being cut out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.gpt.attention import Attention
from core.gpt.block import Block
from core.gpt.decoding.cache import KeyValueCache
from core.gpt.decoding.projections import Projection, Projections, untouched
from core.gpt.feed_forward import FeedForward
from core.gpt.model import GPT, GPTModel
from core.gpt.norm import RMSNorm

Norm = Callable[[Tensor], Tensor]


def understands(model: nn.Module) -> bool:
    """The blocks compute what the core's do: none was replaced or hooked, as LLaMA-Adapter and steering do.

    Embeddings, norms and linear layers may be anything; they are called where they are not plain.
    """
    if type(model) is not GPT:
        return False
    frame: list[tuple[nn.Module, type]] = [(model, GPT), (model.model, GPTModel)]
    for block in model.model.layers:
        frame += [(block, Block), (block.self_attn, Attention), (block.mlp, FeedForward)]
    return all(type(module) is kind and untouched(module) for module, kind in frame)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One block, taken apart. `window`: how many tokens it sees; None: all."""

    attention_norm: Norm
    attention_in: Projection
    attention_out: Projection
    feed_norm: Norm
    feed_in: Projection
    feed_out: Projection
    window: int | None


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the layers with one window look at: keys and values of each layer, and what is added to the scores."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    mask: Tensor


class Workspace:
    """Memory for what a layer computes, and views of its parts. Every layer uses it again.

    To each key head belong `group` queries, its key and its value: mixed is (batch, key heads, group + 2, head_dim).
    """

    def __init__(self, model: GPT, cache: KeyValueCache, batch: int) -> None:
        config = model.config
        keys, width = config.num_key_value_heads, config.head_dim
        group = config.num_attention_heads // keys
        empty = cache.keys.new_empty
        gated = config.activation == "swiglu"
        self.mixed = empty(batch, keys * (group + 2) * width)
        self.heads = self.mixed.view(batch, -1, width)
        self.turned = empty(batch, keys * (group + 2), width) if config.position == "rotary" else self.heads
        turned, mixed = (part.view(batch * keys, group + 2, width) for part in (self.turned, self.mixed))
        self.queries = turned[:, :group]  # (batch · key heads, group, head_dim)
        self.key = turned[:, group : group + 1].transpose(1, 2)  # (batch · key heads, head_dim, 1)
        self.value = mixed[:, group + 1 :]  # (batch · key heads, 1, head_dim)
        self.gathered = empty(batch * keys, group, width)
        self.side_by_side = self.gathered.view(batch, -1)  # (batch, heads · head_dim)
        self.inner = empty(batch, config.intermediate_size * (1 + gated))
        self.halves = self.inner.chunk(2, dim=1) if gated else None  # gate and up
        self.logits = empty(batch, config.vocab_size)


class Plan:
    """Steps of one batch of texts, a token each. Made for a prompt, from the weights as they are then."""

    def __init__(self, model: GPT, cache: KeyValueCache, *, batch: int, padding: Tensor | None) -> None:
        """
        :param cache: what the model's `forward` read the prompts into.
        :param padding: (batch, time), True where the prompts have no token; None: nowhere.
        """
        config = model.config
        self._cache = cache
        self._stack = model.model
        self._padding = padding
        self._padded = 0 if padding is None else padding.sum(1)  # (batch,)
        self._scale = config.head_dim**-0.5
        self._key_heads, self._head_dim = config.num_key_value_heads, config.head_dim
        self._workspace = Workspace(model, cache, batch)
        projections = Projections(model)
        self._layers = [self._layer(projections, index, block) for index, block in enumerate(model.model.layers)]
        self._norm = _norm(model.model.norm)
        self._head = projections.make("head", model.lm_head)
        self.recordable = projections.plain  # quantized layers may wait for the GPU, which cannot be recorded
        self._windows = dict.fromkeys(layer.window for layer in self._layers)
        self._no_mask = cache.keys.new_zeros(1, 1, 1)
        self._angles: tuple[Tensor, Tensor] | None = None  # cosine and sine, each (capacity, head_dim)
        self._identity = torch.eye(config.head_dim, dtype=cache.keys.dtype, device=cache.keys.device)
        first, second = self._identity.chunk(2, dim=1)
        self._quarter_turn = torch.cat((-second, first), dim=1)

    def _layer(self, projections: Projections, index: int, block: Block) -> Layer:
        attention, feed, config = block.self_attn, block.mlp, self._stack.config
        make = projections.make
        gate = [feed.gate_proj] if feed.gated else []
        queries_keys_values = attention.q_proj, attention.k_proj, attention.v_proj
        return Layer(
            attention_norm=_norm(block.input_layernorm),
            attention_in=make(f"{index} in", *queries_keys_values, heads=self._key_heads),
            attention_out=make(f"{index} out", attention.o_proj),
            feed_norm=_norm(block.post_attention_layernorm),
            feed_in=make(f"{index} up", *gate, feed.up_proj),
            feed_out=make(f"{index} down", feed.down_proj),
            window=config.sliding_window if config.layer_types[index] == "sliding_attention" else None,
        )

    def logits(self, tokens: Tensor, slot: Tensor, *, seen: int | None) -> Tensor:
        """The logits (batch, vocab_size) after each of `tokens` (batch,); overwritten by the next call.

        :param slot: (1,) where in the cache they go.
        :param seen: the same as a number; None: only the tensor knows it, and all of the cache is looked at, so that
            every step is the same list of operations on the same memory, as a CUDA graph needs.
        """
        work, kept = self._workspace, self._cache.parts
        positions = (slot - self._padded).expand(len(tokens))
        stream = self._stack.embed_tokens(tokens)  # (batch, hidden_size)
        if self._stack.config.position == "learned":
            stream, turn = stream + self._stack.embed_positions(positions), None
        else:
            turn = self._turn(positions)
        sights = {window: self._sight(slot, window, seen) for window in self._windows}
        for index, layer in enumerate(self._layers):
            sight = sights[layer.window]
            layer.attention_in.into(work.mixed, layer.attention_norm(stream))
            if turn is not None:
                torch.bmm(work.heads, turn, out=work.turned)
            kept[index].write(slot, work.key, work.value)
            scores = torch.baddbmm(sight.mask, work.queries, sight.keys[index], alpha=self._scale)
            torch.bmm(torch.softmax(scores, -1), sight.values[index], out=work.gathered)
            layer.attention_out.add_to(stream, work.side_by_side)
            layer.feed_in.into(work.inner, layer.feed_norm(stream))
            layer.feed_out.add_to(stream, self._activate(work))
        self._head.into(work.logits, self._norm(stream))
        return work.logits

    def _activate(self, work: Workspace) -> Tensor:
        if work.halves is None:
            return F.gelu(work.inner, approximate="tanh")
        gate, up = work.halves
        return F.silu(gate).mul_(up)

    def _turn(self, positions: Tensor) -> Tensor:
        """Rotary positions (batch,) as matrices (batch, head_dim, head_dim): heads times them are heads turned."""
        cosine, sine = (part.unsqueeze(1) for part in self._cosine_and_sine(positions))
        return torch.addcmul(self._identity * cosine, self._quarter_turn, sine)

    def _cosine_and_sine(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Each (batch, head_dim)."""
        dtype, rotary = self._identity.dtype, self._stack.rotary
        if (rotary.stretch or {}).get("type") == "dynamic":
            cosine, sine = rotary(positions.unsqueeze(0), dtype)  # all angles depend on the longest text so far
            return cosine[0], sine[0]
        if self._angles is None or len(self._angles[0]) < self._cache.capacity:
            cosine, sine = rotary(torch.arange(self._cache.capacity, device=positions.device).unsqueeze(0), dtype)
            self._angles = cosine[0], sine[0]
        return self._angles[0].index_select(0, positions), self._angles[1].index_select(0, positions)

    def _sight(self, slot: Tensor, window: int | None, seen: int | None) -> Sight:
        cache = self._cache
        begin, end = 0, cache.capacity
        if seen is not None:
            begin, end = 0 if window is None else max(0, seen + 1 - window), seen + 1
        mask = self._no_mask
        if seen is None or self._padding is not None:
            mask = self._mask(slot, window, begin, end)
        return Sight(
            keys=cache.keys[..., begin:end].unbind(0), values=cache.values[:, :, begin:end].unbind(0), mask=mask
        )

    def _mask(self, slot: Tensor, window: int | None, begin: int, end: int) -> Tensor:
        """(1 or batch · key heads, 1, end - begin): 0 where a text may look, minus infinity where not."""
        places = torch.arange(begin, end, device=slot.device)
        hidden = (places > slot).unsqueeze(0)
        if window is not None:
            hidden = hidden | (places <= slot - window)
        if self._padding is not None:
            time = self._padding.shape[1]
            hidden = hidden | (self._padding[:, places.clamp(max=time - 1)] & (places < time))
            hidden = hidden.repeat_interleave(self._key_heads, dim=0)
        mask = self._no_mask.new_zeros(hidden.shape).masked_fill_(hidden, -torch.inf)
        return mask.unsqueeze(1)


def _norm(module: nn.Module) -> Norm:
    """The norm; RMSNorm in few operations: `x / sqrt(mean(x²) + eps)` is `x √width / hypot(‖x‖, √(width · eps))`."""
    if type(module) is not RMSNorm or not untouched(module):
        return module
    width, wide = module.weight.shape[0], torch.promote_types(module.weight.dtype, torch.float32)
    gain = module.weight.to(wide) * math.sqrt(width)
    floor = gain.new_tensor(math.sqrt(width * module.eps))

    def norm(states: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=wide)
        return (states / torch.hypot(length, floor) * gain).to(states.dtype)

    return norm
