"""Made-up titles whose truth is known: are new phrases found, and nothing where nothing is new?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from core.papers.terms import Background, Counted, background, candidates, log_odds, new_terms

PAPERS = 4_000
TERMS, PLANTED = 3_000, 12
RATES = np.exp(np.linspace(np.log(0.00003), np.log(0.05), TERMS))


def world(seed: int, *, wobble: float = 0.0, planted: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Papers with each term in two periods; the odds of all change somewhat, those of `planted` rare ones sixfold."""
    chance = np.random.default_rng(seed)
    after = RATES * np.exp(chance.normal(0, wobble, TERMS)) if wobble else RATES.copy()
    chosen = slice(TERMS // 2, TERMS // 2 + planted)
    after[chosen] = 0.012
    return chance.binomial(PAPERS, RATES), chance.binomial(PAPERS, np.minimum(after, 0.5))


def called(before: np.ndarray, after: np.ndarray) -> list[int]:
    """The terms that are called new, by their numbers, looked for as a page looks for them."""
    enough = np.flatnonzero(before + after >= 5)
    given = background(before[enough], after[enough], papers_before=PAPERS, papers_after=PAPERS)
    chosen = enough[candidates(before[enough], after[enough], given)]
    counted = [Counted(words=f"t{at}", before=int(before[at]), after=int(after[at]), days=20) for at in chosen]
    return [int(one.words[1:]) for one, _ in new_terms(counted, given, days=30)]


@pytest.mark.parametrize("wobble", [0.0, 0.3])
def test_where_nothing_is_new_few_worlds_have_a_new_term(wobble: float) -> None:
    wrong = sum(bool(called(*world(seed, wobble=wobble))) for seed in range(40))
    assert wrong <= binom.ppf(0.99, 40, 0.05)


@pytest.mark.parametrize("wobble", [0.0, 0.3])
def test_new_terms_are_found_and_few_others(wobble: float) -> None:
    parts, right = [], 0
    for seed in range(15):
        found = called(*world(seed, wobble=wobble, planted=PLANTED))
        true = [at for at in found if TERMS // 2 <= at < TERMS // 2 + PLANTED]
        right += len(true)
        parts.append(1 - len(true) / len(found) if found else 0.0)
    assert np.mean(parts) <= 0.05
    assert right >= 0.9 * 15 * PLANTED


def test_usual_changes_are_measured_and_new_terms_do_not_count_for_them() -> None:
    for wobble in (0.0, 0.3):
        before, after = world(1, wobble=wobble, planted=PLANTED)
        enough = before + after >= 5
        given = background(before[enough], after[enough], papers_before=PAPERS, papers_after=PAPERS)
        assert given.wobble == pytest.approx(wobble, abs=0.08)
        assert given.tested == enough.sum()


def test_log_odds_are_those_of_the_formula() -> None:
    # By hand: the prior is 100 * (2 + 18) / 300 = 6.667 papers of 100.
    odds, z = log_odds(np.array([2]), np.array([18]), papers_before=200, papers_after=100)
    prior = 100 * 20 / 300
    new, old = (18 + prior) / (200 - 18 - prior), (2 + prior) / (300 - 2 - prior)
    assert odds[0] == pytest.approx(math.log(new / old))
    assert z[0] == pytest.approx(odds[0] / math.sqrt(1 / (18 + prior) + 1 / (2 + prior)))


CALM = Background(papers_before=1000, papers_after=1000, tested=100, wobble=0.0)


def told(*counted: Counted, given: Background = CALM, days: int = 30) -> list[str]:
    return [change.term for _, change in new_terms(counted, given, days=days)]


def term(words: str, before: int, after: int, days: int = 9) -> Counted:
    return Counted(words=words, before=before, after=after, days=days)


def test_four_papers_or_one_burst_make_no_new_term() -> None:
    certain = Background(papers_before=100_000, papers_after=100, tested=1, wobble=0.0)
    assert told(term("a", 0, 4), given=certain) == []
    assert told(term("a", 0, 5), given=certain) == ["a"]
    assert told(term("a", 0, 40, days=2)) == []
    # In a period of two days there are no three.
    assert told(term("a", 0, 40, days=2), days=2) == ["a"]


def test_a_term_that_falls_is_not_new() -> None:
    assert told(term("a", 60, 10), term("b", 30, 30)) == []


def test_a_longer_phrase_tells_for_the_words_in_it() -> None:
    found = told(
        term("world", 40, 78), term("latent world", 0, 40), term("latent world model", 0, 38), term("model", 20, 90)
    )
    # What is left of `model` rises all the same.
    assert found == ["model", "latent world model"] or found == ["latent world model", "model"]


def test_q_counts_all_that_was_tested() -> None:
    few, many = (Background(papers_before=1000, papers_after=1000, tested=n, wobble=0.0) for n in (10, 100_000))
    ((_, sure),) = new_terms([term("a", 0, 12)], few, days=30)
    # By hand: 12 of 12 after, 0.5^12 = 0.000244, times 10.
    assert sure.q == pytest.approx(0.00244, abs=1e-5)
    assert new_terms([term("a", 0, 12)], many, days=30) == []


def test_terms_that_change_much_make_the_test_milder() -> None:
    calm, wild = (Background(papers_before=1000, papers_after=1000, tested=50, wobble=at) for at in (0.0, 0.8))
    assert told(term("a", 30, 70), given=calm) == ["a"]
    assert told(term("a", 30, 70), given=wild) == []


def test_without_papers_there_is_nothing_to_tell() -> None:
    nothing = np.zeros(0, dtype=int)
    given = background(nothing, nothing, papers_before=0, papers_after=0)
    assert (given.wobble, given.tested) == (0.0, 0)
    assert new_terms([], given, days=30) == []
