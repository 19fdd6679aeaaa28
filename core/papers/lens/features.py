"""How does a paper become a row of numbers that a linear model can be fitted on?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.papers.lens.fit_quality import Example
from core.papers.lens.lexicon import BODY_CAP, TITLE_CAP, fractions, lexicon
from core.papers.lens.phrase_index import PhraseIndex
from core.papers.lens.phrases import stem

HAND = 0.8  # how cheap a hand-written label is to the regularisation, beside a phrase
# Phrases that begin or end in one of these say nothing to a reader of the evidence.
_STOP_WORDS = """
a an the of in on at by for from to with without and or but as is are was were be been being has have had do does can
could may might will would should this that these those it its their they them we our us you your i which who whose
what when where while than then there here into onto via such both each other others more most some any all not no nor
so thus hence however also only very much many e g eg ie etc et al s t re ve if between among across through during
over under up out about against after before due because using used use based per within
"""
STOP = frozenset(map(stem, _STOP_WORDS.split()))


def readable(phrase: str) -> bool:
    """Whether a phrase says something to a reader of the evidence."""
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
