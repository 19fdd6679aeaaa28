"""PPO by hand, by finite differences and against a slow loop; and on a bandit whose optimum is known."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training.alignment.policy import distributions, sample
from core.training.alignment.ppo import (
    Experience,
    Record,
    Settings,
    adapted,
    advantages,
    explained_variance,
    guesses,
    policy_loss,
    ppo,
    token_rewards,
    value_loss,
    whitened,
)
from core.training.alignment.reward import Reward, reward_model
from core.training.train import Diverged

ARMS = 4
PAYS = torch.tensor([0.0, 0.5, 1.0, -1.0])
PENALTY = 0.5
PULLS = Settings(iterations=40, rows=128, epochs=2, minibatches=2, learning_rate=2e-2, kl_coefficient=PENALTY)


def exact(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def test_the_clipped_surrogate_by_hand() -> None:
    ratio, gained = exact(1.5, 1.5, 0.5, 0.5, 1.1), exact(1.0, -1.0, 1.0, -1.0, 2.0)
    loss, clipped = policy_loss(ratio.log(), torch.zeros_like(ratio), gained, clip=0.2)
    # A gain counts up to a ratio of 1.2, a loss in full; below, a loss counts down to 0.8, a gain in full.
    assert loss.item() == pytest.approx(-(1.2 - 1.5 + 0.5 - 0.8 + 2.2) / 5, abs=1e-12)
    assert clipped.item() == pytest.approx(2 / 5)


def test_the_clipped_value_loss_by_hand() -> None:
    values, old, returns = exact(1.0, 1.0, 0.1, 0.5), exact(0.0, 0.0, 0.0, 0.0), exact(2.0, 0.0, 1.0, 0.5)
    loss, clipped = value_loss(values, old, returns, clip=0.2)
    # Towards the return it gains only up to 0.2; away from it, or within 0.2, the plain error counts.
    by_hand = 0.5 * ((0.2 - 2) ** 2 + 1.0 + (0.1 - 1) ** 2 + (0.2 - 0.5) ** 2) / 4
    assert loss.item() == pytest.approx(by_hand, abs=1e-12)
    assert clipped.item() == pytest.approx(2 / 4)


def test_the_gradients_are_those_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    new, old, gained = (torch.randn(3, 4, generator=generator, dtype=torch.float64) for _ in range(3))
    new.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: policy_loss(x, old, gained, clip=0.2)[0], (new,))
    assert torch.autograd.gradcheck(lambda x: value_loss(x, old, gained, clip=0.2)[0], (new,))


def test_where_the_policy_has_not_moved_the_gradient_is_that_of_reinforce() -> None:
    logs = exact(-1.0, -2.0, -0.5).requires_grad_()
    gained = exact(1.0, -3.0, 0.5)
    loss, _ = policy_loss(logs, logs.detach(), gained, clip=0.2)
    (gradient,) = torch.autograd.grad(loss, logs)
    assert torch.allclose(gradient, -gained / 3)


def slow_advantages(rewards: Tensor, values: Tensor, *, discount: float, trace: float) -> Tensor:
    """The definition: Σ_k (γλ)^k δ_{t+k}, one term after the other."""
    rows, length = rewards.shape
    found = torch.zeros_like(rewards)
    for row in range(rows):
        for t in range(length):
            for k in range(length - t):
                after = values[row, t + k + 1] if t + k + 1 < length else 0.0
                missing = rewards[row, t + k] + discount * after - values[row, t + k]
                found[row, t] += (discount * trace) ** k * missing
    return found


@pytest.mark.parametrize(("discount", "trace"), [(1.0, 0.95), (0.9, 0.5), (1.0, 0.0), (1.0, 1.0)])
def test_advantages_are_those_of_the_definition(discount: float, trace: float) -> None:
    generator = torch.Generator().manual_seed(1)
    rewards, values = (torch.randn(3, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    fast = advantages(rewards, values, discount=discount, trace=trace)
    assert torch.allclose(fast, slow_advantages(rewards, values, discount=discount, trace=trace), atol=1e-12)
    if (discount, trace) == (1.0, 1.0):  # then it is what came, less the guess
        assert torch.allclose(fast, rewards.flip(1).cumsum(1).flip(1) - values, atol=1e-12)


def test_every_token_pays_for_its_distance_and_the_last_one_earns_the_score() -> None:
    earned = token_rewards(torch.tensor([3.0]), exact(-1.0, -2.0), exact(-1.5, -1.0), coefficient=0.1)
    assert torch.allclose(earned, exact(-0.1 * 0.5, -0.1 * -1.0 + 3.0))


def test_whitened_entries_have_no_mean_and_a_spread_of_1() -> None:
    white = whitened(torch.tensor([[1.0, 2.0], [3.0, 10.0]]))
    assert white.mean().item() == pytest.approx(0.0, abs=1e-6)
    assert white.std(unbiased=False).item() == pytest.approx(1.0, abs=1e-6)
    assert torch.equal(whitened(torch.ones(2, 2)), torch.zeros(2, 2))


def test_explained_variance_of_perfect_useless_and_misleading_guesses() -> None:
    came = torch.tensor([1.0, 2.0, 3.0])
    assert explained_variance(came, came) == 1.0
    assert explained_variance(torch.full_like(came, 7.0), came) == 0.0
    assert explained_variance(-came, came) == pytest.approx(-3.0)
    assert explained_variance(came, torch.ones(3)) == 0.0


def test_an_adaptive_coefficient_follows_the_divergence_by_a_fifth_at_most() -> None:
    steered = Settings(iterations=1, rows=100, kl_target=2.0, kl_horizon=1000)
    assert adapted(0.1, kl=100.0, settings=steered) == pytest.approx(0.1 * 1.02)
    assert adapted(0.1, kl=0.0, settings=steered) == pytest.approx(0.1 * 0.98)
    assert adapted(0.1, kl=2.2, settings=steered) == pytest.approx(0.1 * 1.01)
    assert adapted(0.1, kl=100.0, settings=replace(steered, kl_target=None)) == 0.1


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="rows 2, epochs 1, minibatches 4"):
        Settings(iterations=1, rows=2, epochs=1, minibatches=4)


def bandit(seed: int) -> GPT:
    """One prompt, one token to answer with: a policy with ARMS arms, and a reference of uneven chances."""
    torch.manual_seed(seed)
    config = GPTConfig(
        vocab_size=ARMS,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        max_position_embeddings=2,
        initializer_range=0.3,
        tie_word_embeddings=False,
    )
    return GPT(config).eval()


def pays(_prompts: Tensor, completions: Tensor) -> Tensor:
    return PAYS[completions[:, 0]]


def pull(seed: int, settings: Settings, *, reward: Reward = pays) -> tuple[Tensor, Tensor, list[Record]]:
    """Chances of the arms before and after, and the records."""
    reference = bandit(seed)
    policy = deepcopy(reference)
    records = list(
        ppo(
            policy,
            reward_model(policy, seed=seed),
            reference,
            reward=reward,
            prompts=lambda rows, _generator: torch.zeros(rows, 1, dtype=torch.long),
            length=1,
            settings=settings,
            seed=seed,
        )
    )
    with torch.no_grad():
        ids = torch.zeros(1, 2, dtype=torch.long)
        before, after = (distributions(model, ids, prompt=1)[0, 0].exp() for model in (reference, policy))
    return before, after, records


@pytest.fixture(scope="module")
def pulled() -> list[tuple[Tensor, Tensor, list[Record]]]:
    return [pull(seed, PULLS) for seed in (1, 2)]


def test_ppo_reaches_the_known_optimum(pulled: list[tuple[Tensor, Tensor, list[Record]]]) -> None:
    """Of reward less β·KL: π* ∝ π_ref · exp(r / β), whatever the reference."""
    for before, after, records in pulled:
        best = before * (PAYS / PENALTY).exp()
        best /= best.sum()
        assert (before - best).abs().max() > 0.2
        assert (after - best).abs().max() < 0.03
        divergence = (best * (best / before).log()).sum().item()
        assert records[-1].kl == pytest.approx(divergence, abs=0.1)
        highest = PENALTY * (before * (PAYS / PENALTY).exp()).sum().log().item()
        assert records[-1].objective == pytest.approx(highest, abs=0.05)


def test_a_record_says_where_it_stands(pulled: list[tuple[Tensor, Tensor, list[Record]]]) -> None:
    first, last = pulled[0][2][0], pulled[0][2][-1]
    assert (first.iteration, first.answers, last.answers) == (1, 128, 40 * 128)
    assert first.kl == first.kl_sampled == 0.0
    assert first.reward == first.objective < last.reward
    assert last.objective == pytest.approx(last.reward - PENALTY * last.kl_sampled)
    assert math.isnan(first.judged)
    assert 0 < last.entropy < first.entropy <= math.log(ARMS)
    assert all(math.isfinite(value) for name, value in asdict(last).items() if name != "judged")
    assert last.learning_rate < PULLS.learning_rate


def test_without_a_penalty_one_arm_takes_all() -> None:
    _before, after, records = pull(1, replace(PULLS, iterations=25, kl_coefficient=0.0))
    assert after[2] > 0.95
    assert records[-1].kl > 0.5
    assert records[-1].objective == records[-1].reward


def test_with_the_wrong_sign_it_walks_away_from_what_pays() -> None:
    before, after, records = pull(1, replace(PULLS, iterations=15, sign=-1.0))
    assert after[2] < before[2]
    assert records[-1].reward < records[0].reward


def test_a_reward_that_is_no_number_stops_it_with_the_iteration() -> None:
    with pytest.raises(Diverged, match="at step 1"):
        pull(1, replace(PULLS, iterations=2), reward=lambda prompts, _answers: torch.full((len(prompts),), math.nan))


def test_the_critic_guesses_before_each_token() -> None:
    """What is guessed before a token knows nothing of it, and of what comes after."""
    torch.manual_seed(0)
    config = GPTConfig(
        vocab_size=8, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1,
        max_position_embeddings=8,
    )  # fmt: skip
    critic = reward_model(GPT(config), seed=1)
    ids = torch.randint(0, 8, (2, 6))
    other = ids.clone()
    other[:, 4:] = (other[:, 4:] + 1) % 8
    one, two = (guesses(critic, rows, prompt=2) for rows in (ids, other))
    assert one.shape == (2, 4)
    assert torch.allclose(one[:, :3], two[:, :3])  # the third stands before token 4
    assert not torch.allclose(one[:, 3], two[:, 3])


def test_rows_of_an_experience_stay_together() -> None:
    whole = Experience(**{name: torch.arange(4).unsqueeze(1) for name in Experience.__dataclass_fields__})
    some = whole.rows(torch.tensor([2, 0]))
    assert all(part[:, 0].tolist() == [2, 0] for part in vars(some).values())


def test_the_same_seed_gives_the_same_records() -> None:
    short = replace(PULLS, iterations=2, rows=16)
    one, other = (pull(3, short)[2] for _ in range(2))
    assert [asdict(x) | {"judged": 0} for x in one] == [asdict(x) | {"judged": 0} for x in other]
    assert sample(bandit(3), torch.zeros(2, 1, dtype=torch.long), length=1, generator=torch.Generator()).prompt == 1
