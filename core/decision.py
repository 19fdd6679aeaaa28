"""Who decides what an experiment showed? One shared function, which turns measures into a verdict for all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.claim import Claim, Measures, MissingMeasure
from core.events import Outcome, Verdict
from core.language import Text


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
        except (ArithmeticError, LookupError, ValueError) as error:
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
    seed: int | None = None,
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
        seed=seed,
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
