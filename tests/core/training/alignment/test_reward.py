"""The Bradley–Terry loss by hand and by finite differences; a reward model learns what pairs say, and only that."""

from __future__ import annotations

import math

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.model import GPT, GPTForSequenceClassification
from core.text import preferences
from core.text.preferences import Pairs
from core.training.alignment.reward import accuracy, bradley_terry, centre, fit, proxy, reward_model, scores


def policy(seed: int = 0) -> GPT:
    torch.manual_seed(seed)
    config = GPTConfig(
        vocab_size=preferences.VOCABULARY,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
    )
    return GPT(config).eval()


def simple_pairs(count: int, seed: int, *, shuffled: bool = False) -> Pairs:
    """The chosen answer ends with one of the first seven letters, the rejected with another."""
    generator = torch.Generator().manual_seed(seed)
    prompts = preferences.prompts(count, generator)
    chosen, rejected = (preferences.drafts(prompts, generator) for _ in range(2))
    chosen[:, -1] %= 7
    rejected[:, -1] = 7 + rejected[:, -1] % 8
    if shuffled:
        swap = torch.rand(count, 1, generator=generator) < 0.5
        chosen, rejected = torch.where(swap, rejected, chosen), torch.where(swap, chosen, rejected)
    return Pairs(prompts=prompts, chosen=chosen, rejected=rejected)


def test_the_loss_of_three_pairs_by_hand() -> None:
    chosen, rejected = (torch.tensor(x, dtype=torch.float64) for x in ([1.0, 0.0, -2.0], [1.0, 1.0, 1.0]))
    by_hand = (math.log(2) + math.log(1 + math.e) + math.log(1 + math.e**3)) / 3
    assert bradley_terry(chosen, rejected).item() == pytest.approx(by_hand, abs=1e-12)


def test_the_losss_gradient_is_that_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    chosen, rejected = (torch.randn(5, generator=generator, dtype=torch.float64).requires_grad_() for _ in range(2))
    assert torch.autograd.gradcheck(bradley_terry, (chosen, rejected))


def test_it_begins_as_the_policy_and_scores_the_last_token() -> None:
    base = policy()
    model = reward_model(base, seed=1)
    ids = torch.randint(0, 16, (4, 13))
    states = base.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
    by_hand = (states @ model.score.weight.T).squeeze(1)
    assert torch.allclose(scores(model, ids), by_hand)
    whole = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.squeeze(1)
    assert torch.allclose(whole, by_hand, atol=1e-6)
    other = reward_model(base, seed=2)
    assert not torch.equal(model.score.weight, other.score.weight)


@pytest.fixture(scope="module")
def learned() -> GPTForSequenceClassification:
    model = reward_model(policy(), seed=1)
    records = list(fit(model, simple_pairs(512, 1), epochs=3, batch=32, learning_rate=3e-3, seed=1))
    assert [record.step for record in records] == list(range(1, 49))
    assert records[-1].pairs == 3 * 512
    assert records[-1].loss < 0.2 < 0.4 < records[0].loss
    assert records[-1].margin > 1
    return model


def test_it_learns_what_people_prefer_and_tells_it_of_new_pairs(learned: GPTForSequenceClassification) -> None:
    assert accuracy(proxy(learned), simple_pairs(500, 2)) > 0.95


def test_from_shuffled_labels_it_learns_nothing() -> None:
    model = reward_model(policy(), seed=1)
    for _ in fit(model, simple_pairs(512, 1, shuffled=True), epochs=1, batch=32, learning_rate=3e-3, seed=1):
        pass
    assert 0.4 < accuracy(proxy(model), simple_pairs(500, 2, shuffled=True)) < 0.6


def test_after_centring_these_answers_have_a_mean_of_0_and_differences_are_as_they_were(
    learned: GPTForSequenceClassification,
) -> None:
    model = reward_model(policy(), seed=1)
    model.load_state_dict(learned.state_dict())
    pairs = simple_pairs(64, 3)
    before = proxy(model)(pairs.prompts, pairs.chosen)
    centre(model, pairs.prompts, pairs.chosen)
    after = proxy(model)(pairs.prompts, pairs.chosen)
    assert after.mean().item() == pytest.approx(0.0, abs=1e-5)
    assert torch.allclose(after - after[0], before - before[0], atol=1e-5)


def test_where_the_scores_say_nothing_half_is_right() -> None:
    pairs = simple_pairs(10, 4)
    assert accuracy(lambda prompts, _answers: torch.zeros(len(prompts)), pairs) == 0.5
    with pytest.raises(ValueError, match="no pairs"):
        next(
            fit(reward_model(policy(), seed=1), pairs.rows(slice(0, 0)), epochs=1, batch=4, learning_rate=1e-3, seed=1)
        )
