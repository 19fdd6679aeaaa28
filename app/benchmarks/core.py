"""How fast does the core train and write beside `transformers`' own models, and how near to the machine's best?"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.benchmarks import machine
from app.provenance import commit_of_code
from app.settings import ROOT

NAMES = ("nano", "micro", "124m")
FOLDER = ROOT / "docs" / "benchmarks"
_LIBRARIES = ("torch", "transformers", "numpy")


def run(*, sizes: Sequence[str], device: str, precision: str, seed: int, quick: bool, compile: bool) -> dict[str, Any]:
    """Measure sizes one after the other, each in a process of its own; rates in tokens a second, sizes in bytes.

    :param sizes: some of `NAMES`.
    :param device: "cpu" or "cuda".
    :param precision: "float32", or "bfloat16": training under autocast, writing with bfloat16 weights.
    :param quick: few rounds of short texts, which say that it works and not how fast.
    :param compile: train through `torch.compile`, all models alike.
    :raises app.benchmarks.machine.BenchmarkFailed: a size did not end well.
    """
    said = ["--device", device, "--precision", precision, "--seed", seed]
    flags = [name for name, given in (("--quick", quick), ("--compile", compile)) if given]
    found = {size: machine.part("core_measure", size, *said, *flags) for size in sizes}
    first = next(iter(found.values()))
    return {
        "benchmark": "core",
        "seed": seed,
        "quick": quick,
        "compile": compile,
        "precision": precision,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of_code(),
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
        "device": machine.described() | {"kind": device, "threads": first["threads"], "gpu": first.get("gpu")},
        "sizes": found,
    }


def recorded() -> list[dict[str, Any]]:
    """What was recorded in the repository, one for each device."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("core-*.json"))]


def rows(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures for people: what, and how much."""
    told = []
    for name, size in found["sizes"].items():
        reached = size["machine"]
        told.append(
            (f"{name}: products; memory", f"{_giga(reached['peak_flops'])}FLOP/s; {_giga(reached['bandwidth'])}B/s")
        )
        for what, row in _tests(size):
            told += [(f"{name}, {what}: {arm}", _figures(figures)) for arm, figures in row["arms"].items()]
            told += [
                (f"{name}, {what}: {each['model']} / {each['against']}", f"× {_interval(each)}")
                for each in row["ratios"]
            ]
        told += [(f"left out: {each['what']}", each["why"]) for each in size["left_out"]]
        told += [(f"{name}, bar: {each['what']}, batch {each['batch']}", _bar(each)) for each in size["bars"]]
    return told


def markdown(records: Sequence[Mapping[str, Any]]) -> str:
    """The tables that the README shows, one for each recorded device, and under it what was missed and why.

    The bound is the machine's arithmetic in training, and its memory's bandwidth in writing.
    """
    return "\n\n".join(_section(found) for found in records)


def _section(found: Mapping[str, Any]) -> str:
    device = found["device"]
    where = device["gpu"] or f"{device['cpu']}, {device['threads']} threads"
    how = f"{found['precision']}{', compiled' if found['compile'] else ''}"
    head = [
        f"{where}, {how}, torch {found['versions']['torch']}, transformers {found['versions']['transformers']}:",
        "",
        "| what | core, tokens/s | times GPT-2 | in its own form | times Llama | of the bound | memory; GPT-2's |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines, missed = [], []
    for name, size in found["sizes"].items():
        for what, row in _tests(size):
            core, gpt2 = row["arms"]["core"], row["arms"]["transformers GPT-2"]
            house, llama, form = (_interval(each) for each in row["ratios"])
            bound = core.get("of_peak", core.get("of_bound"))
            cells = [f"{name}: {what}", f"{core['tokens_per_second']:,.0f}", house, form, llama, f"{bound:.0%}"]
            cells += [f"{_mega(core['peak_bytes'])}; {_mega(gpt2['peak_bytes'])}"]
            lines.append(f"| {' | '.join(cells)} |")
        missed += [
            f"- {name}, {each['what']}, batch {each['batch']}: {_bar(each)}" for each in size["bars"] if not each["met"]
        ]
    return "\n".join([*head, *lines, *(["", "Bars that were missed:", "", *missed] if missed else [])])


def _tests(size: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in size["training"]:
        yield f"training, batch {row['batch']} × {size['size']['time']}", row
    for row in size["decoding"]:
        yield f"writing, batch {row['batch']}", row


def _figures(arm: Mapping[str, Any]) -> str:
    told = f"{arm['tokens_per_second']:,.0f} tokens/s, {_mega(arm['peak_bytes'])}"
    if "of_peak" in arm:
        return f"{told}, {arm['of_peak']:.0%} of the peak"
    return f"{told}; after the first {arm['step_tokens_per_second']:,.0f}, {arm['of_bound']:.0%} of the memory's bound"


def _interval(ratio: Mapping[str, float]) -> str:
    return f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"


def _bar(bar: Mapping[str, Any]) -> str:
    told = f"{bar['reached']:.2f}, wanted ≥ {bar['bar']:g}"
    if bar["met"]:
        return told
    core = bar["profiles"]["core"]
    shares = ", ".join(f"{name} {core[name]:.0%}" for name in ("products", "attention", "other", "outside"))
    most = ", ".join(f"{each['operator']} {each['share']:.0%}" for each in core["top"][:5])
    least = (
        f"with products and attention alone it would be {bar['ratio_if_only_products_and_attention']:.2f} times GPT-2"
    )
    return f"{told}; where the time goes: {shares}; {least}; most: {most}"


def _giga(rate: float) -> str:
    return f"{rate / 1e9:,.1f} G"


def _mega(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 2**20:,.0f} MB"
