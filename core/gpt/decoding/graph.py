"""How does a GPU decode without waiting for Python? It records the operations of one step once and replays them.

A CUDA graph (docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs) costs one launch where a step has some hundred.
It works on fixed memory: tokens and slot are copied into it, and the logits are read out of it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.gpt.decoding.plan import Plan

WARM_UPS = 3  # libraries choose kernels and take their workspaces at the first calls, which cannot be recorded


class StepGraph:
    """One step of a plan for one token a text, recorded."""

    def __init__(self, plan: Plan, tokens: Tensor, slot: int) -> None:
        """
        :param tokens: (batch,).
        :param slot: of the cache, free: recording writes there.
        """
        self._tokens = tokens.clone()
        self._slot = torch.full((1,), slot, device=tokens.device)
        self._graph = torch.cuda.CUDAGraph()
        aside = torch.cuda.Stream(tokens.device)
        aside.wait_stream(torch.cuda.current_stream(tokens.device))
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                plan.logits(self._tokens, self._slot, seen=None)
        torch.cuda.current_stream(tokens.device).wait_stream(aside)
        with torch.cuda.graph(self._graph):
            self._logits = plan.logits(self._tokens, self._slot, seen=None)

    def __call__(self, tokens: Tensor, slot: int) -> Tensor:
        """The logits (batch, vocab_size) after `tokens` (batch,), which go to `slot`; overwritten by the next call."""
        self._tokens.copy_(tokens)
        self._slot.fill_(slot)
        self._graph.replay()
        return self._logits
