"""Do batches hold what the text holds: at random by seed, or each token once?"""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from core.text.batches import random_batches, sequential_batches

IDS = torch.arange(100)


def test_random_windows_are_runs_of_the_text_and_follow_the_seed() -> None:
    one = list(islice(random_batches(IDS, batch=4, time=10, seed=3), 50))
    same = list(islice(random_batches(IDS, batch=4, time=10, seed=3), 50))
    other = next(random_batches(IDS, batch=4, time=10, seed=4))
    assert one[0].shape == (4, 10)
    assert all(torch.equal(window, window[0] + torch.arange(10)) for batch in one for window in batch)
    assert all(torch.equal(left, right) for left, right in zip(one, same, strict=True))
    assert not torch.equal(one[0], other)
    starts = torch.cat(one)[:, 0]
    assert starts.min() < 10
    assert starts.max() > 80


def test_a_window_as_long_as_the_text_is_the_text() -> None:
    assert torch.equal(next(random_batches(IDS, batch=1, time=100, seed=0))[0], IDS)


def test_in_order_every_token_comes_once() -> None:
    batches = list(sequential_batches(IDS, batch=4, time=12))
    assert [tuple(batch.shape) for batch in batches] == [(4, 12), (4, 12), (1, 4)]
    assert torch.equal(torch.cat([batch.flatten() for batch in batches]), IDS)


def test_a_single_token_at_the_end_is_dropped_and_a_short_text_is_one_row() -> None:
    assert [tuple(batch.shape) for batch in sequential_batches(IDS[:25], batch=4, time=12)] == [(2, 12)]
    assert [tuple(batch.shape) for batch in sequential_batches(IDS[:5], batch=4, time=12)] == [(1, 5)]


@pytest.mark.parametrize(
    ("ids", "batch", "time", "words"),
    [
        (IDS[:5], 2, 6, "5 tokens do not fill one window of 6"),
        (IDS.view(10, 10), 2, 6, r"shape \(10, 10\)"),
        (IDS, 0, 6, "batch 0"),
        (IDS, 2, 1, "time 1"),
    ],
)
def test_what_makes_no_batch_is_named(ids: torch.Tensor, batch: int, time: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        next(random_batches(ids, batch=batch, time=time, seed=0))
