"""What is an experiment? The contract.

An experiment file carries `EXPERIMENT`. It says what is claimed, by which paper, with which number; it splits itself
into units; each unit yields events. `core.decision.decide` turns their measures into a verdict, for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsFloat

from core.claim import Claim
from core.events import Event, Measure
from core.language import Text

if TYPE_CHECKING:
    from core.papers.paper import Paper

Stage = Literal["build", "adapt", "align", "ask"]
PRESETS = ("quick", "standard", "full")
REPLICATES = 5
LIBRARIES = ("numpy", "torch", "core.gpt.model")


@dataclass(frozen=True, kw_only=True)
class PaperQuery:
    """The papers of the catalog that an experiment reads, and that its card links to.

    :param topics: any of these topics.
    :param text_needed: whether the run reads abstracts; then the run's folder gets a papers.jsonl.
    :param limit: how many at most, newest first.
    """

    topics: tuple[str, ...]
    text_needed: bool = False
    limit: int = 200


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One replicate of one arm or sweep point, or all arms of a replicate where they must share data.

    :param id: unique in the run, stable between runs: results are matched by it.
    :param seed: everything random in the unit comes from it.
    """

    id: str
    arm: str
    replicate: int
    seed: int
    params: Any

    def measure(
        self, name: str, value: SupportsFloat, unit_of_measure: str, *, arm: str | None = None, exact: bool = True
    ) -> Measure:
        """A number of this unit's replicate; of its own arm where none is named."""
        return Measure(
            name=name,
            arm=self.arm if arm is None else arm,
            value=float(value),
            unit_of_measure=unit_of_measure,
            replicate=self.replicate,
            exact=exact,
        )


class Cache(Protocol):
    """Checkpoints that several units or runs share, keyed by what made them."""

    def checkpoint(self, recipe: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        """The folder of the checkpoint made by `recipe`; `make(folder)` is called once where there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a unit gets from whoever runs it.

    :param device: "cpu" or "cuda".
    :param null: the null world: the mechanism must be switched off.
    :param papers: the papers asked for by `Experiment.papers`, newest first.
    :param cache: shared checkpoints.
    """

    device: str
    null: bool
    papers: Sequence[Paper]
    cache: Cache


class Experiment(Protocol):
    """The contract. A file in core/experiments/<stage>/ carries `EXPERIMENT`, an object with these.

    :param id: the file's name with `-`.
    :param techniques: those of the field map (`core.papers.techniques`) that it tests.
    :param how: how it works and why it may fail at this size.
    :param matched: in what the arms are made equal (parameters, tokens, compute or quality), and what each may choose.
    :param params: the `Params` dataclass.
    :param presets: preset name to parameter values (strings never, real values).
    :param tiny: parameter values for a run of seconds that decides nothing: what the tests of all experiments use.
    :param replicates: how many; `REPLICATES` unless the claim says why.
    :param side_by_side: whether units may run at the same time (one thread each); no for anything that is timed.
    :param labels: arm id to its name for people.

    An optional `libraries` names the modules that its units import (`LIBRARIES` where it is not there): they are
    imported once, before the units, which are then seeded. Add "peft" for adapters; () makes a run without torch light.
    """

    id: str
    stage: Stage
    topics: tuple[str, ...]
    techniques: tuple[str, ...]
    title: Text
    question: Text
    how: Text
    matched: Text
    claims: tuple[Claim, ...]
    params: type
    presets: Mapping[str, Mapping[str, Any]]
    tiny: Mapping[str, Any]
    papers: PaperQuery | None
    replicates: int
    side_by_side: bool
    labels: Mapping[str, Text]

    def units(self, params: Any, seeds: Sequence[int]) -> list[Unit]: ...

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]: ...


def spawn_seeds(seed: int, n: int) -> list[int]:
    """`n` independent 32-bit seeds from one: `SeedSequence(seed).spawn(n)`."""
    import numpy as np

    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(n)]
