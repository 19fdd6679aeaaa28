"""How does a linear model learn to rely on many phrases instead of a few?

From papers in which a part of the phrases is missing, another part each time it reads them (dropout on the input:
Srivastava et al. 2014; for linear models Wager, Wang and Liang 2013). Needs torch, which tagging does not. What is
missing and in which order papers are read comes from a fixed seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.papers.lens.fit_quality import Known

MISSING = 0.3  # share of a paper's phrases that is missing at each reading
EPOCHS, BATCH = 6, 128
RATE = 0.02  # the greatest learning rate of a one-cycle schedule (Smith and Topin 2018)
DECAY = 1e-5


def harden(
    rows: Any, labels: Known, weight: np.ndarray, start: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (columns, stages) and intercept (stages,) of yes-no fits for each stage.

    :param rows: sparse (papers, columns).
    :param weight: of each paper.
    :param start: weights and intercept to begin with; zeros where left out.
    """
    import torch
    from torch.nn import functional

    papers, columns = rows.shape
    stages = labels.held.shape[1]
    first = start or (np.zeros((columns, stages)), np.zeros(stages))
    table, intercept = (torch.tensor(each, dtype=torch.float32, requires_grad=True) for each in first)
    held = torch.from_numpy(labels.held.astype(np.float32))
    heavy = torch.from_numpy((labels.counts * weight[:, None]).astype(np.float32))
    optimizer = torch.optim.AdamW([table, intercept], lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-papers // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    chance = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = chance.permutation(papers)
        for begin in range(0, papers, BATCH):
            chosen = order[begin : begin + BATCH]
            some = rows[chosen]
            there = (chance.random(some.nnz) >= MISSING) / (1 - MISSING)
            said = intercept + functional.embedding_bag(
                torch.from_numpy(some.indices.astype(np.int64)),
                table,
                torch.from_numpy(some.indptr[:-1].astype(np.int64)),
                mode="sum",
                per_sample_weights=torch.from_numpy((some.data * there).astype(np.float32)),
            )
            loss = functional.binary_cross_entropy_with_logits(said, held[chosen], heavy[chosen], reduction="sum")
            optimizer.zero_grad()
            (loss / len(chosen)).backward()
            optimizer.step()
            schedule.step()
    return table.detach().numpy().astype(float), intercept.detach().numpy().astype(float)
