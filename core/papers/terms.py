"""Which words and phrases do titles use now that they hardly used before, and which of them only by chance?

Two numbers for two questions. How new: log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn,
"Fightin' Words", 2008), a term's odds in the period against those before, each smoothed by how usual the term is at
all, over its standard error; the terms are ranked by it. How sure: usual terms become somewhat more or less usual from
one period to the next too, by more than chance. How much is read from their odds ratios, robustly; p is then the
one-sided binomial probability of a term's count, given its count in both periods, averaged over changes of that size.
Over all terms that could have been found, the procedure of Benjamini and Hochberg bounds the false discoveries. A term
of one burst is left out: at least five papers, on at least three days.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.papers.trends import FALSE_DISCOVERIES, FEWEST

if TYPE_CHECKING:
    import numpy as np

FEWEST_DAYS = 3
SHOWN = 30
CANDIDATES = 120  # that are looked at closely
_RANKED, _PERHAPS = 400, 0.5  # of how many a first q is computed, and up to which one looks closely
_BY_CHANCE = 0.01  # the p from which on what is left of a phrase without a longer one is chance
_USUAL = 20  # papers from which on a term tells something about how terms vary
_MEDIAN = 0.454936  # of the chi-square distribution with one degree of freedom
_REACH, _POINTS = 7.0, 71


@dataclass(frozen=True, kw_only=True)
class TermChange:
    """A term in two periods.

    :param term: one to three words, as titles mostly write it.
    :param before, after: papers whose title has it.
    :param papers_before, papers_after: all papers of the periods.
    :param log_odds: natural logarithm of the smoothed odds ratio, and `z` it over its standard error.
    :param q: the smallest false-discovery rate at which the term would be called new.
    """

    term: str
    before: int
    after: int
    papers_before: int
    papers_after: int
    log_odds: float
    z: float
    q: float


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A term that was looked at closely.

    :param words: in lower case.
    :param days: of the period, on which papers with it came.
    """

    words: str
    before: int
    after: int
    days: int


@dataclass(frozen=True, kw_only=True)
class Background:
    """What all terms together tell.

    :param papers_before, papers_after: all papers of the periods.
    :param tested: terms that could have been called new, whatever they did: those with enough papers in both together.
    :param wobble: standard deviation of the logarithm by which the odds of usual terms change, chance aside.
    """

    papers_before: int
    papers_after: int
    tested: int
    wobble: float


def background(
    before: np.ndarray, after: np.ndarray, *, papers_before: int, papers_after: int, tested: int | None = None
) -> Background:
    """What all terms tell.

    :param before, after: papers of each term, of those terms that have at least `FEWEST` in both together.
    :param tested: how many those are; as many as are given where None.
    """
    return Background(
        papers_before=papers_before,
        papers_after=papers_after,
        tested=len(before) if tested is None else tested,
        wobble=_wobble(before, after, papers_before=papers_before, papers_after=papers_after),
    )


def _wobble(before: np.ndarray, after: np.ndarray, *, papers_before: int, papers_after: int) -> float:
    """The median of the usual terms' squared changes over their variance is that of chi-square; solved for the wobble.

    A median, since the terms that are really new must not make themselves usual.
    """
    import numpy as np
    from scipy.optimize import brentq

    usual = before + after >= _USUAL
    if usual.sum() < _USUAL or not papers_before or not papers_after:
        return 0.0
    old, new = before[usual] + 0.5, after[usual] + 0.5
    squares = (np.log(new / papers_after) - np.log(old / papers_before)) ** 2
    chance = 1 / new + 1 / old

    def excess(variance: float) -> float:
        return float(np.median(squares / (chance + variance))) - _MEDIAN

    return math.sqrt(brentq(excess, 0.0, float(squares.max()) / _MEDIAN)) if excess(0.0) > 0 else 0.0


def log_odds(
    before: np.ndarray, after: np.ndarray, *, papers_before: int, papers_after: int
) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the odds ratios, and the same over their standard errors (Monroe et al., section 3.3).

    The prior is what both periods together say, as strong as the smaller of them.
    """
    import numpy as np

    strength = min(papers_before, papers_after)
    prior = strength * (before + after) / max(1, papers_before + papers_after)
    old, new = before + prior, after + prior
    rest_old, rest_new = papers_before + strength - old, papers_after + strength - new
    odds = np.log(new / np.maximum(rest_new, 0.5)) - np.log(old / np.maximum(rest_old, 0.5))
    return odds, odds / np.sqrt(1 / new + 1 / old)


def candidates(before: np.ndarray, after: np.ndarray, given: Background) -> np.ndarray:
    """Places of the terms that are worth a closer look, the newest first.

    :param before, after: as for `background`; they may leave out some papers.
    """
    import numpy as np

    _, z = log_odds(before, after, papers_before=given.papers_before, papers_after=given.papers_after)
    z = np.where(after >= FEWEST, z, -np.inf)
    best = np.argsort(-z, kind="stable")[:_RANKED]
    best = best[z[best] > 0]
    perhaps = np.array(_false_discovery(_chances(before[best], after[best], given), given)) <= _PERHAPS
    return best[perhaps][:CANDIDATES]


def new_terms(
    counted: Sequence[Counted], given: Background, *, days: int, rate: float = FALSE_DISCOVERIES
) -> list[tuple[Counted, TermChange]]:
    """The terms that are new, the newest first; the record still has the words in lower case.

    :param counted: candidates, counted exactly.
    :param days: of the period.
    """
    import numpy as np

    before, after = _columns(counted)
    papers = {"papers_before": given.papers_before, "papers_after": given.papers_after}
    odds, z = log_odds(before, after, **papers)
    enough = (odds > 0) & (after >= FEWEST) & (np.array([one.days for one in counted]) >= min(FEWEST_DAYS, days))
    ps = np.where(enough, _chances(before, after, given), 1.0)
    called = [one for one, q in zip(counted, _false_discovery(ps, given), strict=True) if q <= rate]
    # Told once: what a longer phrase tells does not count as a discovery of its own.
    told = _told_by_longer(called, given)
    qs = _false_discovery(np.where([one.words in told for one in counted], 1.0, ps), given)
    found = [
        (one, TermChange(term=one.words, before=one.before, after=one.after, **papers, log_odds=lo, z=score, q=q))
        for one, lo, score, q in zip(counted, odds.tolist(), z.tolist(), qs, strict=True)
        if q <= rate
    ]
    return sorted(found, key=lambda item: (-item[1].z, item[0].words))[:SHOWN]


def _columns(counted: Sequence[Counted]) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    return np.array([one.before for one in counted], float), np.array([one.after for one in counted], float)


def _chances(before: np.ndarray, after: np.ndarray, given: Background) -> np.ndarray:
    """The p of each: of so many papers or more after, of those in both periods."""
    import numpy as np
    from scipy.special import expit, logit
    from scipy.stats import binom, norm

    share = given.papers_after / max(1, given.papers_before + given.papers_after)
    # The average over a normal distribution, on a grid that reaches as far as any p that matters.
    grid = np.linspace(-_REACH, _REACH, _POINTS) if given.wobble else np.zeros(1)
    weights = norm.pdf(grid) / norm.pdf(grid).sum()
    shares = expit(logit(share) + given.wobble * grid)
    return np.asarray(binom.sf(after[:, None] - 1, (before + after)[:, None], shares) @ weights)


def _false_discovery(ps: np.ndarray, given: Background) -> list[float]:
    """The q of each; the terms that were not looked at closely count as tested, with a larger p."""
    tested = max(given.tested, len(ps))
    found, smallest = [1.0] * len(ps), 1.0
    order = sorted(range(len(ps)), key=lambda place: -ps[place])
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        smallest = min(smallest, float(ps[place]) * tested / rank)
        found[place] = smallest
    return found


def _told_by_longer(called: Sequence[Counted], given: Background) -> frozenset[str]:
    """Phrases that are no more usual than by chance where a longer one, called too, does not stand."""
    import numpy as np

    by_words = {one.words: one for one in called}
    pairs = [(by_words[words], long) for long in called for words in _inside(long.words) if words in by_words]
    if not pairs:
        return frozenset()
    before, after = (
        np.array([max(0.0, getattr(short, side) - getattr(long, side)) for short, long in pairs])
        for side in ("before", "after")
    )
    by_chance = _chances(before, after, given) > _BY_CHANCE
    return frozenset(short.words for (short, _), alone in zip(pairs, by_chance.tolist(), strict=True) if alone)


def _inside(words: str) -> set[str]:
    """The phrases that stand in a longer one."""
    parts = words.split(" ")
    n = len(parts)
    return {" ".join(parts[low:high]) for low in range(n) for high in range(low + 1, n + 1) if high - low < n}
