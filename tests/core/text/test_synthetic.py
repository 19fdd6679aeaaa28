"""Do made sequences have the structure that they are made for?"""

from __future__ import annotations

import pytest
import torch

from core.text.synthetic import repeated_sequences


def test_every_row_repeats_with_its_own_period() -> None:
    ids, periods = repeated_sequences(batch=200, time=40, vocabulary=range(10, 500), seed=0, shortest=3)
    assert ids.shape == (200, 40)
    assert (periods.min(), periods.max()) == (3, 20)
    assert ids.min() >= 10
    assert ids.max() < 500
    for row, period in zip(ids, periods.tolist(), strict=True):
        assert torch.equal(row[period:], row[:-period])
        assert row[:period].unique().numel() > 1


def test_a_seed_decides_all() -> None:
    make = lambda seed: repeated_sequences(batch=4, time=40, vocabulary=range(500), seed=seed)  # noqa: E731
    assert torch.equal(make(1)[0], make(1)[0])
    assert not torch.equal(make(1)[0], make(2)[0])


def test_periods_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="periods from 8 to 40 do not fit into 40 tokens"):
        repeated_sequences(batch=1, time=40, vocabulary=range(9), seed=0, longest=40)
