"""How were the models that ship with the project made? Each recipe is data; one function follows it and can be resumed.

A folder in the making holds a checkpoint and a log; a finished one holds weights, config, tokenizer, log and card.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.gpt import checkpoints
from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text import corpora
from core.text.batches import random_batches
from core.text.synthetic import repeated_sequences
from core.text.tokenizer import encode_documents, train_tokenizer
from core.training import cards, checkpoint
from core.training.train import StepRecord, train

LOG = "train_log.jsonl"
SPECIAL = 2  # END and PAD are the first ids


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that makes a house model, besides the Python whose texts it reads.

    :param model: keyword arguments of `GPTConfig`; `max_position_embeddings` is also the length of a row.
    :param rows: rows a batch of each kind: "prose", "code" and "repeated" (random pieces, repeated in the row).
    :param held_out: fraction of the documents that the model never sees.
    :param log_every: the finished log keeps one step in so many.
    """

    name: str
    model: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    steps: int
    learning_rate: float
    warmup: int
    weight_decay: float = 0.1
    bfloat16: bool = True
    seed: int = 0
    held_out: float = 0.1
    save_every: int = 100
    log_every: int = 20


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="nano",
            model={
                "vocab_size": 2048,
                "hidden_size": 128,
                "intermediate_size": 384,
                "num_hidden_layers": 4,
                "num_attention_heads": 4,
                "max_position_embeddings": 256,
            },
            rows={"prose": 12, "code": 16, "repeated": 4},
            steps=3000,
            learning_rate=3e-3,
            warmup=150,
        ),
    )
}


def train_house_model(name: str, folder: Path, *, resume: bool = True) -> Iterator[StepRecord]:
    """Make the house model `name` in `folder`; yields after each step, and writes the model after the last.

    :param resume: go on from an interrupted run in `folder`; False starts again.
    :raises ValueError: there is no such recipe.
    :raises core.training.checkpoint.CannotResume: what is in `folder` was made by another recipe.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no house model {name!r}; choose one of {', '.join(RECIPES)}")
    yield from follow(RECIPES[name], folder, resume=resume)


def follow(recipe: Recipe, folder: Path, *, resume: bool = True) -> Iterator[StepRecord]:
    """Train the model of `recipe` in `folder` and write everything that ships. See `train_house_model`."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"prose": corpora.prose(), "code": corpora.code()}
    split = {kind: corpus.split(recipe.held_out) for kind, corpus in data.items()}
    tokenizer = train_tokenizer(
        [text for train_part, _ in split.values() for text in train_part],
        vocab_size=recipe.model["vocab_size"],
        context=recipe.model["max_position_embeddings"],
    )
    torch.manual_seed(recipe.seed)
    ends = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    model = GPT(GPTConfig(**recipe.model, **ends, pad_token_id=tokenizer.pad_token_id))
    ids = {kind: encode_documents(tokenizer, train_part) for kind, (train_part, _) in split.items()}

    log = folder / LOG
    kept = _kept_log(log) if resume and checkpoint.exists(folder) else []
    with log.open("w", encoding="utf-8") as stream:
        stream.writelines(kept)
        for record in train(
            model,
            mixed_batches(ids, recipe),
            steps=recipe.steps,
            learning_rate=recipe.learning_rate,
            warmup=recipe.warmup,
            weight_decay=recipe.weight_decay,
            bfloat16=recipe.bfloat16,
            seed=recipe.seed,
            folder=folder,
            save_every=recipe.save_every,
            resume=resume,
        ):
            stream.write(json.dumps(asdict(record)) + "\n")
            stream.flush()
            yield record

    checkpoints.save(model, folder, dtype=torch.bfloat16)
    tokenizer.save_pretrained(folder)
    log.write_text("".join(_thinned(_kept_log(log), recipe)), encoding="utf-8")
    # What is measured is what ships: the rounded weights, read back.
    cards.write(folder, checkpoints.load(folder), tokenizer, asdict(recipe), data, split, ids)
    (folder / checkpoint.NAME).unlink()


def mixed_batches(ids: Mapping[str, Tensor], recipe: Recipe) -> Iterator[Tensor]:
    """Batches in which each kind has its rows: windows of `ids` (tokens,), and repeated random pieces."""
    time, rows = recipe.model["max_position_embeddings"], recipe.rows
    windows = [
        random_batches(row, batch=rows[kind], time=time, seed=recipe.seed + place)
        for place, (kind, row) in enumerate(ids.items())
        if rows.get(kind)
    ]
    vocabulary = range(SPECIAL, recipe.model["vocab_size"])
    step = 0
    while True:
        parts = [next(kind) for kind in windows]
        if rows.get("repeated"):
            seed = recipe.seed + 1_000_003 * (step + 1)
            parts.append(repeated_sequences(batch=rows["repeated"], time=time, vocabulary=vocabulary, seed=seed)[0])
        step += 1
        yield torch.cat(parts)


def _kept_log(log: Path) -> list[str]:
    """The lines of a log that are whole; a kill may have cut the last."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.is_file() else []
    return [line for line in lines if line.endswith("}\n")]


def _thinned(lines: list[str], recipe: Recipe) -> Iterator[str]:
    """One step in `log_every`, the first and the last."""
    by_step = {json.loads(line)["step"]: line for line in lines}
    for step, line in sorted(by_step.items()):
        if step % recipe.log_every == 0 or step in (1, recipe.steps):
            yield line
