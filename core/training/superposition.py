"""How many features fit into few dimensions? The toy model of superposition (Elhage et al., arXiv:2209.10652).

`x ≈ relu(x · W · Wᵀ + b)`: features go through a narrow layer and come back. Where features are dense only as many can
be kept as there are dimensions; where they are sparse they hardly ever meet, and the ReLU clears what they leak into
each other. Models for several sparsities train in one batch of matrices; each learns as if it were alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class ToyModels(nn.Module):
    """One autoencoder a sparsity: (models, rows, features) to the same.

    :param relu: False: the linear model, which cannot clear what features leak into each other.
    """

    def __init__(self, *, models: int, features: int, dimensions: int, relu: bool, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        first = torch.randn(models, features, dimensions, generator=generator) * dimensions**-0.5
        self.directions = nn.Parameter(first)
        self.bias = nn.Parameter(torch.zeros(models, 1, features))
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        back = x @ self.directions @ self.directions.mT + self.bias
        return torch.relu(back) if self.relu else back


def sparse_features(active: Tensor, *, rows: int, features: int, generator: torch.Generator) -> Tensor:
    """Features uniform from 0 to 1, each there with its model's chance and else 0: (models, rows, features).

    :param active: (models,) the chance that a feature is there, 1 for dense data.
    """
    values = torch.rand(len(active), rows, features, generator=generator)
    there = torch.rand(len(active), rows, features, generator=generator) < active[:, None, None]
    return values * there


@dataclass(frozen=True, kw_only=True)
class Packing:
    """The models after some steps; lists have one number a model.

    :param per_dimension: `|W|² / dimensions` (squared Frobenius norm): features represented for each dimension.
    :param unexplained: what is lost on fresh data, weighed by importance, as a share of what a constant would lose.
    """

    step: int
    per_dimension: list[float]
    unexplained: list[float]


def learn(
    models: ToyModels, active: Sequence[float], *, steps: int, rows: int, learning_rate: float, seed: int, looks: int
) -> Iterator[Packing]:
    """Adam on the squared error of fresh data, all features of one importance; the rate falls in a cosine to zero.

    :param active: the chance that a feature is there, for each model.
    :param rows: examples a step.
    :param looks: how often to look, evenly, the last after the last step.
    :raises FloatingPointError: the loss is not finite.
    """
    chance = torch.tensor(active)
    features, dimensions = models.directions.shape[1:]
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(models.parameters(), lr=learning_rate, fused=True)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    wanted = {round(steps * look / looks) for look in range(1, looks + 1)}
    for step in range(1, steps + 1):
        x = sparse_features(chance, rows=rows, features=features, generator=generator)
        optimizer.zero_grad()
        # Divided by its model's chance, so that sparse data, which is mostly zero, has a gradient of the same size.
        loss = ((models(x) - x).square().mean((1, 2)) / chance).sum()
        loss.backward()
        optimizer.step()
        falling.step()
        if step in wanted:
            yield _look(step, models, chance, rows=rows, dimensions=dimensions, generator=generator)


@torch.no_grad()
def _look(
    step: int, models: ToyModels, chance: Tensor, *, rows: int, dimensions: int, generator: torch.Generator
) -> Packing:
    x = sparse_features(chance, rows=4 * rows, features=models.directions.shape[1], generator=generator)
    lost = (models(x) - x).square().mean((1, 2)) / x.var(dim=1).mean(1)
    if not torch.isfinite(lost).all():
        raise FloatingPointError(f"a loss is not finite after step {step}; lower the learning rate")
    packed = models.directions.square().sum((1, 2)) / dimensions
    return Packing(step=step, per_dimension=packed.tolist(), unexplained=lost.tolist())


@torch.no_grad()
def overlaps(models: ToyModels) -> Tensor:
    """`W · Wᵀ` of each model: (models, features, features). A one on the diagonal is a feature that is represented."""
    return models.directions @ models.directions.mT
