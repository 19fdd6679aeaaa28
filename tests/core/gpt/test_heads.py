"""Attention to a fixed distance back, on maps that were made by hand, and on a model."""

from __future__ import annotations

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.heads import (
    attention_back,
    attention_maps,
    attention_of_kinds,
    attention_to,
    attention_to_followers,
    running_mean,
    strongest,
)
from core.gpt.model import GPT


def looking_back(distance: int, *, time: int = 6) -> torch.Tensor:
    """A map in which every position looks `distance` back, or at the first token where there is none so far back."""
    chosen = (torch.arange(time) - distance).clamp(min=0)
    return torch.nn.functional.one_hot(chosen, time).float()


@pytest.fixture
def maps() -> torch.Tensor:
    """(1 layer, 2 texts, 3 heads, 6, 6): heads that look at themselves, one back, and three back."""
    heads = torch.stack([looking_back(0), looking_back(1), looking_back(3)])
    return heads.expand(1, 2, 3, 6, 6)


def test_each_head_scores_at_its_own_distance(maps: torch.Tensor) -> None:
    for distance, expected in ((0, [1, 0, 0]), (1, [0, 1, 0]), (3, [0, 0, 1])):
        assert attention_back(maps, distance=distance, start=4).tolist() == [expected]


def test_positions_before_the_start_do_not_count(maps: torch.Tensor) -> None:
    # Positions 1 to 3 of the third head look at the first token, which is one to three back.
    assert attention_back(maps, distance=1, start=1)[0, 2] == pytest.approx(1 / 5)
    assert attention_back(maps, distance=1, start=2)[0, 2] == 0


def test_attention_to_a_place(maps: torch.Tensor) -> None:
    assert attention_to(maps, place=0, start=1).tolist() == [[0, pytest.approx(1 / 5), pytest.approx(3 / 5)]]
    # Of positions 3, 4 and 5 the first head looks at 3 from 3, the second from 4, the third never.
    assert attention_to(maps, place=3, start=3).tolist() == [[pytest.approx(1 / 3), pytest.approx(1 / 3), 0]]


def test_a_place_that_is_not_seen_is_refused(maps: torch.Tensor) -> None:
    for place, start in ((3, 2), (0, 6)):
        with pytest.raises(ValueError, match="does not see"):
            attention_to(maps, place=place, start=start)


def test_followers_are_what_came_after_the_same_token_earlier(maps: torch.Tensor) -> None:
    ids = torch.tensor([[5, 6, 7, 5, 6, 7], [1, 2, 3, 4, 8, 9]])
    # In the first text positions 3, 4 and 5 repeat; two back from them stands what followed.
    two_back = looking_back(2).expand(1, 2, 1, 6, 6)
    assert attention_to_followers(two_back, ids).tolist() == [[1]]
    assert attention_to_followers(maps, ids).tolist() == [[0, 0, 0]]


def test_without_a_repetition_there_is_no_induction(maps: torch.Tensor) -> None:
    assert attention_to_followers(maps, torch.arange(12).view(2, 6)).tolist() == [[0, 0, 0]]


def test_a_token_is_not_its_own_follower() -> None:
    itself = looking_back(0).expand(1, 1, 1, 6, 6)
    assert attention_to_followers(itself, torch.zeros(1, 6, dtype=torch.long)).tolist() == [[0]]


def test_the_three_kinds_are_what_their_own_measures_say(maps: torch.Tensor) -> None:
    ids = torch.tensor([[5, 6, 7, 5, 6, 7], [1, 2, 3, 4, 8, 9]])
    previous, first, induction = attention_of_kinds(maps, ids)
    assert torch.equal(previous, attention_back(maps, distance=1, start=2))
    assert torch.equal(first, attention_to(maps, place=0, start=2))
    assert torch.equal(induction, attention_to_followers(maps, ids))


def test_a_single_token_looks_nowhere(model: GPT) -> None:
    ids = torch.tensor([[3]])
    assert attention_of_kinds(attention_maps(model, ids), ids).tolist() == [[[0.0] * 4] * 2] * 3


def test_asking_for_maps_leaves_the_model_on_its_own_path(model: GPT) -> None:
    before = model.config._attn_implementation
    attention_maps(model, torch.tensor([[1, 2, 3]]))
    with pytest.raises(ValueError, match="longer"):
        attention_maps(model, torch.zeros(1, 17, dtype=torch.long))
    assert model.config._attn_implementation == before


def test_a_distance_beyond_the_start_is_refused(maps: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="start later"):
        attention_back(maps, distance=3, start=2)


def test_the_strongest_head_is_named_by_layer_and_head() -> None:
    assert strongest(torch.tensor([[0.1, 0.2, 0.1], [0.0, 0.1, 0.9]])) == (1, 2)


@pytest.fixture(scope="module")
def model() -> GPT:
    torch.manual_seed(0)
    config = GPTConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=16
    )
    return GPT(config).eval()


def test_maps_of_a_model_are_causal_distributions(model: GPT) -> None:
    maps = attention_maps(model, torch.arange(24).view(3, 8))
    assert maps.shape == (2, 3, 4, 8, 8)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 3, 4, 8))
    assert maps.triu(1).abs().max() == 0


def test_a_running_mean_ends_at_the_mean_of_all(model: GPT) -> None:
    ids = torch.randint(50, (5, 8), generator=torch.Generator().manual_seed(1))

    def score(maps: torch.Tensor) -> torch.Tensor:
        return attention_back(maps, distance=1, start=2)

    steps = list(running_mean(model, ids, score, batch=2))
    assert [read for read, _ in steps] == [2, 4, 5]
    torch.testing.assert_close(steps[-1][1], score(attention_maps(model, ids)), rtol=1e-6, atol=1e-6)


def test_sequences_longer_than_the_context_are_refused(model: GPT) -> None:
    with pytest.raises(ValueError, match="17 tokens are longer than the model's context of 16"):
        attention_maps(model, torch.zeros(1, 17, dtype=torch.long))
