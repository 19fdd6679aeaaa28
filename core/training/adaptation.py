"""How far does a model get in a new domain, and what does that cost? Train what is set to train, and look on the way.

The same for all weights and for an adapter (LoRA, arXiv:2106.09685): they differ in which parameters need a gradient.
Each arm is trained at several learning rates, and its best moment is kept: over rates, and over the looks on the way.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from core.language import Text
from core.reference import found_rates
from core.text.batches import sequential_batches
from core.training import evaluate
from core.training.allocator import given_back
from core.training.inputs import Batch
from core.training.memory import PeakMemory
from core.training.rates import RateSearch
from core.training.train import Diverged, train

EVALUATED = 4096  # tokens at once when nothing is learned


def adapt(
    model: nn.Module,
    batches: Iterator[Batch],
    score: Callable[[nn.Module], float],
    *,
    rate: float,
    steps: int,
    seed: int,
    looks: int,
    device: str,
) -> Iterator[tuple[int, float]]:
    """Train at one learning rate; yields (step, score) before the first step and `looks` times on the way.

    It ends early where the training diverges: what was reached before counts.

    :param batches: as `train` takes them.
    :param score: of the model as it is, the lower the better: a validation loss.
    :param rate: the peak; a tenth of the steps rise to it, then a cosine falls. No weight decay.
    """
    yield 0, score(model)
    every = max(1, steps // looks)
    records = train(
        model,
        batches,
        steps=steps,
        learning_rate=rate,
        warmup=steps // 10,
        weight_decay=0.0,
        device=device,
        seed=seed,
    )
    try:
        for record in records:
            if record.step % every == 0 or record.step == steps:
                yield record.step, score(model)
    except Diverged:
        return


@dataclass(frozen=True, kw_only=True)
class Look:
    """A moment of a training.

    :param number: which training of the search it is, from 0.
    :param rate: its learning rate.
    :param score: the model's, at this step.
    """

    number: int
    rate: float
    step: int
    score: float
    model: nn.Module


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best moment of a search, by score, over rates and stopping points.

    :param number: which training of the search it was in.
    :param weights: what training changes, as it was then.
    :param seconds: what that training took, looks included.
    """

    number: int
    rate: float
    score: float
    weights: dict[str, Tensor]
    seconds: float = math.nan


class Trials:
    """Trains a fresh model at each rate of a search, and keeps the best moment of all.

    >>> trials = Trials(make, batches, score, rates=RateSearch((1e-3, 1e-2)), steps=100, looks=5, seed=1, device="cpu")
    >>> for look in trials:
    ...     print(look.rate, look.step, look.score)
    >>> trials.best.rate

    :param make: a fresh model with what the arm trains set to train.
    :param batches: the same training batches from their beginning, each time it is called.
    :param frozen: take no step: what a null world does to an arm.
    """

    def __init__(
        self,
        make: Callable[[], nn.Module],
        batches: Callable[[], Iterator[Batch]],
        score: Callable[[nn.Module], float],
        *,
        rates: RateSearch,
        steps: int,
        looks: int,
        seed: int,
        device: str,
        frozen: bool = False,
    ) -> None:
        self.rates = rates
        self._make, self._batches, self._score = make, batches, score
        self._how: dict[str, Any] = {"steps": steps, "looks": looks, "seed": seed, "device": device}
        self._frozen = frozen
        self._best: Best | None = None

    def __iter__(self) -> Iterator[Look]:
        """Every look of every training."""
        for number, rate in enumerate(self.rates):
            model, lowest, began = self._make(), math.inf, clock.perf_counter()
            looks = adapt(model, self._batches(), self._score, rate=rate, **self._how)
            for step, score in islice(looks, 1) if self._frozen else looks:
                lowest = min(lowest, score) if math.isfinite(score) else lowest
                if math.isfinite(score) and (self._best is None or score < self._best.score):
                    self._best = Best(number=number, rate=rate, score=score, weights=snapshot(model))
                yield Look(number=number, rate=rate, step=step, score=score, model=model)
            if self._best is not None and self._best.number == number:
                self._best = replace(self._best, seconds=clock.perf_counter() - began)
            self.rates.tell(rate, lowest)

    @property
    def best(self) -> Best:
        """The best moment so far.

        :raises ValueError: there is none: no score was a number.
        """
        if self._best is None:
            raise ValueError("the base's validation loss is not a number; check the model")
        return self._best

    def best_model(self) -> nn.Module:
        """A fresh model with the weights of the best moment."""
        model = self._make()
        restore(model, self.best.weights)
        return model


def arm_rates(
    experiment: str, arm: str, grid: tuple[float, ...], *, search: bool, extra: int = 2, device: str = "cpu"
) -> tuple[RateSearch, Text]:
    """The rates that an arm tries, and where they come from.

    :param grid: ascending; where `search` is true all of it, and up to `extra` rates beyond its edges.
    :param search: false: one rate, which preset `standard` found; the grid's middle where nothing is recorded.
    """
    if search:
        return RateSearch(grid, extra=extra), Text("searched", "탐색")
    found = found_rates(experiment, device=device).get(arm)
    if found is not None:
        return RateSearch((found,), extra=0), Text("found by preset standard", "standard 프리셋이 찾은 값")
    words = Text("the grid's middle: none is recorded", "격자의 가운데 값(기록된 값 없음)")
    return RateSearch((grid[len(grid) // 2],), extra=0), words


def loss(model: nn.Module, ids: Tensor, *, time: int) -> float:
    """Nats a token over all of `ids` (tokens,), in windows of `time`."""
    return evaluate.loss(model, sequential_batches(ids, batch=max(1, EVALUATED // time), time=time))


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: weights for name, weights in model.named_parameters() if weights.requires_grad}


def trainable_count(model: nn.Module) -> int:
    """How many numbers training changes."""
    return sum(weights.numel() for weights in trainable(model).values())


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of what training changes."""
    return {name: weights.detach().clone() for name, weights in trainable(model).items()}


@torch.no_grad()
def restore(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Put a `snapshot` of the same kind of model back."""
    for name, parameter in trainable(model).items():
        parameter.copy_(weights[name])


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes that training holds above the weights that are there before it.

    :param gradients: one number for each trainable parameter; there from the backward pass to the end of the step.
    :param moments: AdamW's two, which are as precise as the parameters that they belong to; there from step to step.
    :param activations: what the forward pass keeps for the backward pass, each tensor once, weights aside.
    """

    gradients: int
    moments: int
    activations: int

    @property
    def total(self) -> int:
        """The peak of a step: gradients come as activations go, so that the larger of the two counts."""
        return self.moments + max(self.gradients, self.activations)


def expected_memory(model: nn.Module, inputs: Mapping[str, Tensor]) -> Memory:
    """Count what a training step on `inputs` holds, tensor by tensor; one forward pass, no step.

    :param inputs: the model's arguments, with `labels`.
    """
    gradients = sum(weights.numel() * weights.element_size() for weights in trainable(model).values())
    held = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in held:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    device = next(model.parameters()).device
    was_training = model.training
    model.train()
    try:
        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            # The result must live while the tensors are counted: else one storage could take another's place.
            result = model(**{name: tensor.to(device) for name, tensor in inputs.items()})
        del result
    finally:
        model.train(was_training)
    return Memory(gradients=gradients, moments=2 * gradients, activations=sum(kept.values()))


def measured_memory(model: nn.Module, batches: Iterator[Batch], *, device: str, steps: int = 3) -> int | None:
    """The peak of a few training steps above the weights, as the system saw it; None where nobody says.

    The model is changed only by rounding: the rate is next to nothing.
    """
    with given_back(), PeakMemory(device) as memory:
        for _ in train(model, batches, steps=steps, learning_rate=1e-12, weight_decay=0.0, device=device):
            pass
    return memory.bytes


def saved_bytes(model: Any) -> int:
    """Bytes to keep for this domain beside the base: all weights, or the adapter's."""
    with TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return sum(path.stat().st_size for path in Path(folder).rglob("*.safetensors"))
