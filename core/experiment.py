"""What is an experiment, and who decides what it showed?

An experiment file carries `EXPERIMENT`. It says what is claimed, by which paper, with which number; it splits itself
into units; each unit yields events. One shared function, `decide`, turns measures into a verdict for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsFloat

from core.events import Event, Measure, Outcome, Verdict
from core.language import Text
from core.params import BadParam as BadParam
from core.params import make_params as make_params
from core.params import param as param

if TYPE_CHECKING:
    from core.papers.paper import Paper

Stage = Literal["build", "adapt", "align", "ask"]
PRESETS = ("quick", "standard", "full")
REPLICATES = 5
LIBRARIES = ("numpy", "torch", "core.gpt.model")


# --- claims -----------------------------------------------------------------------------------------------------------


class Measures(Mapping[tuple[str, str], float]):
    """The numbers of one replicate, keyed by (measure name, arm).

    :param replicate: its number, by which a verdict names it when it had to be left out.
    :raises MissingMeasure: on a look-up of a number that was not measured, which makes the replicate unusable.
    """

    def __init__(self, values: Mapping[tuple[str, str], float], *, replicate: int | None = None) -> None:
        self._values = dict(values)
        self.replicate = replicate

    def __getitem__(self, key: tuple[str, str]) -> float:
        try:
            return self._values[key]
        except KeyError:
            raise MissingMeasure(*key) from None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class MissingMeasure(KeyError):
    """A number that a contrast needs was not measured."""

    def __init__(self, name: str, arm: str) -> None:
        super().__init__(name, arm)
        self.reason = Text(f"{name} of arm {arm} was not measured", f"{arm}의 {name} 값이 없음")

    def __str__(self) -> str:
        return self.reason.en


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the paper said: its number, with which model, on which data.

    :param checked: whether the number was read at the source; if not it is shown as approximate.
    """

    number: Text
    model: str
    data: str
    checked: bool


@dataclass(frozen=True, kw_only=True)
class Control:
    """A contrast that must come out above its margin, or the experiment measured something else than it says."""

    sentence: Text
    contrast: Callable[[Measures], float]
    margin: float


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One falsifiable sentence with everything that decides it fixed in the file.

    :param paper: arXiv id of the paper that claims it.
    :param contrast: one number from the measures of one replicate; the claim says that it is above `margin`.
    :param unit: the contrast's unit, for people.
    :param replicate: what varies between replicates (training seed, text sample, timing repeat).
    :param control: the negative control, decided by the same interval.
    :param null_world: what `--null` switches off; there the verdict must not be `supported`.
    :param n_why: why there are not the usual number of replicates, where that is so.
    """

    id: str
    sentence: Text
    paper: str
    reported: Reported
    contrast: Callable[[Measures], float]
    contrast_text: Text
    margin: float
    unit: Text
    replicate: Text
    control: Control | None
    null_world: Text
    n_why: Text | None = None


def interval(values: Sequence[float], *, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean and two-sided Student-t interval of `values` (at least two).

    :returns: mean, low, high.
    """
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        raise ValueError("an interval needs at least two values")
    mean = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * spread
    return mean, mean - half, mean + half


def _position(low: float, high: float, margin: float) -> Outcome:
    if low > margin:
        return "supported"
    return "not supported" if high < margin else "too small to tell"


def _usable(claim: Claim, replicates: Sequence[Measures]) -> tuple[list[float], list[float], dict[Text, list[int]]]:
    """Contrasts and controls of the replicates that have both, and why which of the others were left out."""
    contrasts: list[float] = []
    controls: list[float] = []
    left_out: dict[Text, list[int]] = {}
    for position, measures in enumerate(replicates):
        number = position if measures.replicate is None else measures.replicate
        try:
            contrast = claim.contrast(measures)
            control = claim.control.contrast(measures) if claim.control else 0.0
        except MissingMeasure as error:
            left_out.setdefault(error.reason, []).append(number)
            continue
        except (ArithmeticError, ValueError) as error:
            why = Text(f"its contrast cannot be computed ({error})", f"대비를 계산할 수 없음({error})")
            left_out.setdefault(why, []).append(number)
            continue
        if math.isfinite(contrast) and math.isfinite(control):
            contrasts.append(contrast)
            controls.append(control)
        else:
            left_out.setdefault(Text("a number is not finite", "유한하지 않은 값이 있음"), []).append(number)
    return contrasts, controls, left_out


def decide(
    claim: Claim,
    replicates: Sequence[Measures],
    *,
    skipped: Mapping[str, str] | None = None,
    null: bool = False,
    device: str = "",
    versions: Mapping[str, str] | None = None,
    commit: str = "",
) -> Verdict:
    """Decide one claim from the measures of its replicates: the only place where a verdict is made.

    95 % Student-t interval of the contrast: lower end above the margin `supported`, upper end below it `not supported`,
    else `too small to tell`. A control whose interval is not above its own margin makes it `invalid`. Replicates that
    lack a measure or hold a number that is not finite are left out and said so; under two are `too small to tell`.

    :param skipped: arm to the reason why it could not run here.
    """
    contrasts, controls, left_out = _usable(claim, replicates)
    mean = low = high = None
    control_found: dict[str, Any] = {}
    outcome: Outcome
    if len(contrasts) < 2:
        outcome = "too small to tell"
        mean = contrasts[0] if contrasts else None
        reason = Text(
            f"Only {len(contrasts)} usable replicates: an interval needs two.",
            f"쓸 수 있는 반복이 {len(contrasts)}개뿐이다. 구간을 내려면 둘 이상이 필요하다.",
        )
    else:
        mean, low, high = interval(contrasts)
        outcome = _position(low, high, claim.margin)
        reason = _reason(outcome, mean, low, high, claim.margin)
        if claim.control:
            c_mean, c_low, c_high = interval(controls)
            held = c_low > claim.control.margin
            control_found = {"mean": c_mean, "low": c_low, "high": c_high, "margin": claim.control.margin, "held": held}
            if not held:
                outcome = "invalid"
                reason = Text(
                    f"The control did not hold: {c_mean:.3g} [{c_low:.3g}, {c_high:.3g}] is not above "
                    f"{claim.control.margin:g}.",
                    f"대조 실험이 성립하지 않았다: {c_mean:.3g} [{c_low:.3g}, {c_high:.3g}]이(가) "
                    f"{claim.control.margin:g}보다 위에 있지 않다.",
                )
    for why, numbers in left_out.items():
        named = ", ".join(map(str, numbers))
        reason = Text(
            f"{reason.en} Left out replicate{'s' if len(numbers) > 1 else ''} {named}: {why.en}.",
            f"{reason.ko} 제외한 반복 {named}: {why.ko}.",
        )
    return Verdict(
        claim=claim.id,
        outcome=outcome,
        contrast=mean,
        low=low,
        high=high,
        margin=claim.margin,
        n=len(contrasts),
        reason=reason.as_dict(),
        control=control_found,
        skipped=dict(skipped or {}),
        null=null,
        device=device,
        versions=dict(versions or {}),
        commit=commit,
    )


def _reason(outcome: Outcome, mean: float, low: float, high: float, margin: float) -> Text:
    where = {
        "supported": ("lies above", "위에 있다"),
        "not supported": ("lies below", "아래에 있다"),
        "too small to tell": ("holds", "을(를) 품고 있다"),
    }[outcome]
    span = f"{mean:.3g} [{low:.3g}, {high:.3g}]"
    if outcome == "too small to tell":
        return Text(
            f"The interval {span} {where[0]} the margin {margin:g}.", f"구간 {span}이(가) 기준값 {margin:g}{where[1]}."
        )
    return Text(
        f"The interval {span} {where[0]} the margin {margin:g}.", f"구간 {span}이(가) 기준값 {margin:g}보다 {where[1]}."
    )


# --- experiments ------------------------------------------------------------------------------------------------------


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
    :param how: how it works and why it may fail at this size.
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
    title: Text
    question: Text
    how: Text
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
