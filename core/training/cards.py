"""What must a reader know before using a house model? Its card: data, recipe, numbers, versions."""

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
from core.text.corpora import Corpus
from core.text.synthetic import repeated_sequences
from core.training import evaluate

Split = tuple[tuple[str, ...], tuple[str, ...]]


def write(
    folder: Path,
    model: GPT,
    tokenizer: PreTrainedTokenizerFast,
    recipe: Mapping[str, Any],
    data: Mapping[str, Corpus],
    split: Mapping[str, Split],
    ids: Mapping[str, Tensor],
) -> None:
    """Measure the finished model on the held-out documents and write `card.json` and `README.md`."""
    config = model.config
    time = config.max_position_embeddings
    last = json.loads((folder / "train_log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    facts = {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "vocabulary": config.vocab_size,
        "context": time,
        "trained_tokens": last["tokens"],
        "trained": datetime.now(UTC).date().isoformat(),
        "commit": None,
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
                "documents": len(corpus.documents),
                "held_out_documents": len(split[kind][1]),
                "training_tokens": len(ids[kind]),
                "python": corpus.python,
                "sha256": corpus.sha256,
            }
            for kind, corpus in data.items()
        },
        "held_out": {
            kind: asdict(evaluate.held_out(model, tokenizer, kept, time=time)) for kind, (_, kept) in split.items()
        },
        # A tenth of what it did see: the gap between the two says how much it knows by heart.
        "seen": {
            kind: asdict(evaluate.held_out(model, tokenizer, seen[::10], time=time))
            for kind, (seen, _) in split.items()
        },
        "copying": copying(model, time=time),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "transformers", "tokenizers", "safetensors")},
    }
    (folder / "card.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(render(facts), encoding="utf-8")


@torch.no_grad()
def copying(model: GPT, *, time: int, rows: int = 64, seed: int = 2**31) -> float:
    """How often the model's best guess is right where a random piece repeats: from 0 to 1, chance is 1 / vocabulary."""
    ids, periods = repeated_sequences(batch=rows, time=time, vocabulary=range(2, model.config.vocab_size), seed=seed)
    guesses = model(input_ids=ids, use_cache=False).logits[:, :-1].argmax(-1)
    # The first repeated token cannot be told before the repetition has begun.
    known = torch.arange(1, time) > periods[:, None]
    return float((guesses == ids[:, 1:])[known].float().mean())


def _epochs(facts: Mapping[str, Any], kind: str) -> float:
    rows = facts["recipe"]["rows"]
    return facts["trained_tokens"] * rows.get(kind, 0) / sum(rows.values()) / facts["data"][kind]["training_tokens"]


def render(facts: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    recipe, model = facts["recipe"], facts["model"]
    total = sum(recipe["rows"].values())
    data = "\n".join(
        f"| {kind} | {part['documents']} ({part['held_out_documents']} held out) | {part['training_tokens']:,} "
        f"| {recipe['rows'].get(kind, 0) / total:.1%} | {part['python']} | `{part['sha256'][:16]}…` |"
        for kind, part in facts["data"].items()
    )
    measured = "\n".join(
        f"| {kind} | {part['nats_per_token']:.3f} | {part['perplexity']:.1f} | {part['bits_per_byte']:.3f} "
        f"| {part['tokens']:,} | {facts['seen'][kind]['nats_per_token']:.3f} |"
        for kind, part in facts["held_out"].items()
    )
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return f"""# {recipe["name"]}: a GPT with {facts["parameters"] / 1e6:.2f} million parameters

For experiments and for learning, in English prose and Python code. It writes what looks like documentation and code
and knows nothing; do not use it for anything else.

**Model.** {model["layers"]} layers of width {model["width"]}, {model["heads"]} heads ({model["key_value_heads"]} for
keys and values), feed-forward {model["feed_forward"]} ({model["activation"]}), {model["position"]} positions,
{model["norm"]} norm, {"tied" if model["tied"] else "untied"} embeddings, context {facts["context"]} tokens, vocabulary
{facts["vocabulary"]:,} (byte-level BPE, digits stand alone). Stored as bfloat16.

**Data.** What the Python below ships: the language reference and docstrings as prose, the standard library as code.
A module that is held out is held out of both.

| kind | documents | training tokens | share of a batch | Python | SHA-256 |
| --- | --- | --- | --- | --- | --- |
{data}
| repeated | synthetic | made as needed | {recipe["rows"].get("repeated", 0) / total:.1%} | | |

The repeated rows are random tokens, repeated with a random period, so that induction heads can form: that skill was
trained on purpose.

**Recipe.** {recipe["steps"]:,} steps of {total} × {facts["context"]} tokens, {facts["trained_tokens"]:,} in all; AdamW,
peak rate {recipe["learning_rate"]:g}, {recipe["warmup"]} steps of warm-up, cosine to a tenth, weight decay
{recipe["weight_decay"]:g}, gradients clipped to 1, {"bfloat16 autocast" if recipe["bfloat16"] else "float32"}, seed
{recipe["seed"]}. Each training token of prose was read about {_epochs(facts, "prose"):.0f} times, of code about
{_epochs(facts, "code"):.0f} times. `train_log.jsonl` has the curve;
`python -m app train {recipe["name"]}` makes the model again.

**Held out.**

| kind | loss, nats a token | perplexity | bits a byte | tokens | loss on documents it has seen |
| --- | --- | --- | --- | --- | --- |
{measured}

Where a random piece repeats, the best guess is right in {facts["copying"]:.1%} of the tokens.

Trained on {facts["trained"]} with {versions}; commit {facts["commit"] or "not recorded"}.
`card.json` has the same facts.
"""
