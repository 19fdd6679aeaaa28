"""What does a Korean word mean in texts that are nearly all English? The field's own terms, and little else.

A small list (korean_terms.json) and the names of the taxonomy say which English words stand for a Korean one. Particles
and endings are written onto a Korean word: what follows a known term counts as one. A word that is not known stays as
it is, cut to two syllables, and can be found in Korean text alone. This is no translation: verbs and everyday words are
not understood, and whoever asks is told which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from core.papers.taxonomy import applications, topics

_FILE = Path(__file__).with_name("korean_terms.json")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_SYLLABLES = 2  # of an unknown word that are kept: most nouns have so many, and endings come after them
_LONGEST_ENDING = 4  # syllables after a known term
_STOP_WORDS = frozenset(
    """
    가장 가지 각각 같은 것들 경우 그것 그런 그렇 기존 까닭 논문 누가 누구 다른 다룬 다루 대한 대해 더욱 되었 따라
    때문 또는 또한 많이 많은 매우 모두 무슨 무엇 방법 방식 보다 보여 보이 사용 쓰나 쓰는 쓰이 써도 알려 어느 어디
    어떤 어떻 언급 언제 얼마 없는 없이 연구 왜냐 위한 위해 이것 이런 이유 있나 있는 있다 있을 저자 제안 제시 좋은
    주장 통해 하나 하는 하면 함께 해야 설명 찾은 찾아 실험 시험한 실험한 했나 하나요 가능한 가능한가 필요한 필요한가
    주나 되나 된다 대답 알고 싶다 싶은
    """.split()  # noqa: SIM905
)
_ENDINGS = sorted(
    """
    으로부터 에서부터 이라는 라는 으로서 으로써 에서는 에서도 에게서 에는 에도 에서 에게 에 까지 부터 처럼 보다 만큼
    마다 으로는 으로 로서 로써 로는 로 와의 과의 와 과 을 를 은 는 이 가 의 도 만 이나 나 이란 란 이다 인가 인가요
    일까 하는가 하는지 하는 하나 하나요 하는데 하면 하려면 하여 해서 하고 하며 하기 하게 한다 한가 합니까 합니다
    했나 했는가 했다 했는지 할까 할 한 함 했 되는가 되는지 되는 되나 되면 된다 됩니까 됐나 되었나 된 될 됨 시키는
    시킨다 시킨 들은 들이 들을 들의 들 인지 입니까 습니까 나요 는가 는지 까
    """.split(),  # noqa: SIM905
    key=len,
    reverse=True,
)


class Meaning(NamedTuple):
    """What a Korean word, or a part of one, stands for.

    :param korean: the part as it is looked for in Korean text: any word that begins so.
    :param english: the words that it may be in English text, the likeliest first; none where it is not known.
    """

    korean: str
    english: tuple[str, ...]


def is_korean(word: str) -> bool:
    """Whether a word is written in Hangul alone."""
    return _HANGUL.fullmatch(word) is not None


def meanings(word: str) -> list[Meaning]:
    """The parts of a Korean word that count, in their order; none where it is a particle or one of those that all ask.

    :param word: Hangul alone.
    """
    if word in _STOP_WORDS:
        return []
    bare = _without_ending(word)
    if bare in _terms():
        return list(_entry(bare))
    found: list[Meaning] = []
    rest = word
    while (term := _known_beginning(rest)) is not None:
        found += _entry(term)
        rest = rest[len(term) :]
    if found and len(rest) <= _LONGEST_ENDING:
        return found
    if bare in _STOP_WORDS or len(bare) < _SYLLABLES or bare[:_SYLLABLES] in _STOP_WORDS:
        return found
    return [*found, Meaning((rest if found else bare)[:_SYLLABLES], ())]


def _known_beginning(word: str) -> str | None:
    """The longest known term of two syllables or more that a word begins with."""
    sizes = range(min(len(word), _longest()), 1, -1)
    return next((word[:size] for size in sizes if word[:size] in _terms()), None)


def _entry(term: str) -> Iterator[Meaning]:
    english = _terms()[term]
    if " " in english[0]:
        # A name of several words: each of them is looked for.
        yield from (Meaning(term, (part,)) for part in english[0].split())
    else:
        yield Meaning(term, english)


def _without_ending(word: str) -> str:
    """A word without the particles and endings that are written onto it; blunt, as `stem` is for English."""
    for _ in range(2):  # a particle may stand on another
        ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) > len(one)), None)
        if ending is None or (len(word) - len(ending) == 1 and word[0] not in _terms()):
            break
        word = word[: -len(ending)]
        if word in _terms():
            break
    return word


@cache
def _terms() -> dict[str, tuple[str, ...]]:
    """Korean term to English words; the names of the taxonomy where they are single words there."""
    listed: dict[str, list[str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    names = [(entry.name.to("ko"), entry.name.en) for entry in (*topics().values(), *applications().values())]
    named = {
        korean.replace(" ", ""): (english.lower().replace("-", " "),)
        for korean, english in names
        if "과 " not in korean and "와 " not in korean
    }
    return named | {term: tuple(words) for term, words in listed.items()}


@cache
def _longest() -> int:
    return max(map(len, _terms()))
