"""What is an experiment, and who decides what it showed?

An experiment file carries `EXPERIMENT`. It says what is claimed, by which paper, with which number; it splits itself
into units; each unit yields events. One shared function, `decide`, turns measures into a verdict for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from core.events import Event, Outcome, Verdict
from core.language import Text

if TYPE_CHECKING:
    from core.papers.paper import Paper

Stage = Literal["build", "adapt", "align", "ask"]
PRESETS = ("quick", "standard", "full")
REPLICATES = 5


# --- parameters -------------------------------------------------------------------------------------------------------


def param(
    default: Any,
    *,
    help: Text,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
    label: Text | None = None,
    multiline: bool = False,
) -> Any:
    """A field of a `Params` dataclass that carries what its form needs.

    :param low, high: the range, both included, for numbers.
    :param choices: the values allowed; for a tuple-valued field, what its items may be.
    """
    about = {"help": help, "low": low, "high": high, "choices": choices, "label": label, "multiline": multiline}
    return field(default=default, metadata=about)


class BadParam(ValueError):
    """A parameter that does not exist or has a value out of its range; the message says which and what is allowed."""


def make_params(kind: type, values: Mapping[str, Any]) -> Any:
    """Build a `Params` from loose values (strings from a command line, numbers from a form), checked against its fields.

    :raises BadParam: an unknown name, a value of the wrong type or out of range.
    """
    known = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            raise BadParam(f"unknown parameter {name!r}; there are: {', '.join(known)}")
    return kind(**{name: _checked(known[name], value) for name, value in values.items()})


def _checked(item: Any, value: Any) -> Any:
    if item.default is MISSING:
        raise TypeError(f"parameter {item.name} needs a default")
    default, about = item.default, item.metadata
    try:
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            example = default[0] if default else ""
            return tuple(_scalar(item.name, part, example, about) for part in parts)
        return _scalar(item.name, value, default, about)
    except (ValueError, TypeError) as error:
        if isinstance(error, BadParam):
            raise
        raise BadParam(f"{item.name}: {value!r} is not a {type(default).__name__}") from error


def _scalar(name: str, value: Any, example: Any, about: Mapping[str, Any]) -> Any:
    if isinstance(example, bool):
        if isinstance(value, str):
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if value.strip().lower() not in words:
                raise BadParam(f"{name}: {value!r} is not yes or no")
            value = words[value.strip().lower()]
        value = bool(value)
    elif isinstance(example, int):
        if isinstance(value, float) and not value.is_integer():
            raise BadParam(f"{name}: {value!r} is not a whole number")
        value = int(value.strip()) if isinstance(value, str) else int(value)
    elif isinstance(example, float):
        value = float(value)
        if not math.isfinite(value):
            raise BadParam(f"{name}: {value!r} is not a finite number")
    else:
        value = str(value).strip() if not about.get("multiline") else str(value)
    low, high, choices = about.get("low"), about.get("high"), about.get("choices")
    if choices is not None and value not in choices:
        raise BadParam(f"{name}: {value!r} is not one of {', '.join(map(str, choices))}")
    if isinstance(value, int | float) and ((low is not None and value < low) or (high is not None and value > high)):
        raise BadParam(f"{name}: {value} is not between {low} and {high}")
    return value


# --- claims -----------------------------------------------------------------------------------------------------------


class Measures(Mapping[tuple[str, str], float]):
    """The numbers of one replicate, keyed by (measure name, arm).

    :raises MissingMeasure: on a look-up of a number that was not measured, which makes the replicate unusable.
    """

    def __init__(self, values: Mapping[tuple[str, str], float]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: tuple[str, str]) -> float:
        try:
            return self._values[key]
        except KeyError:
            raise MissingMeasure(f"{key[0]} of arm {key[1]} was not measured") from None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class MissingMeasure(KeyError):
    """A number that a contrast needs was not measured."""

    def __str__(self) -> str:
        return str(self.args[0])


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
    unit: str
    replicate: Text
    control: Control | None
    null_world: Text
    n_why: Text | None = None


def interval(values: Sequence[float], *, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean and two-sided Student-t interval of `values` (at least two).

    :returns: mean, low, high.
    """
    from scipy import stats

    n = len(values)
    if n < 2:
        raise ValueError("an interval needs at least two values")
    mean = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * spread
    return mean, mean - half, mean + half


def _position(low: float, high: float, margin: float) -> Outcome:
    if low > margin:
        return "supported"
    return "not supported" if high < margin else "too small to tell"


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
    contrasts: list[float] = []
    controls: list[float] = []
    missing: list[str] = []
    for measures in replicates:
        try:
            contrast = claim.contrast(measures)
            control = claim.control.contrast(measures) if claim.control else 0.0
        except MissingMeasure as error:
            missing.append(str(error))
            continue
        except ZeroDivisionError:
            missing.append("a measure that divides is zero")
            continue
        if math.isfinite(contrast) and math.isfinite(control):
            contrasts.append(contrast)
            controls.append(control)
        else:
            missing.append("a measure is not finite")

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
    if missing:
        why = "; ".join(dict.fromkeys(missing))
        reason = Text(
            f"{reason.en} Left out {len(missing)} replicates: {why}.",
            f"{reason.ko} 반복 {len(missing)}개 제외: {why}.",
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
    :param replicates: how many; `REPLICATES` unless the claim says why.
    :param side_by_side: whether units may run at the same time (one thread each); no for anything that is timed.
    :param labels: arm id to its name for people.
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
