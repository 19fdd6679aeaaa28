"""How are the stage weights of the tagger learned, and how good are they on papers that they have not seen?

    python -m core.papers.lens.fit_tagger --labels labels.csv --texts texts.csv [--out stage_weights.json]

Labels: columns arxiv_id, stages, also (`;` between stages; `also` is neither right nor wrong and left out). Texts:
arxiv_id, title, abstract. Needs scikit-learn, which the app itself does not. Every paper is learned twice, with its
abstract and by its title alone (at half weight), so that one set of weights serves both.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.papers.lens.fit_quality import (
    STAGES,
    Example,
    apply,
    calibrate,
    calibration_error,
    choose_thresholds,
    quality,
)
from core.papers.lens.lexicon import BODY_CAP, TITLE_CAP, fractions, lexicon
from core.papers.lens.phrase_index import PhraseIndex
from core.papers.lens.phrases import normal, raw_words, short_phrases, stem, stems_of

OUT = Path(__file__).with_name("stage_weights.json")
FOLDS = 5
MIN_PAPERS = 3  # a phrase of fewer papers teaches nothing
KEEP = 4000  # phrases in the finished lexicon
STRENGTH = 3.0  # C of the logistic regression
HAND = 0.8  # how cheap a hand-written label is to the regularisation, beside a phrase
TITLE_COPY = 0.5  # weight of the title-only copy of a paper
# Phrases that begin or end in one of these say nothing to a reader of the evidence.
_STOP_WORDS = """
a an the of in on at by for from to with without and or but as is are was were be been being has have had do does can
could may might will would should this that these those it its their they them we our us you your i which who whose
what when where while than then there here into onto via such both each other others more most some any all not no nor
so thus hence however also only very much many e g eg ie etc et al s t re ve if between among across through during
over under up out about against after before due because using used use based per within
"""
STOP = frozenset(map(stem, _STOP_WORDS.split()))


def read_examples(labels: Path, texts: Path) -> tuple[list[Example], str]:
    """The papers that both files have, and the SHA-256 of what was read of them.

    :raises ValueError: a stage that the taxonomy does not have, or no paper in both files.
    """
    with texts.open(encoding="utf-8", newline="") as stream:
        found = {row["arxiv_id"]: (row["title"], row["abstract"] or "") for row in csv.DictReader(stream)}
    examples, digest = [], hashlib.sha256()
    with labels.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["arxiv_id"] not in found:
                continue
            mine, also = (set(filter(None, (row[name] or "").split(";"))) for name in ("stages", "also"))
            if unknown := (mine | also) - set(STAGES):
                raise ValueError(f"{row['arxiv_id']}: unknown stage {', '.join(sorted(unknown))}")
            title, abstract = found[row["arxiv_id"]]
            digest.update("\t".join((row["arxiv_id"], *sorted(mine), "|", *sorted(also), title, abstract)).encode())
            counts = tuple(stage in mine or stage not in also for stage in STAGES)
            held = tuple(stage in mine for stage in STAGES)
            text = f"{title} {abstract}"
            examples.append(
                Example(text, stems_of(raw_words(title)), stems_of(raw_words(abstract)), bool(abstract), held, counts)
            )
    if not examples:
        raise ValueError(f"{labels} and {texts} have no paper in common; both need the column arxiv_id")
    return examples, digest.hexdigest()


def _readable(phrase: str) -> bool:
    parts = phrase.split(" ")
    return parts[0] not in STOP and parts[-1] not in STOP and not phrase.replace(" ", "").isdigit()


class Features:
    """Papers as rows: phrases in the whole text, phrases in the title, the hand-written labels, and what is missing."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = tuple(vocabulary)
        self._phrases = PhraseIndex(self.vocabulary)
        self._lexicon = lexicon()
        self._hand = PhraseIndex(self._lexicon.marks)
        self._marks = np.zeros((len(self._lexicon.marks), len(self._lexicon.labels)))
        for number, pairs in enumerate(self._lexicon.marks.values()):
            for place, weight in pairs:
                self._marks[number, place] = weight
        self._gate = {number for number, phrase in enumerate(self._hand.phrases) if phrase in self._lexicon.gate}

    def rows(self, examples: Sequence[Example], *, titles_only: bool, ease: np.ndarray) -> Any:
        """A sparse matrix (papers, 2 phrases + 2 labels + 3).

        :param ease: (phrases,) how cheap each phrase is to the regularisation.
        """
        from scipy import sparse

        size, labels = len(self.vocabulary), len(self._lexicon.labels)
        rows, columns, values = [], [], []
        dense = np.zeros((len(examples), 2 * labels + 3))
        for row, example in enumerate(examples):
            alone = titles_only or not example.has_abstract
            body = example.body if not alone else []
            title_numbers = sorted(self._phrases.find(example.title))
            body_numbers = sorted({*title_numbers, *self._phrases.find(body)})
            norm = 1 / math.sqrt(max(1, len(title_numbers) + len(body_numbers)))
            numbers = [*body_numbers, *(size + number for number in title_numbers)]
            rows += [row] * len(numbers)
            columns += numbers
            values += [norm * ease[number % size] for number in numbers]
            title_hand = self._hand.find(example.title)
            body_hand = title_hand | self._hand.find(body)
            for offset, hand, cap in ((0, body_hand, BODY_CAP), (labels, title_hand, TITLE_CAP)):
                totals = self._marks[sorted(hand)].sum(axis=0)
                dense[row, offset : offset + labels] = HAND * fractions(totals, cap)
            dense[row, -3:] = (alone, not alone and not self._gate & body_hand, not self._gate & title_hand)
        dense[:, -2:] *= HAND
        phrases = sparse.csr_matrix((values, (rows, columns)), shape=(len(examples), 2 * size))
        return sparse.hstack([phrases, sparse.csr_matrix(dense)]).tocsr()


@dataclass(frozen=True)
class Model:
    """Weights of all four stages: `weights` (columns of Features, 4) and `intercept` (4,)."""

    features: Features
    ease: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray

    def scores(self, examples: Sequence[Example], *, titles_only: bool) -> np.ndarray:
        """(papers, 4) log-odds before calibration."""
        rows = self.features.rows(examples, titles_only=titles_only, ease=self.ease)
        return np.asarray(rows @ self.weights + self.intercept)


def fit(examples: Sequence[Example], *, keep: int = KEEP) -> Model:
    """Fit on all candidate phrases, keep those that weigh most, fit again on these."""
    papers = Counter(
        phrase
        for example in examples
        for phrase in short_phrases(example.title) | short_phrases(example.body)
        if _readable(phrase)
    )
    candidates = sorted(phrase for phrase, count in papers.items() if count >= MIN_PAPERS)
    first = _fit(examples, candidates, papers)
    size = len(candidates)
    weight = np.abs(first.weights[:size]).max(axis=1) + np.abs(first.weights[size : 2 * size]).max(axis=1)
    best = np.argsort(-weight * first.ease * np.sqrt([papers[phrase] for phrase in candidates]), kind="stable")[:keep]
    return _fit(examples, sorted(candidates[place] for place in best), papers)


def _fit(examples: Sequence[Example], vocabulary: Sequence[str], papers: Counter[str]) -> Model:
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    features = Features(vocabulary)
    ease = np.array([math.sqrt(math.log(len(examples) / papers[phrase]) or 1) for phrase in vocabulary])
    with_abstract = features.rows(examples, titles_only=False, ease=ease)
    titles = features.rows(examples, titles_only=True, ease=ease)
    held, counts = (np.array([getattr(example, name) for example in examples]) for name in ("stages", "counts"))
    weights, intercepts = [], []
    for place in range(len(STAGES)):
        chosen = counts[:, place]
        right = held[chosen, place]
        share = right.mean()
        balance = np.where(right, 0.5 / share, 0.5 / (1 - share))
        learner = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear")
        learner.fit(
            sparse.vstack([with_abstract[chosen], titles[chosen]]),
            np.concatenate([right, right]),
            np.concatenate([balance, TITLE_COPY * balance]),
        )
        weights.append(learner.coef_[0])
        intercepts.append(float(learner.intercept_[0]))
    return Model(features, ease, np.array(weights).T, np.array(intercepts))


def cross_validate(examples: Sequence[Example], *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores (papers, 4) of every paper by a model that has not seen it: with its abstract, and by its title alone."""
    from sklearn.model_selection import StratifiedKFold

    first = [STAGES[example.stages.index(True)] if any(example.stages) else "" for example in examples]
    full, titles = (np.zeros((len(examples), len(STAGES))) for _ in range(2))
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(first, first):
        model = fit([examples[place] for place in train])
        unseen = [examples[place] for place in test]
        full[test] = model.scores(unseen, titles_only=False)
        titles[test] = model.scores(unseen, titles_only=True)
    return full, titles


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


def document(model: Model, calibrations: dict[str, np.ndarray], thresholds: list[float], about: Any, names: Any) -> Any:
    """What the tagger reads: all scaling folded into the weights."""
    size, labels = len(model.features.vocabulary), lexicon().labels
    phrase_weights = model.weights[: 2 * size].reshape(2, size, -1) * model.ease[None, :, None]
    label_weights = model.weights[2 * size : -3].reshape(2, len(labels), -1) * HAND
    flags = model.weights[-3:] * np.array([1, HAND, HAND])[:, None]

    def short(values: Any) -> list[float]:
        return [round(float(value), 3) for value in np.ravel(values)]

    return {
        "about": about,
        "stages": STAGES,
        "thresholds": thresholds,
        "calibration": {name: [short(line) for line in lines] for name, lines in calibrations.items()},
        "intercept": short(model.intercept),
        "flags": dict(zip(("title_only", "gate", "gate_title"), map(short, flags), strict=True)),
        "labels": {label: short(label_weights[:, place]) for place, label in enumerate(labels)},
        "phrases": {
            names[phrase]: short(phrase_weights[:, place])
            for place, phrase in enumerate(model.features.vocabulary)
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Cross-validate, print the table, fit on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    examples, digest = read_examples(options.labels, options.texts)
    raw = dict(zip(("abstract", "title"), cross_validate(examples), strict=True))
    calibrations = {name: calibrate(scores, examples) for name, scores in raw.items()}
    views = {name: apply(calibrations[name], scores) for name, scores in raw.items()}
    thresholds = choose_thresholds(list(views.values()), examples)
    measured: dict[str, Any] = {}
    for name, view in views.items():
        rows = {STAGES[p]: quality(view, examples, p, thresholds[p]) for p in range(len(STAGES))}
        none = [row for row, example in enumerate(examples) if not any(example.stages) and all(example.counts)]
        measured[name] = {
            "macro_f1": round(sum(row["f1"] for row in rows.values()) / len(rows), 4),
            "calibration_error": round(calibration_error(view, examples), 4),
            "tagged_without_a_stage": round(float((view[none] >= np.array(thresholds)).any(axis=1).mean()), 4),
            "stages": {key: {k: round(v, 4) for k, v in row.items()} for key, row in rows.items()},
        }
    model = fit(examples)
    about = {"papers": len(examples), "sha256": digest, "folds": FOLDS, "cross_validation": measured}
    names = surfaces(model.features.vocabulary, examples)
    write(options.out, document(model, calibrations, thresholds, about, names))
    sys.stdout.write(json.dumps(about | {"thresholds": thresholds}, indent=1) + "\n")


if __name__ == "__main__":
    main()
