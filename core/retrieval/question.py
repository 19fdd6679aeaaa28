"""What is asked, and how much of it does a passage speak of?

A question is a set of terms, each worth its rarity in the collection that is asked. A passage covers the share of that
worth whose terms it has; those that only its heading (title, authors) or its neighbours have count too, as the caller
says. Words that all questions share ("which paper shows ...") are no terms. What a question names (LoRA, Swahili) is
told by its capital letters: a passage that does not speak of it can hardly answer, whatever else it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.retrieval.korean import is_korean
from core.retrieval.words import ASKING, Word, words_of

MOST = 24  # terms of a question that are asked for
LONGEST = 600  # letters of it that are read


@dataclass(frozen=True)
class Question:
    """A question as it is compared with passages.

    :param words: by term, in the order in which they were asked.
    :param names: terms that are names by the look of them.
    """

    text: str
    words: Mapping[str, Word]
    names: frozenset[str]
    _forms: Mapping[str, str] = field(repr=False)

    @property
    def korean(self) -> bool:
        """Whether it is asked in Korean."""
        return any(map(is_korean, self.text))

    def read(self, text: str) -> list[str]:
        """The terms of a passage; one that is another form of what was asked goes by the question's name for it."""
        return [self._forms.get(term, term) for term in (word.terms[0] for word in words_of(text))]

    def covered(self, worth: Mapping[str, float], *places: tuple[Collection[str], float]) -> float:
        """How much of the question these places speak of, from 0 to 1.

        :param worth: of each term of the question.
        :param places: terms, and the part of its worth that a term counts for there; the largest counts.
        """
        total = sum(worth[term] for term in self.words)
        if not total:
            return 0.0
        return (
            sum(worth[term] * max((part for had, part in places if term in had), default=0.0) for term in self.words)
            / total
        )


def read_question(text: str) -> Question:
    """Take a question apart; where it has none but asking words, they are its terms."""
    found = list(words_of(text[:LONGEST]))
    telling = [word for word in found if word.written.lower() not in ASKING] or found
    words: dict[str, Word] = {}
    for word in telling:
        words.setdefault(word.terms[0], word)
        if len(words) == MOST:
            break
    forms = {term: name for name, word in words.items() for term in word.terms}
    return Question(text, words, frozenset(_names(text, words)), forms | {name: name for name in words})


def _names(text: str, words: Mapping[str, Word]) -> Iterable[str]:
    """Terms whose words have a capital letter where other words have none."""
    latin = {term: word.written for term, word in words.items() if not is_korean(word.written)}
    capital = [term for term, written in latin.items() if written[0].isupper()]
    # Where every word begins with a capital letter, that tells nothing; nor does that of a question's first word.
    telling = len(capital) < len(latin) or any(map(is_korean, text))
    for term, written in latin.items():
        first = text.lstrip().startswith(written) and not any(map(is_korean, text))
        inside = any(letter.isupper() for letter in written[1:]) and not text.isupper()
        if not written[0].isdigit() and (inside or (term in capital and telling and not first)):
            yield term


def missing(question: Question, had: Collection[str]) -> Sequence[str]:
    """The words of a question, as they were asked, whose terms are not among these."""
    return list(dict.fromkeys(word.written for term, word in question.words.items() if term not in had))
