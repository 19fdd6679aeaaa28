"""How are the stage weights of the tagger learned?

    python -m core.papers.lens.fit_tagger --labels lists.csv readings.csv --texts papers.csv more.jsonl.gz [--out F]

Files: core.papers.lens.training_set. Needs scikit-learn and torch, which tagging does not. The readings choose the
phrases and are fitted first (`Basis`). Then the lists are fitted on the same phrases and the four scores that the
readings gave, so that a phrase which no list has keeps what the readings taught of it. A second model is fitted in the
same two steps on papers with phrases missing (core.papers.lens.hardening) and added. All of that is linear in the
phrases and is folded into one set of weights. Every paper is learned twice, with its abstract and by its title alone
(at less weight), so that the weights serve both. Calibration and thresholds come from list papers that a fit had not
seen.

Tried on the list papers in cross-validation (macro-F1 with abstracts and on titles, or mean average precision "ap"),
and not kept:

- Readings as further rows beside the lists: abstracts .856 against .866 without them; the conventions differ.
- Copies of all features for each kind of labels (Daume 2007): like the fit in two steps, at eight times its cost.
- One softmax over the stages and none, in place of four yes-no fits: -.003 with abstracts, -.003 on titles.
- Phrases of three words, or of one alone: ap -.000 and -.004 on titles.
- Fewer phrases (3,000): ap -.003 and -.004. More regularisation of the lists' fit, C=0.3: -.007 and -.006.
- More weight of the title-only copies (5 times the abstracts): ap -.003 and -.006.
- A support vector machine on 150 latent dimensions beside a linear model: ap +.009 and +.009; a network of 2 x 32
  hidden units beside the one here without its hardened twin: +.004 and +.004, where the twin alone gives +.002 and
  +.002 (F1 +.008 and +.003). Over a megabyte of weights each, for sums that are no longer plain.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.papers.lens.features import HAND, Features, readable
from core.papers.lens.fit_quality import STAGES, Example, Known, apply, calibrate, choose_thresholds, known
from core.papers.lens.hardening import harden
from core.papers.lens.lexicon import lexicon
from core.papers.lens.phrases import normal, raw_words, short_phrases, stems_of
from core.papers.lens.training_set import read_training_set

OUT = Path(__file__).with_name("stage_weights.json")
FOLDS, REPEATS = 5, 3
MIN_PAPERS = 3  # a phrase of fewer papers teaches nothing
KEEP = 10_000  # phrases in the finished lexicon
STRENGTH = 1.0  # C of the logistic regressions
TRUST = 0.25  # how cheap a score that the readings gave is
HARD = 1.0  # weight of the hardened model's log-odds, beside the other's
LIST_TITLES = 0.5  # weight of the title-only copy of a list paper
READ_TITLES = 0.3  # the same of a paper that was read with its abstract
ALONE = 0.5  # weight of a paper that was read by its title alone


@dataclass(frozen=True)
class Model:
    """Weights of all four stages: `weights` (columns of Features, 4) and `intercept` (4,)."""

    weights: np.ndarray
    intercept: np.ndarray

    def scores(self, rows: Any) -> np.ndarray:
        """(papers, 4) log-odds before calibration."""
        return np.asarray(rows @ self.weights + self.intercept)


class Basis:
    """What the readings teach: which phrases there are, how cheap each is, and a first model."""

    def __init__(self, readings: Sequence[Example], *, keep: int = KEEP) -> None:
        papers = Counter(
            phrase
            for example in readings
            for phrase in short_phrases(example.title) | short_phrases(example.body)
            if readable(phrase)
        )
        candidates = sorted(phrase for phrase, count in papers.items() if count >= MIN_PAPERS)
        self._set(candidates, papers, readings)
        if len(candidates) > keep:
            size = len(candidates)
            weight = np.abs(self.model.weights[: 2 * size]).max(axis=1).reshape(2, size).sum(axis=0)
            weight = weight * self.ease * np.sqrt([papers[phrase] for phrase in candidates])
            best = np.argsort(-weight, kind="stable")[:keep]
            self._set(sorted(candidates[place] for place in best), papers, readings)

    def _set(self, vocabulary: Sequence[str], papers: Counter[str], readings: Sequence[Example]) -> None:
        from scipy import sparse

        self.features = Features(vocabulary)
        self.ease = np.array([math.sqrt(math.log(len(readings) / papers[phrase]) or 1) for phrase in vocabulary])
        whole = [example for example in readings if example.has_abstract]
        alone = [example for example in readings if not example.has_abstract]
        parts = [
            (whole, self.rows(whole, titles_only=False), 1.0),
            (whole, self.rows(whole, titles_only=True), READ_TITLES),
            (alone, self.rows(alone, titles_only=True), ALONE),
        ]
        parts = [part for part in parts if part[0]]
        labels = known([example for examples, _, _ in parts for example in examples])
        weight = np.concatenate([np.full(len(examples), share) for examples, _, share in parts])
        self.taught = sparse.vstack([rows for _, rows, _ in parts]).tocsr(), labels, weight
        self.model = _fit(*self.taught)

    @cached_property
    def hardened(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights and intercept of the readings' hardened model."""
        return harden(*self.taught)

    def rows(self, examples: Sequence[Example], *, titles_only: bool) -> Any:
        """The papers as rows of Features."""
        return self.features.rows(examples, titles_only=titles_only, ease=self.ease)


def _fit(rows: Any, labels: Known, weight: np.ndarray) -> Model:
    """Logistic regression for each stage, in which the papers that have it weigh as much as the others."""
    from sklearn.linear_model import LogisticRegression

    weights, intercepts = [], []
    for place in range(len(STAGES)):
        chosen = labels.counts[:, place]
        right, heavy = labels.held[chosen, place], weight[chosen]
        share = (heavy * right).sum() / heavy.sum()
        learner = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear")
        learner.fit(rows[chosen], right, heavy * np.where(right, 0.5 / share, 0.5 / (1 - share)))
        weights.append(learner.coef_[0])
        intercepts.append(float(learner.intercept_[0]))
    return Model(np.array(weights).T, np.array(intercepts))


class Lists:
    """The list papers as rows: by their abstracts (where they have one) and by their titles alone."""

    def __init__(self, basis: Basis, examples: Sequence[Example]) -> None:
        self.basis, self.examples, self.labels = basis, examples, known(examples)
        self.whole = basis.rows(examples, titles_only=False)
        self.titles = basis.rows(examples, titles_only=True)
        self.has_abstract = np.array([example.has_abstract for example in examples])

    @cached_property
    def _taught(self) -> tuple[Any, Any]:
        """The same rows, with what the readings' model says of each."""
        from scipy import sparse

        said = (self.basis.model.scores(rows) * TRUST for rows in (self.whole, self.titles))
        return tuple(
            sparse.hstack([rows, sparse.csr_matrix(scores)]).tocsr()
            for rows, scores in zip((self.whole, self.titles), said, strict=True)
        )

    def fit(self, chosen: np.ndarray) -> Model:
        """A model of the chosen papers over the readings' model, and its hardened twin, folded into one."""
        from scipy import sparse

        labels = self.labels.take(np.concatenate([chosen, chosen]))
        weight = np.repeat([1.0, LIST_TITLES], len(chosen))
        found = _fit(sparse.vstack([rows[chosen] for rows in self._taught]).tocsr(), labels, weight)
        own, over = found.weights[: -len(STAGES)], TRUST * found.weights[-len(STAGES) :]
        first = self.basis.model
        both = sparse.vstack([self.whole[chosen], self.titles[chosen]]).tocsr()
        hard, hard_intercept = harden(both, labels, weight, self.basis.hardened)
        return Model(
            own + first.weights @ over + HARD * hard,
            found.intercept + first.intercept @ over + HARD * hard_intercept,
        )

    def folds(self, chosen: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The chosen papers parted in `FOLDS` ways into those to learn from and those to ask about."""
        from sklearn.model_selection import StratifiedGroupKFold

        held = self.labels.held[chosen]
        first = np.where(held.any(axis=1), held.argmax(axis=1), len(STAGES))
        groups = [self.examples[place].group for place in chosen]
        parting = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        for train, test in parting.split(first, first, groups):
            yield chosen[train], chosen[test]

    def unseen(self, chosen: np.ndarray, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each view the chosen papers that have it, and their scores by models that have not seen them."""
        whole, titles = (np.zeros((len(self.examples), len(STAGES))) for _ in range(2))
        for train, test in self.folds(chosen, seed):
            model = self.fit(train)
            whole[test], titles[test] = model.scores(self.whole[test]), model.scores(self.titles[test])
        complete = chosen[self.has_abstract[chosen]]
        return {"abstract": (complete, whole[complete]), "title": (chosen, titles[chosen])}


@dataclass(frozen=True)
class Reading:
    """How scores are to be read: Platt's lines (4, 2) of each view, and from which confidence a tag holds."""

    calibrations: dict[str, np.ndarray]
    thresholds: list[float]


def learn_reading(lists: Lists, chosen: np.ndarray, seeds: Sequence[int]) -> Reading:
    """Calibration and thresholds from the chosen papers alone."""
    runs = [lists.unseen(chosen, seed) for seed in seeds]
    calibrations, views = {}, []
    for name in runs[0]:
        rows = np.concatenate([run[name][0] for run in runs])
        scores = np.concatenate([run[name][1] for run in runs])
        labels = lists.labels.take(rows)
        calibrations[name] = calibrate(scores, labels)
        views.append((apply(calibrations[name], scores), labels))
    return Reading(calibrations, choose_thresholds(views))


def surfaces(phrases: Sequence[str], examples: Sequence[Example]) -> dict[str, str]:
    """The commonest spelling of each phrase, for people who read the file; it has the same normal form."""
    wanted = set(phrases)
    seen: dict[str, Counter[str]] = {phrase: Counter() for phrase in phrases}
    for example in examples:
        raw = [word.lower() for word in raw_words(example.text)]
        stems = stems_of(raw)
        for size in (1, 2):
            for start in range(len(stems) - size + 1):
                phrase = " ".join(stems[start : start + size])
                if phrase in wanted:
                    seen[phrase][" ".join(raw[start : start + size])] += 1
    chosen = {key: max(forms, key=lambda form: (forms[form], form)) for key, forms in seen.items() if forms}
    return {key: form for key, form in chosen.items() if normal(form) == key}


def document(basis: Basis, model: Model, reading: Reading, about: Any, names: Any) -> Any:
    """What the tagger reads: all scaling folded into the weights."""
    size, labels = len(basis.features.vocabulary), lexicon().labels
    phrase_weights = model.weights[: 2 * size].reshape(2, size, -1) * basis.ease[None, :, None]
    label_weights = model.weights[2 * size : -3].reshape(2, len(labels), -1) * HAND
    flags = model.weights[-3:] * np.array([1, HAND, HAND])[:, None]

    def short(values: Any) -> list[float]:
        return [round(float(value), 3) for value in np.ravel(values)]

    return {
        "about": about,
        "stages": STAGES,
        "thresholds": reading.thresholds,
        "calibration": {name: [short(line) for line in lines] for name, lines in reading.calibrations.items()},
        "intercept": short(model.intercept),
        "flags": dict(zip(("title_only", "gate", "gate_title"), map(short, flags), strict=True)),
        "labels": {label: short(label_weights[:, place]) for place, label in enumerate(labels)},
        "phrases": {
            names[phrase]: short(phrase_weights[:, place])
            for place, phrase in enumerate(basis.features.vocabulary)
            if phrase in names and np.abs(phrase_weights[:, place]).max() >= 0.001
        },
    }


def write(path: Path, found: dict[str, Any]) -> None:
    """One phrase a line, so that a change of the weights can be read."""
    parts = []
    for key, value in found.items():
        if isinstance(value, dict) and key in ("labels", "phrases", "flags"):
            lines = ",\n".join(
                f"    {json.dumps(name, ensure_ascii=False)}: {json.dumps(row)}" for name, row in value.items()
            )
            parts.append(f"  {json.dumps(key)}: {{\n{lines}\n  }}")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def paths(parser: argparse.ArgumentParser) -> None:
    """The arguments that name what is learned from."""
    parser.add_argument("--labels", type=Path, nargs="+", required=True)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    paths(parser)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    known_papers = read_training_set(options.labels, options.texts)
    basis = Basis(known_papers.readings)
    lists = Lists(basis, known_papers.listed)
    everything = np.arange(len(lists.examples))
    reading = learn_reading(lists, everything, range(REPEATS))
    counts = {"papers": len(known_papers.listed), "readings": len(known_papers.readings)}
    about = counts | {"sha256": known_papers.sha256}
    names = surfaces(basis.features.vocabulary, [*known_papers.listed, *known_papers.readings])
    write(options.out, document(basis, lists.fit(everything), reading, about, names))
    sys.stdout.write(json.dumps(about | {"thresholds": reading.thresholds}, indent=1) + "\n")


if __name__ == "__main__":
    main()
