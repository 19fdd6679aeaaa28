"""Which sentences of the catalog answer a question, or does none?

Papers come from the full-text index by the words that they share with the question, each worth its rarity; their
abstracts and curated summaries are taken apart into sentences. A sentence covers the share of the question's worth
whose words stand in it or in the title and authors of its paper; a word that only its neighbours have counts for
`NEIGHBOURS`, and a sentence that lacks a name of the question for `NAMELESS`. Where none covers `ENOUGH`, the catalog
does not answer, and the nearest are shown as that: nearest. The numbers were chosen on one set of questions and tried
on another (python -m app bench ask).

A word is worth the square root of its rarity: the rarity alone lets one rare word of a question stand for all others.

All of it compares words: a question asked in other words than the papers use may not be found, and a sentence that has
the words may still not say what was asked. What is quoted is what stands there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlite_utils import Database

from core.papers.sentences import passages as passages_of
from core.papers.taxonomy import stages
from core.retrieval.bm25 import BM25, rarity
from core.retrieval.passage import Passage
from core.retrieval.question import Question, missing, read_question
from db import passages
from db.papers import get_many
from db.passages import Said
from db.patience import Late
from db.records import Stored

LIMIT = 5  # quotes of an answer
ENOUGH = 0.66  # of a question that a sentence must cover to be an answer
NEIGHBOURS = 0.25  # what a word counts for that stands in another sentence of the same text
NAMELESS = 0.6  # what a sentence counts for that does not speak of all that the question names
SECONDS = 10.0  # after which the index is no longer asked
READ = 200  # papers whose sentences are read
_NEAREST = 3  # quotes that are shown where none is an answer
_A_PAPER = 2  # quotes of one paper
_BEHIND = 0.25  # how much less of the question a further quote may cover than the first


Place = Literal["title", "abstract", "summary"]


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A sentence of a paper, letter by letter.

    :param number: what citations call it, from 1.
    :param place: whose words they are: the paper's in its title or abstract, those of the one who wrote its summary.
    :param covered: how much of the question it speaks of, from 0 to 1.
    """

    number: int
    stored: Stored
    text: str
    place: Place
    covered: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the catalog says to a question.

    :param korean: whether it was asked in Korean.
    :param found: whether the quotes are an answer; else they are the nearest to one, and may be none.
    :param missing: words of the question, as they were asked, of which the best quote does not speak.
    :param papers: how many papers there are to look through; `read` of them had most of the words and were read.
    :param cut: whether the index took so long that it was not waited for.
    """

    question: str
    korean: bool
    stage: str | None
    found: bool
    quotes: tuple[Quote, ...] = ()
    missing: tuple[str, ...] = ()
    papers: int = 0
    read: int = 0
    seconds: float
    cut: bool = False


@dataclass(frozen=True)
class _Sentence:
    """A sentence that was read, and how much of the question it covers; `had` are the terms that it has."""

    paper: str
    place: Place
    text: str
    covered: float
    had: frozenset[str]


def ask(db: Database, question: str, *, stage: str | None = None, limit: int = LIMIT) -> Answer:
    """What the catalog says to a question in English or Korean.

    :param stage: only papers that are filed under it.
    :param limit: quotes at most.
    :raises ValueError: there is no such stage, or less than one quote is asked for.
    """
    if stage is not None and stage not in stages():
        raise ValueError(f"unknown stage {stage!r}; there are: {', '.join(stages())}")
    if limit < 1:
        raise ValueError(f"limit {limit}: ask for one quote or more")
    begun = time.monotonic()
    read = read_question(question)
    try:
        looked_up = {term: word.looked_up for term, word in read.words.items()}
        found = passages.having(db, looked_up, stage=stage, end=begun + SECONDS)
    except Late:
        return Answer(
            question=question, korean=read.korean, stage=stage, found=False, seconds=time.monotonic() - begun, cut=True
        )
    worth = {term: math.sqrt(rarity(share * found.papers, found.papers)) for term, share in found.shares.items()}
    said = passages.said(db, passages.likeliest(found, worth, most=READ))
    best = _best(read, worth, said)
    enough = bool(best) and best[0].covered >= ENOUGH
    chosen = _chosen(best, limit if enough else min(limit, _NEAREST), enough=enough)
    papers = {stored.paper.id: stored for stored in get_many(db, [one.paper for one in chosen])}
    shown = [one for one in chosen if one.paper in papers]
    return Answer(
        question=question,
        korean=read.korean,
        stage=stage,
        found=enough and bool(shown),
        quotes=tuple(
            Quote(number=number, stored=papers[one.paper], text=one.text, place=one.place, covered=one.covered)
            for number, one in enumerate(shown, start=1)
        ),
        missing=tuple(missing(read, shown[0].had if shown else ())),
        papers=found.papers,
        read=len(said),
        seconds=time.monotonic() - begun,
    )


def _best(question: Question, worth: dict[str, float], said: Sequence[Said]) -> list[_Sentence]:
    """All sentences, those that cover most of the question first; of equals those that BM25 ranks higher."""
    read = cache(lambda text: tuple(question.read(text)))
    found: list[_Sentence] = []
    for paper in said:
        head = frozenset(read(f"{paper.title} {' '.join(paper.authors)}"))
        for place, text in _texts(paper, korean=question.korean):
            parts = passages_of(text)
            all_of_it = frozenset().union(*map(read, parts))
            for part in parts:
                own = frozenset(read(part))
                covered = question.covered(worth, (own, 1.0), (head, 1.0), (all_of_it, NEIGHBOURS))
                if not question.names <= own | head:
                    covered *= NAMELESS
                found.append(_Sentence(paper.id, place, part, covered, own | head))
    ranker = BM25((Passage(str(place), one.text) for place, one in enumerate(found)), terms=read, rarity=worth)
    scores = ranker.scores(question.text)
    order = sorted(range(len(found)), key=lambda place: (-round(found[place].covered, 6), -scores[place]))
    return [found[place] for place in order if found[place].covered > 0]


def _texts(paper: Said, *, korean: bool) -> Iterator[tuple[Place, str]]:
    """What is taken apart: the abstract, and the summary in the language of the question or else in the one it has.

    Of a paper with neither there is the title alone.
    """
    told = paper.summary.get("ko" if korean else "en") or next(iter(paper.summary.values()), None)
    if paper.abstract:
        yield "abstract", paper.abstract
    if told:
        yield "summary", told
    if not paper.abstract and not told:
        yield "title", paper.title


def _chosen(best: Sequence[_Sentence], limit: int, *, enough: bool) -> list[_Sentence]:
    """The best of them: few of each paper, and of an answer none that covers much less than the first."""
    least = max(ENOUGH, best[0].covered - _BEHIND) if enough else 0.0
    chosen: list[_Sentence] = []
    for one in best:
        if one.covered < least or len(chosen) == limit:
            break
        same = [other for other in chosen if other.paper == one.paper]
        if len(same) < (_A_PAPER if enough else 1) and all(other.text != one.text for other in chosen):
            chosen.append(one)
    return chosen
