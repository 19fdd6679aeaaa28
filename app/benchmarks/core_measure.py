"""How fast do the models of one size train and write, and what does the machine allow?

    python -m app.benchmarks.core_measure SIZE [--device cpu|cuda] [--precision …] [--seed N] [--quick]

A process of its own for each size, so that the memory of one is not the other's. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.generation.streamers import BaseStreamer

from app.benchmarks.core_models import CORE, CORE_AS_GPT2, GPT2, LLAMA, PAIRS, SIZES, Size, make
from app.benchmarks.core_profile import profiled
from core.gpt.decoding_speed import read_bandwidth
from core.gpt.generate import stream
from core.gpt.model import GPT
from core.gpt.quantize import bytes_per_token
from core.training.flops import TrainingFlops
from core.training.memory import PeakMemory
from core.training.peaks import measured_peak, peak_flops
from core.training.speed import interleaved_training

NAMES = (CORE, CORE_AS_GPT2, GPT2, LLAMA)
BATCHES = (1, 16)
PROMPT = 16  # tokens read before the first that is written
RESAMPLES = 2000
TRAINING_BAR = 1.5  # times GPT-2's tokens/s
DECODING_BARS = {"cpu": {"micro": 3.0}, "cuda": {"nano": 5.0, "micro": 5.0, "124m": 5.0}}  # the same, at batch 1
BOUND_BARS = {"cpu": {"124m": 0.8}, "cuda": {}}  # of the memory's bound, at batch 1
MFU_BARS = {"cpu": {}, "cuda": {"124m": 0.5}}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Race:
    """Under which conditions a size is measured."""

    size: str
    device: str
    bfloat16: bool
    seed: int
    quick: bool
    compile: bool

    @property
    def models(self) -> Size:
        """What the models share; in a quick race few rounds and tokens."""
        return dataclasses.replace(SIZES[self.size], rounds=2, tokens=6) if self.quick else SIZES[self.size]

    @property
    def batches(self) -> tuple[int, ...]:
        return BATCHES[:1] if self.quick else BATCHES

    @property
    def training_batches(self) -> tuple[int, ...]:
        """Sixteen rows of the largest models take a CPU minutes a round."""
        return BATCHES[:1] if self.device == "cpu" and self.size == "124m" else self.batches

    @property
    def time(self) -> int:
        """Tokens of a row in training."""
        return 64 if self.quick else 1024 if self.device == "cuda" and self.size == "124m" else 256

    @property
    def dtype(self) -> torch.dtype:
        return torch.bfloat16 if self.bfloat16 else torch.float32


# --- speed ------------------------------------------------------------------------------------------------------------


def measure(race: Race) -> dict[str, Any]:
    """Everything about one size: tokens a second, bytes, and fractions of what the machine reaches."""
    size = race.models
    _memory(dataclasses.replace(race, size="nano", quick=True), CORE)  # libraries make room for themselves once
    machine = [_machine(race)]
    memory = {name: _memory(race, name) for name in NAMES}
    models = {name: make(name, size, seed=race.seed) for name in NAMES}
    training = {batch: _train(race, models, batch) for batch in race.training_batches}
    for model in models.values():
        model.eval().to(race.dtype)
    decoding = {batch: _decode(race, models, batch) for batch in race.batches}
    machine.append(_machine(race))
    peak, bandwidth = (max(each[what] for each in machine) for what in ("peak", "bandwidth"))
    promised = peak_flops(torch.device(race.device), bfloat16=race.bfloat16)
    found = {
        "size": {"name": race.size, **dataclasses.asdict(size), "time": race.time, "prompt": PROMPT},
        "parameters": {name: sum(weight.numel() for weight in model.parameters()) for name, model in models.items()},
        "machine": {"peak_flops": peak, "promised_flops": promised, "bandwidth": bandwidth},
        "training": [
            _told_training(race, models, memory, batch, speeds, promised or peak) for batch, speeds in training.items()
        ],
        "decoding": [
            _told_decoding(models, memory, batch, turns, bandwidth, race.seed) for batch, turns in decoding.items()
        ],
        "left_out": [
            {"what": f"training {race.size} at batch {batch}", "why": "minutes a round on a CPU"}
            for batch in race.batches
            if batch not in race.training_batches
        ],
    }
    return found | {"bars": bars(race, models, found)}


def _machine(race: Race) -> dict[str, float]:
    """What products and memory reach right now; the memory with as many bytes as the core's weights have."""
    weights = bytes_per_token(make(CORE, race.models, seed=race.seed).to(race.dtype))  # type: ignore[arg-type]
    return {
        "peak": measured_peak(race.device, race.dtype, size=512 if race.quick else 2048),
        "bandwidth": read_bandwidth(race.device, mebibytes=-(-weights // 2**20)),
    }


def _memory(race: Race, name: str) -> dict[str, dict[int, int | None]]:
    """Peak bytes of training and of writing, weights included, by batch."""
    found: dict[str, dict[int, int | None]] = {"training": {}, "decoding": {}}
    for batch in race.training_batches:
        with PeakMemory(race.device) as peak:
            _train(race, {name: make(name, race.models, seed=race.seed)}, batch, rounds=1)
        found["training"][batch] = peak.bytes
    for batch in race.batches:
        with PeakMemory(race.device) as peak:
            model = make(name, race.models, seed=race.seed).eval().to(race.device, race.dtype)
            _turn(model, _prompt(race, batch), race.models.tokens)
            del model
        found["decoding"][batch] = peak.bytes
    return found


def _train(
    race: Race, models: Mapping[str, PreTrainedModel], batch: int, *, rounds: int | None = None
) -> dict[str, list[float]]:
    """Tokens a second of each model's training step in each round."""
    for model in models.values():
        model.config.use_cache = False
    found = interleaved_training(
        models,
        batch=batch,
        time=race.time,
        vocabulary=race.models.vocabulary,
        rounds=rounds or race.models.rounds,
        bfloat16=race.bfloat16,
        device=race.device,
        seed=race.seed,
        compile=race.compile,
    )
    for model in models.values():
        model.config.use_cache = True
    return found


def _decode(race: Race, models: Mapping[str, PreTrainedModel], batch: int) -> dict[str, list[list[float]]]:
    """Seconds to each token of each turn, counted from the call: `[name][round][token]`."""
    prompt, tokens = _prompt(race, batch), race.models.tokens
    for model in models.values():
        _turn(model, prompt, tokens)  # first calls choose kernels
    order = np.random.default_rng(race.seed)
    found: dict[str, list[list[float]]] = {name: [] for name in models}
    for _ in range(race.models.rounds):
        for name in order.permutation(list(models)):
            found[str(name)].append(_turn(models[str(name)], prompt, tokens))
    return found


def _prompt(race: Race, batch: int) -> Tensor:
    generator = torch.Generator().manual_seed(race.seed)
    return torch.randint(race.models.vocabulary, (batch, PROMPT), generator=generator).to(race.device)


def _turn(model: PreTrainedModel, prompt: Tensor, tokens: int) -> list[float]:
    """Seconds from the call to each token in turn, the best guess each time, brought to the CPU as if shown."""
    clock = _Clock()
    if isinstance(model, GPT):
        for token in stream(model, prompt, max_new_tokens=tokens):
            clock.put(token.cpu())
        return clock.seconds
    with torch.no_grad():
        model.generate(  # type: ignore[operator]
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=tokens,
            do_sample=False,
            pad_token_id=0,
            streamer=clock,
        )
    return clock.seconds[1:]  # the first that `generate` hands out is the prompt


class _Clock(BaseStreamer):
    """When did each token come, in seconds since this was made?"""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.seconds: list[float] = []

    def put(self, value: Tensor) -> None:
        """A token of each row, on the CPU."""
        self.seconds.append(time.perf_counter() - self._began)

    def end(self) -> None:
        """Nothing is held back."""


# --- figures ----------------------------------------------------------------------------------------------------------


def ratio(ours: Sequence[float], theirs: Sequence[float], *, seed: int) -> dict[str, float]:
    """Median of the ratios of paired rounds, with its 95% interval from resampled rounds (the bootstrap).

    :param ours, theirs: a speed of each round.
    """
    pairs = np.asarray(ours) / np.asarray(theirs)
    draws = np.random.default_rng(seed).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    low, high = np.percentile(np.median(pairs[draws], axis=1), (2.5, 97.5)).tolist()
    return {"median": float(np.median(pairs)), "low": low, "high": high, "rounds": len(pairs)}


def _ratios(speeds: Mapping[str, Sequence[float]], seed: int) -> list[dict[str, Any]]:
    return [
        {"model": ours, "against": theirs, **ratio(speeds[ours], speeds[theirs], seed=seed)} for ours, theirs in PAIRS
    ]


def _told_training(
    race: Race,
    models: Mapping[str, PreTrainedModel],
    memory: Mapping[str, Mapping[str, Mapping[int, int | None]]],
    batch: int,
    speeds: Mapping[str, Sequence[float]],
    peak: float,
) -> dict[str, Any]:
    arms = {}
    for name, found in speeds.items():
        counted = cast(TrainingFlops, TrainingFlops.of(models[name]))
        speed, flops = statistics.median(found), counted.a_token(race.time)
        arms[name] = {
            "tokens_per_second": speed,
            "peak_bytes": memory[name]["training"][batch],
            "flops_per_token": flops,
            "of_peak": speed * flops / peak,
        }
    return {"batch": batch, "arms": arms, "ratios": _ratios(speeds, race.seed)}


def _told_decoding(
    models: Mapping[str, PreTrainedModel],
    memory: Mapping[str, Mapping[str, Mapping[int, int | None]]],
    batch: int,
    turns: Mapping[str, Sequence[Sequence[float]]],
    bandwidth: float,
    seed: int,
) -> dict[str, Any]:
    """Of the whole call, and of the steps after its first token, which also reads the prompt."""
    calls = {name: [batch * len(turn) / turn[-1] for turn in rounds] for name, rounds in turns.items()}
    steps = {
        name: [batch / statistics.median(np.diff(turn).tolist()) for turn in rounds] for name, rounds in turns.items()
    }
    arms = {}
    for name, model in models.items():
        step = statistics.median(steps[name])
        weights = bytes_per_token(model)  # type: ignore[arg-type]
        bound = batch * bandwidth / weights
        arms[name] = {
            "tokens_per_second": statistics.median(calls[name]),
            "step_tokens_per_second": step,
            "first_token_seconds": statistics.median(turn[0] for turn in turns[name]),
            "peak_bytes": memory[name]["decoding"][batch],
            "weight_bytes_per_step": weights,
            "bound_tokens_per_second": bound,
            "of_bound": step / bound,
        }
    return {"batch": batch, "arms": arms, "ratios": _ratios(calls, seed), "ratios_of_steps": _ratios(steps, seed)}


# --- bars -------------------------------------------------------------------------------------------------------------


def bars(race: Race, models: Mapping[str, PreTrainedModel], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was to be reached, what the house form did reach, and of what was missed the profile."""
    size, kind = race.size, race.device
    trained, written = found["training"][-1], found["decoding"][0]
    wanted = [("training, times GPT-2", TRAINING_BAR, trained, trained["ratios"][0]["median"])]
    peak = "measured" if found["machine"]["promised_flops"] is None else "promised"
    for wanted_of, what, row, reached in (
        (MFU_BARS, f"training, of the {peak} FLOP/s", trained, trained["arms"][CORE]["of_peak"]),
        (DECODING_BARS, "writing, times generate on GPT-2", written, written["ratios"][0]["median"]),
        (BOUND_BARS, "writing, of the memory's bound", written, written["arms"][CORE]["of_bound"]),
    ):
        if size in wanted_of[kind]:
            wanted.append((what, wanted_of[kind][size], row, reached))
    told = []
    for what, bar, row, reached in wanted:
        line = {"what": what, "batch": row["batch"], "bar": bar, "reached": reached, "met": reached >= bar}
        if not line["met"]:
            line |= _why(race, models, row, training=what.startswith("training"))
        told.append(line)
    return told


def _why(
    race: Race, models: Mapping[str, PreTrainedModel], row: Mapping[str, Any], *, training: bool
) -> dict[str, Any]:
    """Profiles of the core and of GPT-2, and the ratio if the core did nothing but products and attention."""

    def work(model: PreTrainedModel) -> None:
        if training:
            _train(race, {"profiled": model.float()}, row["batch"], rounds=1)
        else:
            _turn(model.eval().to(race.dtype), _prompt(race, row["batch"]), race.models.tokens)

    profiles = {name: profiled(partial(work, models[name]), device=race.device) for name in (CORE, GPT2)}
    bare = profiles[CORE]["products"] + profiles[CORE]["attention"]
    return {"profiles": profiles, "ratio_if_only_products_and_attention": row["ratios"][0]["median"] / bare}


def main() -> None:
    """Measure one size and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=list(SIZES))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    found = measure(
        Race(
            size=options.size,
            device=options.device,
            bfloat16=options.precision == "bfloat16",
            seed=options.seed,
            quick=options.quick,
            compile=options.compile,
        )
    )
    found["threads"] = torch.get_num_threads()
    if options.device == "cuda":
        found["gpu"] = torch.cuda.get_device_name()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
