"""Do the probabilities of a model mean what they say? Its predictions, and how far they are from what came true.

Predictions are put into bins of equal mass, and the mean confidence of a bin is held against how often it came true
(expected calibration error; arXiv:1706.04599). Taken as it is, that error is too large: chance alone moves every bin.
So the expected square of that chance movement is taken off the square of each bin's gap (arXiv:1909.10155), and it is
estimated between windows of text, not between tokens, because the tokens of one text are right and wrong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.gpt.model import GPT

LIKELY = 0.01  # every token that is given at least this probability is a prediction that can be checked
_LOGITS = 2**21  # numbers in the logits of one batch

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What a model said of each next token, and which one came. `n` tokens, `t` temperatures, `m` likely tokens.

    :param window: which window of text each is from (n,).
    :param target: ids of the tokens that came (n,).
    :param guess: ids of the likeliest tokens (n,); they are the same at every temperature.
    :param confidence: probability of the guess (t, n).
    :param surprisal: nats of the token that came (t, n).
    :param entropy: nats, at temperature 1 (n,).
    :param at: which prediction each likely token belongs to (m,), with its `token` (m,) and its `probability` (m,).
    """

    window: NDArray[np.int64]
    target: NDArray[np.int64]
    guess: NDArray[np.int64]
    confidence: Floats
    surprisal: Floats
    entropy: Floats
    at: NDArray[np.int64]
    token: NDArray[np.int64]
    probability: Floats

    @property
    def correct(self) -> Floats:
        """1 where the guess came, else 0: (n,)."""
        return (self.guess == self.target).astype(float)

    def guesses(self, *, bins: int, temperature: int) -> Reliability:
        """How far the likeliest tokens are from what came; `temperature` is a place in the list of them."""
        return reliability(self.confidence[temperature], self.correct, groups=self.window, bins=bins)

    def likely_error(self, *, bins: int) -> float:
        """The error of every token of at least `LIKELY`, at temperature 1; 0 where there is none."""
        if not len(self.token):
            return 0.0
        came = (self.token == self.target[self.at]).astype(float)
        return reliability(self.probability, came, groups=self.window[self.at], bins=bins).error


@torch.no_grad()
def predictions(
    model: GPT, windows: Iterable[Tensor], *, temperatures: Sequence[float], elsewhere: int | None = None
) -> Iterator[Predictions]:
    """Read windows of text and hand out the predictions of a few at a time.

    :param windows: token ids, each (time,), two or more; the first of each is context alone.
    :param temperatures: 1 must be among them.
    :param elsewhere: a seed: each prediction is held against the token of another place of the same batch, drawn at
        random, so that it stays as sharp and loses its meaning. None: against its own.
    """
    shuffled = None if elsewhere is None else torch.Generator().manual_seed(elsewhere)
    device = next(model.parameters()).device
    first = 0
    for rows in _batches(windows, model.config.vocab_size):
        logits = model(input_ids=rows.to(device), use_cache=False).logits[:, :-1].float().cpu().flatten(0, 1)
        target = rows[:, 1:].flatten()
        if shuffled is not None:
            target = target[torch.randperm(len(target), generator=shuffled)]
        window = torch.arange(first, first + len(rows)).repeat_interleave(rows.shape[1] - 1)
        first += len(rows)
        yield _read(logits, target, window, temperatures)


def _batches(windows: Iterable[Tensor], vocabulary: int) -> Iterator[Tensor]:
    """Windows of one length together, as many as `_LOGITS` allows."""
    waiting: list[Tensor] = []
    for window in windows:
        full = (len(waiting) + 1) * len(window) * vocabulary > _LOGITS
        if waiting and (full or len(window) != len(waiting[0])):
            yield torch.stack(waiting)
            waiting = []
        waiting.append(window)
    if waiting:
        yield torch.stack(waiting)


def _read(logits: Tensor, target: Tensor, window: Tensor, temperatures: Sequence[float]) -> Predictions:
    highest, guess = logits.max(-1)
    below = logits - highest.unsqueeze(-1)  # so that no exponential overflows
    came = below.gather(-1, target.unsqueeze(-1)).squeeze(-1)
    confidence, surprisal = [], []
    scratch = torch.empty_like(below)
    for temperature in temperatures:
        # The guess's own term is 1, so that the sum is one over its probability.
        total = torch.mul(below, 1 / temperature, out=scratch).exp_().sum(-1)
        confidence.append(1 / total)
        surprisal.append(total.log() - came / temperature)
    own = below.log_softmax(-1)
    chances = own.exp()
    at, token = (chances >= LIKELY).nonzero(as_tuple=True)
    return Predictions(
        window=window.numpy(),
        target=target.numpy(),
        guess=guess.numpy(),
        confidence=torch.stack(confidence).double().numpy(),
        surprisal=torch.stack(surprisal).double().numpy(),
        entropy=-(chances * own).sum(-1).double().numpy(),
        at=at.numpy(),
        token=token.numpy(),
        probability=chances[at, token].double().numpy(),
    )


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several batches of one reading as one."""
    starts = np.cumsum([0, *(len(part.target) for part in parts[:-1])])
    return Predictions(
        window=np.concatenate([part.window for part in parts]),
        target=np.concatenate([part.target for part in parts]),
        guess=np.concatenate([part.guess for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts], axis=1),
        surprisal=np.concatenate([part.surprisal for part in parts], axis=1),
        entropy=np.concatenate([part.entropy for part in parts]),
        at=np.concatenate([part.at + start for part, start in zip(parts, starts, strict=True)]),
        token=np.concatenate([part.token for part in parts]),
        probability=np.concatenate([part.probability for part in parts]),
    )


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Bins of equal mass, in the order of confidence.

    :param count: predictions in each bin (bins,).
    :param confidence: mean probability that they were given (bins,).
    :param frequency: share of them that came true (bins,).
    :param noise: standard error of the difference of the two (bins,).
    """

    count: Floats
    confidence: Floats
    frequency: Floats
    noise: Floats

    @property
    def plain(self) -> float:
        """Expected calibration error, from 0 to 1, with the chance movement of small bins in it."""
        return float(np.average(np.abs(self.frequency - self.confidence), weights=self.count))

    @property
    def error(self) -> float:
        """Root-mean-square calibration error, from 0 to 1, without it; at least the expected error, but for chance."""
        squares = (self.frequency - self.confidence) ** 2 - self.noise**2
        return float(np.sqrt(max(0.0, np.average(squares, weights=self.count))))

    @property
    def overconfidence(self) -> float:
        """Mean confidence less the share that came true; no bins matter. Below 0: it is better than it says."""
        return float(np.average(self.confidence - self.frequency, weights=self.count))


def reliability(confidence: Floats, came: Floats, *, groups: NDArray[np.int64], bins: int) -> Reliability:
    """Sort predictions by confidence into bins of equal mass.

    :param confidence: probabilities (n,).
    :param came: 1 where the prediction came true, else 0 (n,).
    :param groups: predictions of one group (a window of text) may be right and wrong together (n,).
    :param bins: fewer where there are fewer predictions.
    :raises ValueError: no prediction.
    """
    if not len(confidence):
        raise ValueError("no prediction to check; give at least one token after the first")
    order = np.argsort(confidence, kind="stable")
    held = [part for part in np.array_split(order, bins) if len(part)]
    return Reliability(
        count=np.array([float(len(part)) for part in held]),
        confidence=np.array([confidence[part].mean() for part in held]),
        frequency=np.array([came[part].mean() for part in held]),
        noise=np.array([_standard_error(came[part] - confidence[part], groups[part]) for part in held]),
    )


def _standard_error(values: Floats, groups: NDArray[np.int64]) -> float:
    """Of the mean of values that hang together within groups; where there is one group, as if they did not."""
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    sums = np.bincount(place, weights=values - values.mean())
    return float(np.sqrt((sums**2).sum() * len(names) / (len(names) - 1)) / len(values))


def floor(confidence: Floats, *, bins: int, seed: int, draws: int = 20) -> float:
    """The plain error that a perfectly calibrated model of these confidences would show on as many tokens.

    :param confidence: (n,).
    """
    rng = np.random.default_rng(seed)
    groups = np.arange(len(confidence))
    shown = [
        reliability(confidence, (rng.random(len(confidence)) < confidence).astype(float), groups=groups, bins=bins)
        for _ in range(draws)
    ]
    return float(np.mean([each.plain for each in shown]))


def best_temperature(temperatures: Sequence[float], nats: Sequence[float]) -> float:
    """Where the loss is lowest (temperature scaling, arXiv:1706.04599), from a few temperatures.

    A parabola through the lowest and its neighbours, over the logarithm of the temperature; an end where it is there.

    :param temperatures: ascending.
    :param nats: mean surprisal at each.
    """
    lowest = int(np.argmin(nats))
    if lowest in (0, len(nats) - 1):
        return float(temperatures[lowest])
    near = slice(lowest - 1, lowest + 2)
    curve, slope, _ = np.polyfit(np.log(temperatures[near]), nats[near], 2)
    return float(np.exp(-slope / (2 * curve)))
