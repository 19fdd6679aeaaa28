"""Which stages, topics and applications is a paper about, how sure is that, and which phrases said so?

Stages are scored by core.papers.stage_model; topics and applications by the hand-written phrases of lexicon.json. A
paper whose abstract never speaks of language models gets no tag. Nothing is downloaded; the same text, the same tags.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from core.papers.paper import Paper
from core.papers.phrases import quote, raw_words, stems_of
from core.papers.stage_model import Hits, StageModel, stage_model
from core.papers.tags import Evidence, Tag, Tagging, TagKind
from core.papers.taxonomy import topics

STAGE_EVIDENCE, LABEL_EVIDENCE = 5, 3  # phrases shown for one tag
TOPICS = 4  # topics one paper can have
# A label's sum counts title phrases twice. One phrase that names it in the title or two in the abstract are enough;
# less is, where the paper is about the topic's stage.
FLOOR = 6.0
FLOOR_IN_STAGE = 4.0
# What a topic must reach of the paper's strongest, so that a survey is not filed under everything it mentions.
SHARE = 0.5
LIGHT = 0.01  # a phrase of less weight is no evidence

Where = Literal["title", "abstract", "keywords"]


class _Part(NamedTuple):
    where: Where
    text: str
    raw: list[str]
    stems: list[str]
    numbers: set[int]


def _quotes(
    model: StageModel, parts: Sequence[_Part], numbers: np.ndarray, weights: np.ndarray, most: int
) -> tuple[Evidence, ...]:
    """The heaviest phrases as they stand in the paper, heaviest first; a number and a weight for each come in."""
    heavy = (-abs(weights)).argsort(kind="stable")[:most]
    found = []
    for number, weight in zip(numbers[heavy].tolist(), weights[heavy].tolist(), strict=True):
        if abs(weight) < LIGHT:
            break
        phrase = model.index.phrases[number]
        for part in parts:
            if number in part.numbers and (quoted := quote(phrase, part.text, part.raw, part.stems)) is not None:
                found.append(Evidence(quoted, part.where, round(weight, 3)))
                break
    return tuple(found)


def _label_tags(model: StageModel, parts: Sequence[_Part], hits: Hits, stages: Sequence[str]) -> list[Tag]:
    """The topics and applications that hold, most confident first within a kind.

    :param stages: the stages that hold.
    """
    weights = hits.weights.copy()
    weights[hits.marked.searchsorted(hits.title_marked)] *= 2
    scores = weights.sum(axis=0).tolist()
    split = len(topics())
    floors = [FLOOR_IN_STAGE if entry.stage in stages else FLOOR for entry in topics().values()]
    floors += [FLOOR] * (len(scores) - split)
    groups: tuple[tuple[TagKind, range, int], ...] = (
        ("topic", range(split), TOPICS),
        ("application", range(split, len(scores)), len(scores)),
    )
    tags = []
    for kind, places, limit in groups:
        share = SHARE * max(scores[place] for place in places)
        held = [place for place in places if scores[place] >= max(share, floors[place])]
        held.sort(key=lambda place: -scores[place])
        for place in held[:limit]:
            # Half sure at the floor, 0.95 at about twice of it.
            sure = round(1 / (1 + math.exp(-(scores[place] - floors[place]) / 2)), 4)
            evidence = _quotes(model, parts, hits.marked, weights[:, place], LABEL_EVIDENCE)
            tags.append(Tag(kind=kind, value=model.labels[place], confidence=sure, evidence=evidence))
    return tags


def _part(model: StageModel, where: Where, text: str) -> _Part:
    raw = raw_words(text)
    stems = stems_of(raw)
    return _Part(where, text, raw, stems, model.index.find(stems))


def _tag(model: StageModel, title: str, abstract: str | None, keywords: Iterable[str]) -> Tagging:
    parts = [_part(model, "title", title)]
    if abstract:
        parts.append(_part(model, "abstract", abstract))
    parts.extend(_part(model, "keywords", keyword) for keyword in keywords)
    hits = model.hits([part.numbers for part in parts], alone=not abstract)
    confidence, added = model.score(hits)
    held = [stage for stage in model.stages if hits.about and confidence[stage] >= model.thresholds[stage]]
    if not held:
        return Tagging(tags=(), confidence=confidence)
    tags = [
        Tag(
            kind="stage",
            value=stage,
            confidence=confidence[stage],
            evidence=_quotes(model, parts, hits.everywhere, added[:, model.stages.index(stage)], STAGE_EVIDENCE),
        )
        for stage in sorted(held, key=lambda stage: -confidence[stage])
    ]
    return Tagging(tags=(*tags, *_label_tags(model, parts, hits, held)), confidence=confidence)


def tag_text(title: str, abstract: str | None, keywords: Iterable[str] = ()) -> Tagging:
    """The tags of one text. Without an abstract the title decides alone, with a calibration of its own."""
    return _tag(stage_model(), title, abstract, keywords)


def tag_papers(papers: Sequence[Paper]) -> list[Tagging]:
    """The tags of each paper, in the order of `papers`."""
    model = stage_model()
    return [_tag(model, paper.title, paper.abstract, paper.keywords) for paper in papers]
