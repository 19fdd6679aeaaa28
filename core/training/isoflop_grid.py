"""Which loss does each size reach at each budget, at its own best learning rate? One replicate of the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.text.markov import MarkovLanguage, markov_language
from core.training.evaluate import loss as held_out_loss
from core.training.isoflop import TIME, VOCABULARY, Plan, Size, new_model, spend
from core.training.rates import RateSearch
from core.training.scaling_law import TrainedRun
from core.training.train import Diverged, StepRecord

HELD_OUT = 512  # windows to choose the rate by, and as many to measure on
ROWS = 128  # windows read at once when measuring
EXTRA = 1  # rates beyond the grid
STRENGTH = 2.5


class Choices(Protocol):
    """What of the parameters the grid needs."""

    @property
    def widths(self) -> tuple[int, ...]: ...
    @property
    def rates(self) -> tuple[float, ...]: ...
    @property
    def search(self) -> bool: ...
    @property
    def decay(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """A size at a budget, trained at the rate that was best on validation text.

    :param loss: on test text: the language's known floor, and what the model loses beyond the reader who knows the
        language on the same tokens, so that the luck of the sample cancels.
    """

    size: Size
    plan: Plan
    rate: float
    loss: float
    records: Sequence[StepRecord]

    def curve(self, looks: int) -> list[tuple[int, float]]:
        """Tokens and training loss, as the mean of each of about `looks` equal parts of the run."""
        part = max(1, len(self.records) // looks)
        groups = [self.records[start : start + part] for start in range(0, len(self.records), part)]
        return [(group[-1].tokens, sum(record.loss for record in group) / len(group)) for group in groups]

    def as_run(self, *, budget: int) -> TrainedRun:
        """For the fits."""
        return TrainedRun(
            budget=budget,
            flops=self.plan.flops,
            parameters=self.size.parameters,
            bare=self.size.bare,
            tokens=self.plan.tokens,
            loss=self.loss,
        )


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One language with its text, on which every size learns.

    :param recorded: rates found before, by arm, for where none are searched.
    """

    language: MarkovLanguage
    validation: Tensor
    test: Tensor
    known: float
    choices: Choices
    recorded: Mapping[str, float]
    text_seed: int
    weights_seed: int
    device: str

    @classmethod
    def of(cls, choices: Choices, *, seed: int, null: bool, device: str, recorded: Mapping[str, float]) -> Grid:
        """Draw the language and the text; in the null world its tokens come without order."""
        language_seed, text_seed, held_out_seed, weights_seed = np.random.SeedSequence(seed).generate_state(4)
        language = markov_language(
            vocabulary=VOCABULARY, seed=int(language_seed), strength=STRENGTH, decay=choices.decay
        )
        if null:
            language = language.without_order()
        held_out = language.windows(2 * HELD_OUT, time=TIME, seed=int(held_out_seed))
        return cls(
            language=language,
            validation=torch.from_numpy(held_out[:HELD_OUT]),
            test=torch.from_numpy(held_out[HELD_OUT:]),
            known=float(language.nats(held_out[HELD_OUT:]).mean()),
            choices=choices,
            recorded=recorded,
            text_seed=int(text_seed),
            weights_seed=int(weights_seed),
            device=device,
        )

    @property
    def floor(self) -> float:
        """The loss that no model can go below."""
        return self.language.floor(TIME)

    def text(self, *, budget: int, flops: float) -> Tensor:
        """Fresh text of one budget (windows, TIME), enough for the smallest model; larger ones read its beginning."""
        most = max(Plan.of(Size.of(width), flops=flops).windows for width in self.choices.widths)
        return torch.from_numpy(self.language.windows(most, time=TIME, seed=self.text_seed + budget))

    def best_of(self, size: Size, *, flops: float, text: Tensor, arm: str) -> Found:
        """Spend the budget once for each rate tried, and keep the run that does best on validation text.

        :raises ValueError: training diverged at every rate.
        """
        plan = Plan.of(size, flops=flops)
        rates = self.choices.rates
        search = RateSearch(rates, extra=EXTRA)
        if not self.choices.search:
            search = RateSearch((self.recorded.get(arm, rates[len(rates) // 2]),), extra=0)
        best: Found | None = None
        for rate in search:
            model = new_model(size.width, seed=self.weights_seed)
            try:
                records = list(spend(model, plan, text, rate=rate, device=self.device))
            except Diverged:
                search.tell(rate, float("inf"))
                continue
            search.tell(rate, held_out_loss(model, self.validation.split(ROWS)))
            if search.best == rate:
                beyond = held_out_loss(model, self.test.split(ROWS)) - self.known
                best = Found(size=size, plan=plan, rate=rate, loss=self.floor + beyond, records=records)
        if best is None:
            raise ValueError(f"width {size.width} diverged at every rate tried; give lower ones")
        return best
