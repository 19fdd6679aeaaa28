"""How does a recipe become a model? One function follows it, and goes on where it was stopped.

At the end of each phase the model is written as it ships, and the next phase begins from what was written, with fresh
moments: so a long training can stop there, and go on from the shipped files on another machine with the same Python,
whose texts it reads. Within a phase a checkpoint is kept.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from core.gpt.config import GPTConfig
from core.gpt.loading import checkpoints
from core.gpt.model import GPT
from core.replacing import put
from core.text.batches import random_batches, sequential_batches
from core.text.mixture import Part, first_characters, part
from core.text.synthetic import repeated_sequences
from core.text.tokenizer import encode_documents, train_tokenizer
from core.training import begun, cards, checkpoint, evaluate
from core.training.parallel import Processes
from core.training.recipes import RECIPES, REPEATED, Recipe
from core.training.train import StepRecord, train

SPECIAL = 2  # END and PAD are the first ids
LOOKED_AT = 8192  # held-out tokens of each kind, at a look on the way


class Trained(ValueError):
    """There is nothing left to do."""


def train_house_model(
    name: str,
    folder: Path,
    *,
    resume: bool = True,
    commit: str | None = None,
    device: str = "cpu",
    processes: Processes | None = None,
) -> Iterator[StepRecord]:
    """Make the house model `name` in `folder`; yields after each step, and writes the model after each phase.

    :param resume: go on from what stands in `folder`; False starts again.
    :param commit: of the code that trains, for the card.
    :param device: "cpu" or "cuda", for one process.
    :param processes: those that train together; only the first yields and writes.
    :raises ValueError: there is no such recipe.
    :raises Trained: the model in `folder` is finished.
    :raises core.training.checkpoint.CannotResume: what is in `folder` was made by another recipe or on other texts.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no house model {name!r}; choose one of {', '.join(RECIPES)}")
    yield from follow(RECIPES[name], folder, resume=resume, commit=commit, device=device, processes=processes)


def follow(
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = True,
    commit: str | None = None,
    device: str = "cpu",
    processes: Processes | None = None,
) -> Iterator[StepRecord]:
    """Train the model of `recipe` in `folder` and write everything that ships. See `train_house_model`."""
    processes = processes or Processes()
    folder.mkdir(parents=True, exist_ok=True)
    done = _phases_done(recipe, folder) if resume else 0
    if processes.first:
        _clear(recipe, folder, done, resume=resume)
    processes.wait()
    if done == len(recipe.phases):
        raise Trained(f"{folder}: {recipe.name} has been trained to the end; --restart makes it anew")
    material = _material(recipe)
    if done or checkpoint.exists(folder):
        begun.check(folder, material.parts, material.tokenizer)
    elif processes.first:
        begun.write(folder, material.parts, material.tokenizer)
    for number, phase in enumerate(recipe.phases):
        if number < done:
            continue
        model = checkpoints.load(folder) if number else _fresh(recipe, material.tokenizer)
        nn.Module.to(model, processes.device or device)
        steps = train(
            model,
            mixed_batches(material.ids, recipe, seed=_seed(recipe, number)),
            steps=phase.steps,
            learning_rate=phase.learning_rate,
            warmup=phase.warmup,
            final_fraction=phase.final_fraction,
            weight_decay=recipe.weight_decay,
            bfloat16=phase.bfloat16,
            device=device,
            processes=processes,
            seed=_seed(recipe, number),
            folder=folder,
            save_every=recipe.save_every,
            resume=True,
        )
        if processes.first:
            yield from _logged(steps, recipe, number, model, material, folder)
            _ship(recipe, number, model, material, folder, commit=commit)
        else:
            deque(steps, maxlen=0)
        # The next phase begins from what the first process has written.
        processes.wait()


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What a recipe reads.

    :param ids: training tokens of each kind.
    :param looked_at: held-out tokens of each kind.
    """

    tokenizer: PreTrainedTokenizerFast
    parts: Mapping[str, Part]
    ids: Mapping[str, Tensor]
    looked_at: Mapping[str, Tensor]


def _material(recipe: Recipe) -> _Material:
    parts = {
        kind: part(kind, held_out=recipe.held_out, characters=recipe.characters, seed=recipe.seed)
        for kind, rows in recipe.rows.items()
        if rows and kind != REPEATED
    }
    tokenizer = _tokenizer(recipe, parts)
    return _Material(
        tokenizer=tokenizer,
        parts=parts,
        ids={kind: encode_documents(tokenizer, found.train) for kind, found in parts.items()},
        looked_at={kind: encode_documents(tokenizer, found.held_out)[:LOOKED_AT] for kind, found in parts.items()},
    )


def _logged(
    steps: Iterator[StepRecord],
    recipe: Recipe,
    number: int,
    model: GPT,
    material: _Material,
    folder: Path,
) -> Iterator[StepRecord]:
    """The steps of a phase, counted from the first phase on and logged, with looks at the held-out texts."""
    before = sum(earlier.steps for earlier in recipe.phases[:number])
    time = recipe.model["max_position_embeddings"]
    tokens_before = before * sum(recipe.rows.values()) * time
    log = folder / cards.LOG

    def counted(step: StepRecord) -> StepRecord:
        return replace(step, step=before + step.step, tokens=tokens_before + step.tokens)

    def line(step: StepRecord) -> str:
        told = asdict(counted(step))
        if step.step % recipe.look_every == 0 or step.step == recipe.phases[number].steps:
            told["held_out"] = {
                kind: evaluate.loss(model, sequential_batches(row, batch=16, time=time))
                for kind, row in material.looked_at.items()
            }
        return json.dumps(told) + "\n"

    going_on = checkpoint.exists(folder)
    kept = _kept_log(log) if number or going_on else []
    if going_on and (last := checkpoint.record_of(folder)) is not None:
        step = StepRecord(**last)
        # A kill during the look at the held-out texts comes after the checkpoint and before the line.
        if before + step.step not in {json.loads(each)["step"] for each in kept}:
            checkpoint.restore_weights(folder, model=model)
            kept.append(line(step))
    put(log, "".join(kept))
    with log.open("a", encoding="utf-8") as stream:
        for step in steps:
            stream.write(line(step))
            stream.flush()
            yield counted(step)


def _ship(recipe: Recipe, number: int, model: GPT, material: _Material, folder: Path, *, commit: str | None) -> None:
    """Write the model as it ships, with its card, and do away with the checkpoint of the phase."""
    checkpoints.save(model, folder, dtype=torch.bfloat16)
    material.tokenizer.save_pretrained(folder)
    log = folder / cards.LOG
    put(log, "".join(_thinned(_kept_log(log), recipe)))
    cards.write(
        folder,
        # What is measured is what ships: the rounded weights, read back.
        checkpoints.load(folder),
        material.tokenizer,
        recipe.as_json(),
        material.parts,
        material.ids,
        phases_done=number + 1,
        commit=commit,
        device=model.device,
    )
    (folder / begun.NAME).unlink(missing_ok=True)
    (folder / checkpoint.NAME).unlink()


def _clear(recipe: Recipe, folder: Path, done: int, *, resume: bool) -> None:
    """Do away with what is not to be gone on from: everything, or what a kill left of a phase that has shipped."""
    if not resume:
        for name in (checkpoint.NAME, cards.FACTS, cards.LOG, begun.NAME):
            (folder / name).unlink(missing_ok=True)
    elif done:
        (folder / begun.NAME).unlink(missing_ok=True)
        earlier = {_seed(recipe, number) for number in range(done)}
        if checkpoint.exists(folder) and checkpoint.recipe_of(folder).get("seed") in earlier:
            (folder / checkpoint.NAME).unlink()


def _seed(recipe: Recipe, number: int) -> int:
    """Other draws in every phase."""
    return recipe.seed + 7919 * number


def mixed_batches(ids: Mapping[str, Tensor], recipe: Recipe, *, seed: int) -> Iterator[Tensor]:
    """Batches in which each kind has its rows: windows of `ids` (tokens,), and repeated random pieces."""
    time, rows = recipe.model["max_position_embeddings"], recipe.rows
    windows = [
        random_batches(row, batch=rows[kind], time=time, seed=seed + place)
        for place, (kind, row) in enumerate(ids.items())
        if rows.get(kind)
    ]
    vocabulary = range(SPECIAL, recipe.model["vocab_size"])
    step = 0
    while True:
        parts = [next(kind) for kind in windows]
        if rows.get(REPEATED):
            drawn = seed + 1_000_003 * (step + 1)
            parts.append(repeated_sequences(batch=rows[REPEATED], time=time, vocabulary=vocabulary, seed=drawn)[0])
        step += 1
        yield torch.cat(parts)


def _tokenizer(recipe: Recipe, parts: Mapping[str, Part]) -> PreTrainedTokenizerFast:
    """Trained on all real text and a little of each task, whose few words would otherwise take many ids."""
    texts = (
        found.train if found.chance is None else first_characters(found.train, recipe.tokenizer_characters)
        for found in parts.values()
    )
    return train_tokenizer(
        chain.from_iterable(texts),
        vocab_size=recipe.model["vocab_size"],
        context=recipe.model["max_position_embeddings"],
    )


def _fresh(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> GPT:
    torch.manual_seed(recipe.seed)
    ends = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    return GPT(GPTConfig(**recipe.model, **ends, pad_token_id=tokenizer.pad_token_id))


def _phases_done(recipe: Recipe, folder: Path) -> int:
    """How many phases of `recipe` stand finished in `folder`."""
    path = folder / cards.FACTS
    if not path.is_file():
        return 0
    facts = json.loads(path.read_text(encoding="utf-8"))
    done = int(facts["phases_done"])
    # Phases that are still to come may have been changed or added.
    stood, stands = ({**made, "phases": made["phases"][:done]} for made in (facts["recipe"], recipe.as_json()))
    if stood != stands:
        raise checkpoint.CannotResume(f"{path} tells of another recipe; --restart makes the model anew")
    return done


def _kept_log(log: Path) -> list[str]:
    """The lines of a log that are whole; a kill may have cut the last."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.is_file() else []
    return [line for line in lines if line.endswith("}\n")]


def _thinned(lines: list[str], recipe: Recipe) -> Iterator[str]:
    """One step in `log_every`, the first and the last, and those with a look at the held-out texts."""
    by_step = {json.loads(line)["step"]: line for line in lines}
    for step, line in sorted(by_step.items()):
        if step % recipe.log_every == 0 or step in (1, recipe.steps) or "held_out" in json.loads(line):
            yield line
