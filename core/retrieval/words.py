"""Which words of a text count when it is compared with a question, and in which form?

English words are compared by their stems (Snowball's English stemmer, the second of Porter's), Korean ones become the
English terms that they stand for, and what stands in every question or text counts for nothing. Both sides of a
comparison go through this, and it is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from core.retrieval.korean import is_korean, meanings

# A word of Hangul may be written onto one of Latin letters: LoRA는.
_WORD = re.compile(r"[^\W_\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+|[\uac00-\ud7a3]+")
_STOP_WORDS = """
a about above across after again against all also although always am among an and another any anyone anything are as at
be became because become been before being below between both but by came can cannot come could did do does doing done
during each either else enough even ever every few first for found from further gave get gets give given gives go goes
going gone got had has have having he help helps her here him his how however i if in instead into is it its itself just
keep keeps kind know known least less let like made make makes making many may me might mine more most much must my near
need needs neither never no nor not nothing now of off often on once one ones only onto or other others our out over own
per please put rather really same say says see seen several shall she should since so some something sort still such
take taken takes tell than that the their them then there therefore these they thing things this those through thus till
to together too toward towards try two under until up upon us use used useful uses using very via want was way ways we
well went were what whatever when where whether which while who whom whose why will with within without would yet you
your
"""
# What questions say of papers, whatever they are about.
_ASKING_WORDS = """
anybody answer answers argue argues article articles ask asks author authors belong called catalog claim claims describe
described describes discover discovered discusses exactly examine examines exist explain explained explains explore
explores find finding findings finds happen happened happens idea introduce introduced introduces invent invented
invents look looks mean means mention mentions name named paper papers people present presented presents propose
proposed proposes proposing publication published report reported reports researcher researchers reveal show showed
shown shows somebody someone study studied studies suggest suggests talk test tested tests told wrote write written work
works
"""
STOP = frozenset(_STOP_WORDS.split())
ASKING = frozenset(_ASKING_WORDS.split())


class Word(NamedTuple):
    """A word of a text that counts.

    :param written: as it stands there.
    :param terms: what it is compared by: the same in any form of the word, the likeliest first where a Korean word may
        be one of several English ones.
    :param looked_up: what a full-text index is asked for: whole words, and beginnings of words in Hangul.
    """

    written: str
    terms: tuple[str, ...]
    looked_up: tuple[str, ...]


def terms_of(text: str) -> list[str]:
    """The terms of a text in their order, one for each word that counts."""
    return [word.terms[0] for word in words_of(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What the forms of an English word in lower case have in common: `retriev` of retriever, retrieval, retrieves."""
    return _stemmer()(word)


@cache
def _stemmer() -> Callable[[str], str]:
    # Here, so that who brings terms of their own loads no stemmer.
    import snowballstemmer

    found: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
    return found


def words_of(text: str) -> Iterator[Word]:
    """Each word of a text that counts, in their order."""
    for match in _WORD.finditer(text):
        written = match[0]
        if is_korean(written):
            for korean, english in meanings(written):
                terms = tuple(dict.fromkeys(map(stem, english))) or (korean,)
                yield Word(written, terms, (*english, korean))
            continue
        lower = written.lower()
        if lower not in STOP and (len(lower) > 1 or lower.isdecimal()):
            yield Word(written, (stem(lower),), (lower,))
