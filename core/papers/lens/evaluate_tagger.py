"""How good is the tagger on papers that it has not seen, beside a plain classifier and beside two readings by hand?

    python -m core.papers.lens.evaluate_tagger --labels … --texts … --blind labels/blind.csv [--out figures.json]

The list papers are parted into folds, REPEATS times over; papers of one title stay together. Weights, calibration and
thresholds that judge a paper come from the other folds alone (the last two from folds within those). A confidence is
what the app would show, the gate included. The floor, TF-IDF of words and word pairs with balanced logistic regression,
is learned and asked in the same folds. Figures of "abstract" are of papers that have one; of "title", of all papers by
their title alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.papers.lens.figures import PATH
from core.papers.lens.fit_quality import (
    STAGES,
    Known,
    apply,
    calibration_error,
    kappa,
    quality,
    reliability,
)
from core.papers.lens.fit_tagger import FOLDS, REPEATS, Basis, Lists, learn_reading, paths
from core.papers.lens.stage_model import GATED
from core.papers.lens.training_set import TrainingSet, read_training_set

VIEWS = ("abstract", "title")


@dataclass(frozen=True)
class Said:
    """What was said of every paper, in each repetition: tags, bool, and confidences, both (repeats, papers, 4)."""

    tags: np.ndarray
    confidence: np.ndarray


def judge(lists: Lists) -> dict[str, Said]:
    """What the tagger says of the list papers, by models, calibrations and thresholds that have not seen them."""
    shape = REPEATS, len(lists.examples), len(STAGES)
    found = {view: Said(np.zeros(shape, dtype=bool), np.zeros(shape)) for view in VIEWS}
    silent = lists.whole[:, [-2]].toarray() > 0  # the column of papers whose abstract speaks of no language model
    for seed in range(REPEATS):
        for train, test in lists.folds(np.arange(len(lists.examples)), seed):
            reading, model = learn_reading(lists, train, [seed]), lists.fit(train)
            for view, rows in (("abstract", lists.whole), ("title", lists.titles)):
                sure = apply(reading.calibrations[view], model.scores(rows[test]))
                if view == "abstract":
                    sure = np.where(silent[test], GATED * sure, sure)
                found[view].confidence[seed, test] = sure
                found[view].tags[seed, test] = sure >= np.array(reading.thresholds)
    return found


def floor(lists: Lists) -> dict[str, np.ndarray]:
    """What a plain classifier of each view says in the same folds: tags, bool (repeats, papers, 4)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    found = {}
    for view in VIEWS:
        texts = np.array([each.text if view == "abstract" else " ".join(each.title) for each in lists.examples])
        found[view] = np.zeros((REPEATS, len(texts), len(STAGES)), dtype=bool)
        for seed in range(REPEATS):
            for train, test in lists.folds(np.arange(len(texts)), seed):
                words = TfidfVectorizer(ngram_range=(1, 2), min_df=2)
                taught, asked = words.fit_transform(texts[train]), words.transform(texts[test])
                for place in range(len(STAGES)):
                    chosen = lists.labels.counts[train, place]
                    learner = LogisticRegression(class_weight="balanced", solver="liblinear")
                    learner.fit(taught[chosen], lists.labels.held[train[chosen], place])
                    found[view][seed, test, place] = learner.predict(asked)
    return found


def score(tags: np.ndarray, labels: Known) -> dict[str, Any]:
    """Precision, recall and F1 of each stage, means over the repetitions, and how far macro-F1 spreads over them.

    :param tags: bool (repeats, papers, 4).
    """
    runs = [[quality(said, labels, place) for place in range(len(STAGES))] for said in tags]
    macro = [sum(row["f1"] for row in run) / len(run) for run in runs]
    return {
        "macro_f1": _short(np.mean(macro)),
        "spread": _short(np.std(macro)),
        "stages": {
            stage: {name: _short(np.mean([run[place][name] for run in runs])) for name in runs[0][place]}
            for place, stage in enumerate(STAGES)
        },
    }


def _short(value: Any) -> float:
    """Four places; a number of papers stays whole."""
    found = float(value)
    return int(found) if found.is_integer() and found > 1 else round(found, 4)


def _view(lists: Lists, rows: np.ndarray, said: Said, plain: np.ndarray) -> dict[str, Any]:
    """The figures of one view; `rows` are the papers that have it."""
    labels = lists.labels.take(rows)
    has_stage = np.asarray(labels.held.any(axis=1))
    none = ~has_stage & np.asarray(labels.counts.all(axis=1))
    tagged = np.asarray(said.tags[:, rows].any(axis=2))
    repeated = Known(np.tile(labels.held, (REPEATS, 1)), np.tile(labels.counts, (REPEATS, 1)))
    bins = reliability(said.confidence[:, rows].reshape(-1, len(STAGES)), repeated)
    return {
        "papers": len(rows),
        "floor": score(plain[:, rows], labels),
        "tagger": score(said.tags[:, rows], labels),
        "coverage": _short(tagged[:, has_stage].mean()),
        "without_model": int(none.sum()),
        "false_tags": _short(tagged[:, none].mean()),
        "calibration_error": _short(calibration_error(bins)),
        "reliability": [{name: _short(value) for name, value in each.items()} for each in bins],
    }


def _blind(lists: Lists, path: Path, said: dict[str, Said]) -> dict[str, Any]:
    """Two blind readings against the lists and each other, and the tagger on the same papers."""
    place = {example.id: row for row, example in enumerate(lists.examples)}
    with path.open(encoding="utf-8", newline="") as stream:
        read = [row for row in csv.DictReader(stream) if row["arxiv_id"] in place]
    rows = np.array([place[row["arxiv_id"]] for row in read])
    labels = lists.labels.take(rows)
    first, second = (
        np.array([[stage in row[name].split(";") for stage in STAGES] for row in read]).reshape(1, -1, len(STAGES))
        for name in ("first", "second")
    )
    everything = Known(second[0], np.ones_like(second[0]))
    whole = lists.has_abstract[rows].reshape(1, -1, 1)
    tags = np.where(whole, said["abstract"].tags[:, rows], said["title"].tags[:, rows])
    return {
        "papers": len(rows),
        "first": score(first, labels),
        "second": score(second, labels),
        "between": score(first, everything),
        "kappa": {stage: _short(kappa(first[0, :, at], second[0, :, at])) for at, stage in enumerate(STAGES)},
        "tagger": score(tags, labels),
    }


def evaluate(found: TrainingSet, blind: Path) -> dict[str, Any]:
    """All figures, as core.papers.lens.figures reads them."""
    lists = Lists(Basis(found.readings), found.listed)
    said, plain = judge(lists), floor(lists)
    everything = np.arange(len(lists.examples))
    rows = {"abstract": everything[lists.has_abstract], "title": everything}
    return {
        "papers": len(found.listed),
        "readings": len(found.readings),
        "sha256": found.sha256,
        "folds": FOLDS,
        "repeats": REPEATS,
        "views": {view: _view(lists, rows[view], said[view], plain[view]) for view in VIEWS},
        "blind": _blind(lists, blind, said),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{figures['papers']} list papers, {figures['folds']} folds, {figures['repeats']} times"]
    named = [(f"{view}: {name}", found[name]) for view, found in figures["views"].items() for name in VIEW_SCORES]
    named += [(f"blind: {name}", figures["blind"][name]) for name in BLIND_SCORES]
    lines.append(f"{'':18} {'macro-F1':>9}" + "".join(f" {stage + ' P / R / F1':>20}" for stage in STAGES))
    for name, found in named:
        rows = found["stages"].values()
        parts = [" / ".join(f"{row[key]:.3f}" for key in ("precision", "recall", "f1")) for row in rows]
        lines.append(f"{name:18} {found['macro_f1']:9.4f}" + "".join(f" {part:>20}" for part in parts))
    for view, found in figures["views"].items():
        lines.append(
            f"{view}: {found['papers']} papers, coverage {found['coverage']:.3f}, calibration error "
            f"{found['calibration_error']:.4f}, tagged of {found['without_model']} without a language model "
            f"{found['false_tags']:.3f}"
        )
        lines += [
            f"  said {each['confidence']:.3f}, right {each['frequency']:.3f}, {each['pairs']:.0f} times"
            for each in found["reliability"]
        ]
    kappas = ", ".join(f"{stage} {value:.3f}" for stage, value in figures["blind"]["kappa"].items())
    lines.append(f"blind: {figures['blind']['papers']} papers, kappa of the two readings: {kappas}")
    return "\n".join(lines) + "\n"


VIEW_SCORES = ("floor", "tagger")
BLIND_SCORES = ("first", "second", "between", "tagger")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    paths(parser)
    parser.add_argument("--blind", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(arguments)
    figures = evaluate(read_training_set(options.labels, options.texts), options.blind)
    options.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table(figures))


if __name__ == "__main__":
    main()
