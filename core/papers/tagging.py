"""Which stages, topics and applications is a paper about, how sure is that, and which phrases said so?

Stages are scored by core.papers.lens.stage_model; topics and applications by the hand-written phrases of lexicon.json.
A paper whose abstract never speaks of language models gets no tag. Nothing is downloaded; the same text, the same tags,
in whatever company it is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from core.papers.lens.personal import PersonalModel
from core.papers.lens.phrase_index import Found
from core.papers.lens.phrases import raw_words, spelling
from core.papers.lens.stage_model import Hits, Marks, Scores, StageModel, stage_model
from core.papers.paper import Paper
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
# What is read at once: enough papers to share the fixed costs, little enough text to stay in the processor's cache.
PAPERS, CHARACTERS = 128, 500_000

Where = Literal["title", "abstract", "keywords"]
Model = StageModel | PersonalModel


class _Text(NamedTuple):
    """The parts of a paper's text, the title first, and what each is."""

    parts: list[str]
    where: list[Where]


def _text(title: str, abstract: str | None, keywords: Iterable[str]) -> _Text:
    parts, where = [title], list[Where](["title"])
    if abstract:
        parts.append(abstract)
        where.append("abstract")
    for keyword in keywords:
        parts.append(keyword)
        where.append("keywords")
    return _Text(parts, where)


def _hits(texts: Sequence[_Text], found: Found) -> Hits:
    firsts = np.cumsum([0, *(len(text.parts) for text in texts)])[:-1]
    title_ends = found.parts[firsts] + [len(text.parts[0]) for text in texts]
    alone = np.array(["abstract" not in text.where for text in texts])
    return Hits(found.text, found.phrase, found.start < title_ends[found.text], alone)


class _Labels(NamedTuple):
    """The topics and applications of papers.

    :param held: which are strong enough, bool (papers, labels).
    :param chosen: the tags of each paper, topics first, most confident first: places of labels, and how sure each is.
    """

    held: np.ndarray
    chosen: list[list[tuple[int, float]]]


def _labels(model: Model, marks: Marks, stages: np.ndarray) -> _Labels:
    """The topics and applications of papers.

    :param stages: which stages hold, bool (papers, stages).
    """
    scores = marks.totals + marks.title_totals
    split = len(topics())
    floors = np.full(scores.shape, FLOOR)
    for place, entry in enumerate(topics().values()):
        floors[stages[:, model.stages.index(str(entry.stage))], place] = FLOOR_IN_STAGE
    least = floors.copy()
    for kind in (slice(split), slice(split, None)):
        np.maximum(least[:, kind], SHARE * scores[:, kind].max(axis=1, keepdims=True), out=least[:, kind])
    held = (scores >= least) & stages.any(axis=1, keepdims=True)

    papers, places = np.nonzero(held)
    lines = zip(papers.tolist(), places.tolist(), scores[held].tolist(), floors[held].tolist(), strict=True)
    chosen: list[list[tuple[int, float]]] = [[] for _ in range(len(scores))]
    for paper, place, score, floor in sorted(lines, key=lambda line: (line[0], line[1] >= split, -line[2], line[1])):
        if place >= split or len(chosen[paper]) < TOPICS:
            # Half sure at the floor, 0.95 at about twice of it.
            chosen[paper].append((place, round(1 / (1 + math.exp(-(score - floor) / 2)), 4)))
    return _Labels(held, chosen)


class _Speakers(NamedTuple):
    """The heaviest phrases of each tag, tag by tag, heaviest first; three arrays of one length.

    :param tag: paper * (stages + labels) + place of the stage, or the number of stages + place of the label.
    :param hit: place of the phrase in Hits.
    :param weight: what it did for the tag.
    """

    tag: np.ndarray
    hit: np.ndarray
    weight: np.ndarray


def _speakers(
    model: Model, hits: Hits, marks: Marks, added: np.ndarray, stages: np.ndarray, labels: np.ndarray
) -> _Speakers:
    """Which phrases spoke for the tags that hold.

    :param added: what each hit added to each stage, (stages, hits).
    :param stages, labels: which hold, bool (papers, stages) and (papers, labels).
    """
    cells = np.flatnonzero((abs(added) >= LIGHT) & stages.T.take(hits.paper, axis=1))
    stage, hit = np.divmod(cells, added.shape[1])
    chosen = np.flatnonzero(labels[hits.paper[marks.hit], marks.label] & (abs(marks.weight) >= LIGHT))
    marked = marks.hit[chosen]
    hit = np.concatenate([hit, marked])
    place = np.concatenate([stage, len(model.stages) + marks.label[chosen]])
    weight = np.concatenate([added.ravel()[cells], marks.weight[chosen] * (1 + hits.in_title[marked])])
    tag = hits.paper[hit] * (len(model.stages) + len(model.labels)) + place

    # Stable: of two that weigh the same the phrase of the lower number comes first.
    order = np.argsort(-abs(weight), kind="stable")
    lines = tag[order] << 32 | np.arange(len(order))
    lines.sort()
    order, grouped = order[lines & 0xFFFFFFFF], lines >> 32
    rank = np.arange(len(order)) - grouped.searchsorted(grouped)
    order = order[rank < np.where(place[order] < len(model.stages), STAGE_EVIDENCE, LABEL_EVIDENCE)]
    return _Speakers(tag[order], hit[order], weight[order])


def _evidence(texts: Sequence[_Text], found: Found, speakers: _Speakers) -> dict[int, tuple[Evidence, ...]]:
    """What is shown for each tag, by its number in `speakers`."""
    parts = [part for text in texts for part in text.parts]
    where = [each for text in texts for each in text.where]
    hits, spoken = np.unique(speakers.hit, return_inverse=True)
    starts, ends = found.start[hits], found.end[hits]
    numbers = (found.parts.searchsorted(starts, side="right") - 1).tolist()
    quotes = [
        cut if (cut := found.joined[start:end]).isalnum() else spelling(raw_words(cut), parts[number])
        for start, end, number in zip(starts.tolist(), ends.tolist(), numbers, strict=True)
    ]
    shown = [
        Evidence(quotes[at], where[numbers[at]], round(weight, 3))
        for at, weight in zip(spoken.tolist(), speakers.weight.tolist(), strict=True)
    ]
    tags, firsts = np.unique(speakers.tag, return_index=True)
    bounds = [*firsts.tolist(), len(shown)]
    return {tag: tuple(shown[start:end]) for tag, (start, end) in zip(tags.tolist(), pairwise(bounds), strict=True)}


class Read(NamedTuple):
    """A handful of papers as a model reads them."""

    hits: Hits
    marks: Marks
    scores: Scores


def _read(model: Model, texts: Sequence[_Text]) -> tuple[Found, Read]:
    found = model.index.find_all([text.parts for text in texts])
    hits = _hits(texts, found)
    marks = model.marks(hits)
    return found, Read(hits, marks, model.score(hits, marks))


def _tag(model: Model, texts: Sequence[_Text]) -> list[Tagging]:
    found, (hits, marks, scores) = _read(model, texts)
    stages = scores.about[:, None] & (np.array(scores.confidence) >= model.thresholds)
    labels = _labels(model, marks, stages)
    evidence = _evidence(texts, found, _speakers(model, hits, marks, scores.added, stages, labels.held))

    first, taggings, split = 0, [], len(topics())
    for sure, held, chosen in zip(scores.confidence, stages.tolist(), labels.chosen, strict=True):
        tags = [
            Tag(kind="stage", value=stage, confidence=sure[place], evidence=evidence.get(first + place, ()))
            for place, stage in enumerate(model.stages)
            if held[place]
        ]
        tags.sort(key=lambda tag: -tag.confidence)
        first += len(model.stages)
        for place, confidence in chosen:
            kind: TagKind = "topic" if place < split else "application"
            shown = evidence.get(first + place, ())
            tags.append(Tag(kind=kind, value=model.labels[place], confidence=confidence, evidence=shown))
        first += len(model.labels)
        taggings.append(Tagging(tags=tuple(tags), confidence=dict(zip(model.stages, sure, strict=True))))
    return taggings


def tag_text(title: str, abstract: str | None, keywords: Iterable[str] = ()) -> Tagging:
    """The tags of one text. Without an abstract the title decides alone, with a calibration of its own."""
    return _tag(stage_model(), [_text(title, abstract, keywords)])[0]


def tag_papers(papers: Sequence[Paper], model: Model | None = None) -> list[Tagging]:
    """The tags of each paper, in the order of `papers`.

    :param model: who says so; the model that ships with the project where left out.
    """
    chosen = stage_model() if model is None else model
    return [tagging for texts in _handfuls(papers) for tagging in _tag(chosen, texts)]


def read_papers(papers: Sequence[Paper], model: Model | None = None) -> Iterator[Read]:
    """What a model makes of the papers before it decides on tags, some of them at a time, in the order of `papers`."""
    chosen = stage_model() if model is None else model
    for texts in _handfuls(papers):
        yield _read(chosen, texts)[1]


def _handfuls(papers: Sequence[Paper]) -> Iterator[list[_Text]]:
    """The papers' texts, as many at a time as are read at once."""
    texts: list[_Text] = []
    size = 0
    for paper in papers:
        texts.append(_text(paper.title, paper.abstract, paper.keywords))
        size += sum(map(len, texts[-1].parts))
        if len(texts) == PAPERS or size >= CHARACTERS:
            yield texts
            texts, size = [], 0
    if texts:
        yield texts
