"""How does a text go on? A decoder takes tokens, the prompts first, and says each time what may follow.

The model's own `forward` reads several tokens at once, as prompts are; a `Plan` computes a step of one token. A model
whose blocks are not the core's any more (LLaMA-Adapter, hooks that steer it) has no plan: its `forward` is called for
every token, on the same cache.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.gpt.decoding.cache import KeyValueCache
from core.gpt.decoding.graph import StepGraph
from core.gpt.decoding.plan import Plan, understands
from core.gpt.model import GPT


class Decoder:
    """One batch of texts that is being written."""

    def __init__(self, model: GPT, *, batch: int, length: int, attention_mask: Tensor | None = None) -> None:
        """
        :param model: causal, in evaluation mode. Its weights must not change while the texts are being written.
        :param batch: how many texts.
        :param length: tokens a text has at most, its prompt included; room for them is made as they come.
        :param attention_mask: (batch, time) of the prompts, 1 for a token and 0 for padding, which stands on the left;
            None: there is no padding.
        :raises ValueError: a model that sees both sides.
        """
        if not model.config.causal:
            raise ValueError("a model with causal=False sees what comes next and cannot write; take a causal one")
        self._model = model
        self._length = length
        self._padding: Tensor | None = None  # (batch, time of the prompts), True where there is no token
        if attention_mask is not None and not attention_mask.all():
            self._padding = attention_mask.to(model.device) == 0
        self._cache = KeyValueCache(model.config, batch=batch, dtype=model.dtype, device=model.device)
        self._has_plan = understands(model)
        self._plan: Plan | None = None
        self._graph: StepGraph | None = None

    @property
    def seen(self) -> int:
        """How many tokens of each text were read so far, padding included."""
        return self._cache.seen

    def step(self, tokens: Tensor) -> Tensor:
        """Read `tokens` (batch, time), the prompts first, and say what may follow.

        :returns: logits (batch, time, vocab_size) after each token, but of the prompts after the last alone
            (batch, 1, vocab_size); overwritten by the next step.
        """
        prompts, capacity = self.seen == 0, self._cache.capacity
        self._cache.reserve(self.seen + tokens.shape[1], at_most=self._length)
        if capacity != self._cache.capacity:
            self._graph = None  # it works on memory that is no longer used
        if prompts or tokens.shape[1] > 1 or not self._has_plan:
            return self._forward(tokens, keep=1 if prompts else 0)
        if self._plan is None:
            # Copies outlive this call, so that they must not be tensors of inference mode, even if the caller is in it.
            with torch.inference_mode(False), torch.no_grad():
                self._plan = Plan(self._model, self._cache, batch=len(tokens), padding=self._padding)
        with torch.inference_mode():
            logits = self._run(self._plan, tokens.squeeze(1))
        self._cache.seen += 1
        return logits.unsqueeze(1)

    def forget(self, count: int) -> None:
        """Take back the last `count` tokens."""
        self._cache.seen -= count

    def _run(self, plan: Plan, tokens: Tensor) -> Tensor:
        if tokens.is_cuda and plan.recordable:
            if self._graph is None:
                self._graph = StepGraph(plan, tokens, self.seen)
            return self._graph(tokens, self.seen)
        return plan.logits(tokens, torch.tensor([self.seen], device=tokens.device), seen=self.seen)

    def _forward(self, tokens: Tensor, *, keep: int) -> Tensor:
        """The same from the model's own `forward`, for the last `keep` tokens (0: all)."""
        mask = torch.ones(len(tokens), self.seen + tokens.shape[1], dtype=torch.long, device=tokens.device)
        if self._padding is not None:
            mask[:, : self._padding.shape[1]] -= self._padding.long()
        # Padding has no position of its own, so that a padded prompt means what the bare one means.
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, self.seen :]
        with torch.no_grad():
            return self._model(
                input_ids=tokens,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=keep,
            ).logits
