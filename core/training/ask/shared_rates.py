"""Which learning rate suits an arm, when all replicates are to share the search? Searched once, and kept.

The search has seeds of its own, so that no replicate is among what its rate was chosen on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.experiment import Cache
from core.training.rates import RateSearch
from core.training.train import Diverged

SEED = 20_220_801  # of a search
EXTRA = 2  # rates beyond the grid


def shared_rate(
    cache: Cache, recipe: Mapping[str, Any], rates: Sequence[float], attempt: Callable[[float], float]
) -> float:
    """The rate with the lowest score; found in `cache`, or searched now.

    :param recipe: what the search is about, as plain JSON; another recipe is another search.
    :param rates: to begin with, ascending.
    :param attempt: trains at a rate and returns a score, the lower the better; may raise `Diverged`.
    :raises ValueError: training diverged at every rate.
    """

    def make(folder: Path) -> None:
        search = RateSearch(rates, extra=EXTRA)
        for rate in search:
            try:
                search.tell(rate, attempt(rate))
            except Diverged:
                search.tell(rate, float("inf"))
        found = {"best": search.best, "at_edge": search.at_edge}
        (folder / "rates.json").write_text(json.dumps(found), encoding="utf-8")

    folder = cache.checkpoint({"rates": list(rates), "seed": SEED, **recipe}, make)
    return float(json.loads((folder / "rates.json").read_text(encoding="utf-8"))["best"])
