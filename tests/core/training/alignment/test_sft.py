"""Imitation: only answers are learned from, stages are made once, and each stage goes on from the one before."""

from __future__ import annotations

from pathlib import Path

import torch

from core.checkpoints import RECIPE_FILE, FolderCache
from core.gpt.loss import IGNORED
from core.text import preferences
from core.training.alignment.sft import BASE_STAGES, SMALL, TUNED_STAGES, Schooling, batches, load_policy, stages, tune

TINY = Schooling(
    model=SMALL | {"hidden_size": 16, "intermediate_size": 32}, base_steps=8, steps=4, rows=8, base_rate=1e-2
)


def test_only_the_letters_of_answers_are_labels_and_rows_are_fresh() -> None:
    data = batches("drafts", rows=32, seed=1)
    one, other = next(data), next(data)
    assert (one["labels"][:, : preferences.PROMPT] == IGNORED).all()
    assert torch.equal(one["labels"][:, preferences.PROMPT :], one["input_ids"][:, preferences.PROMPT :])
    assert not torch.equal(one["input_ids"], other["input_ids"])
    again = next(batches("drafts", rows=32, seed=1))
    assert torch.equal(one["input_ids"], again["input_ids"])


def test_demonstrations_have_more_gold_than_drafts() -> None:
    def worth(rows: dict[str, torch.Tensor]) -> float:
        prompts, answers = rows["input_ids"].split([preferences.PROMPT, preferences.LENGTH], dim=1)
        return preferences.gold(prompts, answers).mean().item()

    drafts = worth(next(batches("drafts", rows=256, seed=2)))
    assert worth(next(batches("demonstrations", rows=256, seed=2))) > drafts + 0.5
    assert worth(next(batches("demonstrations", rows=256, seed=2, care=1))) < drafts + 0.5


def test_stages_are_made_once_and_each_goes_on_from_the_one_before(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    found = list(stages(cache, TINY))
    assert [stage.done for stage in found] == [2, 4, 6, 8, 10, 12]
    assert [stage.tuned for stage in found] == [False] * BASE_STAGES + [True] * TUNED_STAGES
    made = {path.parent.name: path.stat().st_mtime_ns for path in tmp_path.glob(f"*/{RECIPE_FILE}")}
    assert [stage.folder for stage in stages(cache, TINY)] == [stage.folder for stage in found]
    assert made == {path.parent.name: path.stat().st_mtime_ns for path in tmp_path.glob(f"*/{RECIPE_FILE}")}
    first, last = (load_policy(stage.folder).lm_head.weight for stage in (found[0], found[-1]))
    assert not torch.equal(first, last)


def test_another_seed_or_another_care_is_another_model(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    whole = [list(stages(cache, TINY))]
    whole.append(list(stages(cache, Schooling(**vars(TINY) | {"care": 9}))))
    whole.append(list(stages(cache, Schooling(**vars(TINY) | {"seed": 1}))))
    assert whole[0][BASE_STAGES - 1].folder == whole[1][BASE_STAGES - 1].folder  # care does not change the base
    assert len({run[-1].folder for run in whole}) == 3


def test_imitation_lowers_the_loss(tmp_path: Path) -> None:
    policy = load_policy(list(stages(FolderCache(tmp_path), TINY))[-1].folder)
    losses = [record.loss for record in tune(policy, "demonstrations", steps=60, learning_rate=1e-2, rows=32, seed=3)]
    assert sum(losses[-10:]) < sum(losses[:10]) - 0.5
