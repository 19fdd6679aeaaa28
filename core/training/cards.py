"""What must a reader know before using a house model? Its card: data, recipe, curve, numbers, versions."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.gpt.model import GPT
from core.registry import discover
from core.replacing import put
from core.text.mixture import Part
from core.text.synthetic import repeated_sequences
from core.training import evaluate

FACTS = "card.json"
TEXT = "README.md"
LOG = "train_log.jsonl"


def write(
    folder: Path,
    model: GPT,
    tokenizer: PreTrainedTokenizerFast,
    recipe: Mapping[str, Any],
    parts: Mapping[str, Part],
    ids: Mapping[str, Tensor],
    *,
    phases_done: int,
    commit: str | None,
    device: torch.device,
) -> None:
    """Measure the model on what was held out and write `card.json` and `README.md`.

    :param ids: the training tokens of each kind.
    :param device: that it was trained on.
    """
    config = model.config
    time = config.max_position_embeddings
    a_step = sum(recipe["rows"].values()) * time
    log = [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    facts = {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "vocabulary": config.vocab_size,
        "context": time,
        "trained_tokens": sum(phase["steps"] for phase in recipe["phases"][:phases_done]) * a_step,
        "phases_done": phases_done,
        "trained": datetime.now(UTC).date().isoformat(),
        "commit": commit,
        "device": _named(device),
        "model": {
            "layers": config.num_hidden_layers,
            "width": config.hidden_size,
            "heads": config.num_attention_heads,
            "key_value_heads": config.num_key_value_heads,
            "feed_forward": config.intermediate_size,
            "position": config.position,
            "norm": config.norm,
            "activation": config.activation,
            "tied": config.tie_word_embeddings,
        },
        "recipe": dict(recipe),
        "data": {
            kind: {
                "origin": found.origin,
                "documents": len(found.train) + (len(found.held_out) if found.chance is None else 0),
                "held_out_documents": len(found.held_out),
                "training_tokens": len(ids[kind]),
                "sha256": found.sha256,
            }
            for kind, found in parts.items()
        },
        "held_out": {
            kind: asdict(evaluate.held_out(model, tokenizer, found.held_out, time=time))
            for kind, found in parts.items()
        },
        # A part of what it did see: the gap between the two says how much it knows by heart.
        "seen": {
            kind: asdict(evaluate.held_out(model, tokenizer, _some(found.train), time=time))
            for kind, found in parts.items()
        },
        "tasks": {
            kind: {
                "accuracy": evaluate.answered(model, tokenizer, found.questions),
                "chance": found.chance,
                "questions": len(found.questions),
            }
            for kind, found in parts.items()
            if found.questions
        },
        "copying": copying(model, time=time),
        "curve": [
            {"tokens": line["tokens"], "held_out": line["held_out"]} for line in log if line.get("held_out") is not None
        ],
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "transformers", "tokenizers", "safetensors")},
    }
    # The card last: with it the phase counts as done.
    put(folder / TEXT, render(facts))
    put(folder / FACTS, json.dumps(facts, indent=1) + "\n")


def _some(documents: tuple[str, ...]) -> tuple[str, ...]:
    """A tenth of the documents, of very many 200."""
    return documents[:: max(10, len(documents) // 200)]


def _named(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine() + " CPU"


@torch.no_grad()
def copying(model: GPT, *, time: int, rows: int = 64, seed: int = 2**31) -> float:
    """How often the model's best guess is right where a random piece repeats: from 0 to 1, chance is 1 / vocabulary."""
    ids, periods = repeated_sequences(batch=rows, time=time, vocabulary=range(2, model.config.vocab_size), seed=seed)
    guesses = model(input_ids=ids, use_cache=False).logits[:, :-1].argmax(-1)
    # The first repeated token cannot be told before the repetition has begun.
    known = torch.arange(1, time) > periods[:, None]
    return float((guesses == ids[:, 1:])[known].float().mean())


def render(facts: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    model, recipe = facts["model"], facts["recipe"]
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    phases = len(recipe["phases"])
    unfinished = (
        ""
        if facts["phases_done"] == phases
        else f"\n**Not finished.** {facts['phases_done']} of {phases} phases are done; "
        f"`python -m app train {recipe['name']}` goes on.\n"
    )
    steps = sum(phase["steps"] for phase in recipe["phases"])
    return f"""# {recipe["name"]}: a GPT with {facts["parameters"] / 1e6:.2f} million parameters

For experiments and for learning. It writes what looks like documentation and code, and knows little; do not use it for
anything else.
{unfinished}
**Model.** {model["layers"]} layers of width {model["width"]}, {model["heads"]} heads ({model["key_value_heads"]} for
keys and values), feed-forward {model["feed_forward"]} ({model["activation"]}), {model["position"]} positions,
{model["norm"]} norm, {"tied" if model["tied"] else "untied"} embeddings, context {facts["context"]} tokens, vocabulary
{facts["vocabulary"]:,} (byte-level BPE, digits stand alone). Stored as bfloat16.

**Data.** Prose is the language reference and the docstrings of the standard library, code its sources; a module that is
held out is held out of both. They are what the Python named here ships: another one gives other texts.

{_data(facts)}
{_about_tasks(facts)}
The repeated rows are random tokens, repeated with a random period, so that induction heads can form: that skill was
trained on purpose.

**Recipe.** {steps:,} steps of {sum(recipe["rows"].values())} × {facts["context"]} tokens in {phases}
{"phase" if phases == 1 else "phases"}; {facts["trained_tokens"]:,} tokens seen,
{facts["trained_tokens"] / facts["parameters"]:.1f} a parameter. AdamW, weight decay
{recipe["weight_decay"]:g}, gradients clipped to 1, seed {recipe["seed"]}. `train_log.jsonl` has every
{recipe["log_every"]}th step; `python -m app train {recipe["name"]}` makes the model again.

{_phases(recipe)}

**Held out.**

{_held_out(facts)}
{_task_table(facts)}
Where a random piece repeats, the best guess is right in {facts["copying"]:.1%} of the tokens.
{_curve(facts)}
Trained on {facts["trained"]} on {facts["device"]} with {versions}; commit {facts["commit"] or "not recorded"}.
`card.json` has the same facts.
"""


def _phases(recipe: Mapping[str, Any]) -> str:
    lines = ["| phase | steps | warm-up | peak rate | falls to | arithmetic |", "| --- | --- | --- | --- | --- | --- |"]
    for number, phase in enumerate(recipe["phases"], start=1):
        lines.append(
            f"| {number} | {phase['steps']:,} | {phase['warmup']} | {phase['learning_rate']:g} "
            f"| {phase['learning_rate'] * phase['final_fraction']:.2g} "
            f"| {'bfloat16 autocast' if phase['bfloat16'] else 'float32'} |"
        )
    return "\n".join(lines)


def _data(facts: Mapping[str, Any]) -> str:
    rows = facts["recipe"]["rows"]
    total = sum(rows.values())
    lines = [
        "| kind | from | documents | training tokens | share of a batch | times read | SHA-256 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, found in facts["data"].items():
        share = rows[kind] / total
        read = facts["trained_tokens"] * share / found["training_tokens"]
        lines.append(
            f"| {kind} | {found['origin']} | {found['documents']:,} ({found['held_out_documents']} held out) "
            f"| {found['training_tokens']:,} | {share:.1%} | {read:.1f} | `{found['sha256'][:16]}…` |"
        )
    if rows.get("repeated"):
        lines.append(f"| repeated | random | | made as needed | {rows['repeated'] / total:.1%} | | |")
    return "\n".join(lines)


def _about_tasks(facts: Mapping[str, Any]) -> str:
    known = discover("core.text.tasks", "TASK")
    lines = [f"- **{kind}**: {known[kind].about.en}" for kind in facts["tasks"] if kind in known]
    return "\n".join(("", *lines, "")) if lines else ""


def _held_out(facts: Mapping[str, Any]) -> str:
    lines = [
        "| kind | loss, nats a token | perplexity | bits a byte | tokens | loss on documents it has seen |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind, found in facts["held_out"].items():
        lines.append(
            f"| {kind} | {found['nats_per_token']:.3f} | {found['perplexity']:.1f} | {found['bits_per_byte']:.3f} "
            f"| {found['tokens']:,} | {facts['seen'][kind]['nats_per_token']:.3f} |"
        )
    return "\n".join(lines)


def _task_table(facts: Mapping[str, Any]) -> str:
    if not facts["tasks"]:
        return ""
    lines = [
        "",
        "Questions that were held out, answered whole and greedily:",
        "",
        "| task | right | best blind guess | questions |",
        "| --- | --- | --- | --- |",
    ]
    for kind, found in facts["tasks"].items():
        lines.append(f"| {kind} | {found['accuracy']:.1%} | {found['chance']:.1%} | {found['questions']} |")
    return "\n".join((*lines, ""))


def _curve(facts: Mapping[str, Any]) -> str:
    """Held-out losses on the way, ten lines at most."""
    looks = facts["curve"]
    if not looks:
        return ""
    kinds = list(looks[0]["held_out"])
    chosen = looks[:: -(-len(looks) // 10)]
    if chosen[-1] is not looks[-1]:
        chosen.append(looks[-1])
    lines = [
        "",
        "On the way, nats a token on a part of the held-out texts:",
        "",
        f"| tokens | {' | '.join(kinds)} |",
        f"| --- |{' --- |' * len(kinds)}",
    ]
    for look in chosen:
        losses = " | ".join(f"{look['held_out'][kind]:.3f}" for kind in kinds)
        lines.append(f"| {look['tokens']:,} | {losses} |")
    return "\n".join((*lines, ""))
