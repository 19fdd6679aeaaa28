"""A search that all replicates share: it goes on beyond an edge, survives what diverges, and is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.checkpoints import FolderCache
from core.training.ask import shared_rates
from core.training.train import Diverged


def test_the_search_goes_beyond_the_edge_and_survives_a_rate_that_diverges(tmp_path: Path) -> None:
    asked: list[float] = []

    def attempt(rate: float) -> float:
        asked.append(rate)
        if rate > 0.05:
            raise Diverged(1, "the loss", float("nan"))
        return 1 / rate

    best = shared_rates.shared_rate(FolderCache(tmp_path), {"of": "test"}, (0.001, 0.01), attempt)
    assert asked == pytest.approx([0.001, 0.01, 0.1])
    assert best == 0.01
    assert shared_rates.shared_rate(FolderCache(tmp_path), {"of": "test"}, (0.001, 0.01), attempt) == 0.01
    assert len(asked) == 3


def test_a_search_that_diverges_everywhere_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    def attempt(_rate: float) -> float:
        raise Diverged(1, "the loss", float("nan"))

    with pytest.raises(ValueError, match="diverged at every rate"):
        shared_rates.shared_rate(FolderCache(tmp_path), {"of": "test"}, (0.001, 0.01), attempt)
    assert not list(tmp_path.glob("*/rates.json"))
