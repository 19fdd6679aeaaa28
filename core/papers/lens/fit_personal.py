"""What difference to the shipped model fits a person's corrections, and changes as little else as can be?

Logistic regression around the shipped model: for each stage the weights d that minimise

    sum over corrections of loss(their word) + hold * sum over other papers of loss(the shipped confidence)
    + STRENGTH / 2 * |d|^2

which is the most probable d where the shipped model is the prior belief (Gaussian, mean 0). The second sum holds papers
that nobody corrected to what the shipped model says of them, so that a phrase which stands in many papers moves little;
all of them together weigh as much as HOLD corrections, however many there are.
No label of any list is used. The answer is the same every time.

STRENGTH and HOLD were chosen with a model that knew one half of fit_tagger's papers. Of those that it got wrong in a
quarter some were corrected, and the last quarter was asked. Over six draws its macro-F1 rose by 0.5 points after 5 and
after 20 corrections, by 0.3 after 50 and by 0.4 after 95; with half of that HOLD, by 0.2 after 95. Who files a whole
topic elsewhere is followed in about half of its other papers after 30 corrections; with three times of that HOLD, in a
quarter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.papers.lens.personal import Difference, log_odds, shipped_base, signals
from core.papers.lens.stage_model import Hits, Marks, Scores, StageModel

if TYPE_CHECKING:
    from scipy import sparse

STRENGTH = 1.0
HOLD, HOLD_EACH = 60.0, 0.1  # weight of the papers that nobody corrected: of all together, and of one at most
BIAS = 0.5  # how cheap the bias is, beside a phrase
LEAST = 0.01  # a smaller weight is none
_STEPS = 200


class Rows(NamedTuple):
    """Papers as the fit sees them.

    :param features: what they say to a difference, sparse (papers, phrases + labels + 1).
    :param odds: the shipped model's log-odds, float64 (papers, stages).
    :param about: whether they speak of language models, bool (papers,); of others the difference says nothing.
    """

    features: sparse.csr_array
    odds: np.ndarray
    about: np.ndarray

    def take(self, rows: Sequence[int] | np.ndarray) -> Rows:
        """Some of the papers."""
        return Rows(self.features[rows], self.odds[rows], self.about[rows])


def rows_of(model: StageModel, reads: Iterable[tuple[Hits, Marks, Scores]]) -> Rows:
    """The papers that `reads` come from, read by the shipped model."""
    from scipy import sparse

    width = len(model.index.phrases) + len(model.labels) + 1
    blocks, odds, about = [sparse.csr_array((0, width))], [np.zeros((0, len(model.stages)))], [np.zeros(0, dtype=bool)]
    for hits, marks, scores in reads:
        papers = len(hits.alone)
        said = signals(model, hits, marks)
        every = np.arange(papers)
        cells = (
            np.concatenate([said.value, np.full(papers, BIAS)]),
            (np.concatenate([said.paper, every]), np.concatenate([said.column, np.full(papers, width - 1)])),
        )
        blocks.append(sparse.csr_array(cells, shape=(papers, width)))
        odds.append(log_odds(scores))
        about.append(scores.about)
    return Rows(sparse.csr_array(sparse.vstack(blocks)), np.concatenate(odds), np.concatenate(about))


def fit(model: StageModel, taught: Rows, right: np.ndarray, others: Rows) -> Difference:
    """The difference that a person's word asks for.

    :param taught: the papers that were corrected.
    :param right: their stages, bool (papers, stages).
    :param others: papers that nobody corrected.
    """
    from scipy import sparse

    kept, held = np.flatnonzero(taught.about), np.flatnonzero(others.about)
    taught, others = taught.take(kept), others.take(held)
    # A phrase that stands in no correction has nothing to learn.
    columns = np.flatnonzero(np.diff(taught.features.tocsc().indptr))
    weights = np.zeros((taught.features.shape[1], len(model.stages)))
    if len(kept):
        features = sparse.csr_array(sparse.vstack([taught.features, others.features]))[:, columns]
        odds = np.concatenate([taught.odds, others.odds])
        wanted = np.concatenate([right[kept].astype(float), 1 / (1 + np.exp(-others.odds))])
        worth = np.concatenate([np.ones(len(kept)), np.full(len(held), min(HOLD_EACH, HOLD / max(1, len(held))))])
        for place in range(len(model.stages)):
            weights[columns, place] = _minimise(features, odds[:, place], wanted[:, place], worth)
    return _difference(model, weights)


def holds(model: StageModel, rows: Rows, difference: Difference | None = None) -> np.ndarray:
    """Which stages hold, bool (papers, stages): for the shipped model, or with a difference to it."""
    odds = rows.odds if difference is None else rows.odds + rows.features @ _weights(model, difference)
    sure = np.round(1 / (1 + np.exp(-odds)), 4)
    return np.asarray((sure >= np.array(model.thresholds)) & rows.about[:, None])


def _minimise(features: sparse.csr_array, odds: np.ndarray, wanted: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The weights of one stage, float64 (columns,)."""
    from scipy import optimize

    turned = features.T.tocsr()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        found = odds + features @ weights
        value = worth @ (np.logaddexp(0.0, found) - wanted * found) + STRENGTH / 2 * weights @ weights
        return float(value), turned @ (worth * (1 / (1 + np.exp(-found)) - wanted)) + STRENGTH * weights

    start = np.zeros(features.shape[1])
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x)


def _weights(model: StageModel, difference: Difference) -> np.ndarray:
    """A difference as the columns of `Rows` have it, float64 (columns, stages)."""
    none = (0.0,) * len(model.stages)
    phrases = [difference.phrases.get(phrase, none) for phrase in model.index.phrases]
    labels = [difference.labels.get(label, none) for label in model.labels]
    return np.array([*phrases, *labels, [value / BIAS for value in difference.bias]])


def _difference(model: StageModel, weights: np.ndarray) -> Difference:
    """Rounded weights by name, without those that are next to nothing."""
    size = len(model.index.phrases)

    def row(place: int) -> tuple[float, ...]:
        return tuple(0.0 if abs(value) < LEAST else round(float(value), 3) for value in weights[place])

    names = (model.index.phrases, model.labels)
    phrases, labels = (
        {name: found for place, name in enumerate(some, start=start) if any(found := row(place))}
        for some, start in zip(names, (0, size), strict=True)
    )
    bias = tuple(round(float(value) * BIAS, 3) for value in weights[-1])
    return Difference(base=shipped_base(), stages=model.stages, bias=bias, phrases=phrases, labels=labels)
