"""Toy models of superposition: the linear one is a projection, and sparse features share dimensions."""

from __future__ import annotations

import pytest
import torch

from core.training.superposition import ToyModels, learn, overlaps, sparse_features


def test_features_are_there_as_often_as_asked() -> None:
    x = sparse_features(torch.tensor([1.0, 0.1]), rows=4000, features=5, generator=torch.Generator().manual_seed(1))
    dense, sparse = (x > 0).float().mean((1, 2)).tolist()
    assert dense == pytest.approx(1, abs=1e-3)
    assert sparse == pytest.approx(0.1, abs=0.01)
    assert x.min() >= 0 and x.max() < 1


def packed(*, relu: bool) -> tuple[list[float], ToyModels]:
    models = ToyModels(models=2, features=6, dimensions=2, relu=relu, seed=1)
    *_, last = learn(models, (1.0, 0.05), steps=400, rows=128, learning_rate=0.02, seed=2, looks=2)
    return last.per_dimension, models


def test_sparse_features_share_dimensions_and_dense_ones_do_not() -> None:
    (dense, sparse), _models = packed(relu=True)
    assert dense == pytest.approx(1, abs=0.2)
    assert sparse > 1.5


def test_without_a_relu_the_model_projects_and_packs_one_feature_a_dimension() -> None:
    found, models = packed(relu=False)
    assert found == pytest.approx([1, 1], abs=0.1)
    projection = overlaps(models)[0]
    torch.testing.assert_close(projection @ projection, projection, atol=0.1, rtol=0)
