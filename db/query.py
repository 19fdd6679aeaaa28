"""How does what a person typed become a query? Any text has an answer; none is an error.

Words must all stand in the paper or in what a person noted on it; "words in quotes" stand side by side; a word that
ends in * (three letters or more before it) is the beginning of a word, and so is every Korean word, whose particles are
written onto it. `title:` and `author:` look there alone; `cat:` `stage:` `topic:` `app:` `source:` and `is:` filter;
`after:` (from that day on), `before:` (until the day before) and `votes>10` too. A minus turns any of them round. What
is none of these is a word. Everything reaches SQLite inside quotes, so its own operators have no power here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.papers.ids import parse_arxiv_id
from db.filing import EVERY, STARRED, WITHDRAWN, Kind, tag_word, votes_word, word_start
from db.records import NEW

_LONGEST = 1_000  # characters of a query that are read
_MOST = 16  # words and phrases of a query that are asked for
_MOST_BEGINNINGS = 4  # each costs as much as all words that begin so
_PREFIX_LETTERS = 3
_PIECE = re.compile(
    r"(?P<minus>-?)(?:"
    r"(?P<count>votes)\s*:?(?P<compare><=|>=|<|>|=)\s*(?P<number>\d{1,9})(?=\s|$)"
    r'|(?P<name>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]+))'
    r'|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,}")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "＂": '"', "：": ":", "\0": " "})
_COLUMNS = {"title": "title", "author": "authors"}
_KINDS: dict[str, Kind] = {"stage": "stage", "topic": "topic", "app": "application", "source": "source"}
_STATES = {"read": "isxread0", "saved": "isxsaved0", "skipped": "isxskip0", "skip": "isxskip0"}
_WORDS_OF_STATE = (*dict.fromkeys(_STATES.values()),)
_TURNED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "<>"}


@dataclass(kw_only=True)
class Query:
    """What is asked of the catalog.

    :param terms: FTS5 expressions of the words and phrases that a paper can be ranked by.
    :param wanted, unwanted: FTS5 expressions that must, and must not, match.
    :param since, until: v1 days, both included.
    :param votes: comparisons that the number of votes must pass.
    :param new: whether only (or, False, never) papers that came since the last visit are wanted.
    :param paper: the base id, where the text is an arXiv id or address.
    :param hints: pieces that could not be taken as they look, and why; one line each, in English.
    """

    terms: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    since: date | None = None
    until: date | None = None
    votes: list[tuple[str, int]] = field(default_factory=list)
    new: bool | None = None
    paper: str | None = None
    hints: list[str] = field(default_factory=list)
    hopeless: bool = False

    @property
    def match(self) -> str | None:
        """The FTS5 expression for all of it; None where nothing is asked of the index."""
        if not self.wanted and not self.unwanted:
            return None
        every = " AND ".join(self.wanted) or f'filed : "{EVERY}"'
        return f"({every}) NOT ({' OR '.join(self.unwanted)})" if self.unwanted else every

    def file(self, word: str, *, turned: bool = False) -> None:
        """Ask for papers that have this word of `papers.filed`, or have it not."""
        (self.unwanted if turned else self.wanted).append(f'filed : "{word}"')

    def unread(self, *, turned: bool = False) -> None:
        """Ask for papers without a state, or with any."""
        words = " OR ".join(f'"{word}"' for word in _WORDS_OF_STATE)
        (self.wanted if turned else self.unwanted).append(f"filed : ({words})")

    def between(self, since: date | None, until: date | None) -> None:
        """Narrow the days."""
        self.since = max(filter(None, (self.since, since)), default=None)
        self.until = min(filter(None, (self.until, until)), default=None)


def parse_text(text: str | None) -> Query:
    """Read a search box. Blank text asks for nothing."""
    query = Query()
    if text is None or not text.strip():
        return query
    plain = text[:_LONGEST].translate(_QUOTES).encode("utf-8", "replace").decode()
    if (paper := _paper(plain)) is not None:
        query.paper = paper
        return query
    pieces = list(_PIECE.finditer(plain))
    for piece in pieces[:_MOST]:
        _take(query, piece)
    if len(pieces) > _MOST:
        query.hints.append(f"only the first {_MOST} words are asked for")
    asks = query.match or query.since or query.until or query.votes or query.new is not None
    query.hopeless = not asks and not query.hints
    return query


def _paper(text: str) -> str | None:
    """The base id, where the whole text is one."""
    try:
        return parse_arxiv_id(text).base
    except ValueError:
        return None


def _take(query: Query, piece: re.Match[str]) -> None:
    turned = bool(piece["minus"])
    if piece["count"]:
        _take_votes(query, piece["compare"], int(piece["number"]), turned)
        return
    if piece["name"]:
        name = piece["name"].lower()
        quoted = piece["quoted"] is not None
        value = (piece["quoted"] if quoted else piece["value"]).strip()
        if (take := _OPERATORS.get(name)) is not None:
            take(query, value, turned)
            return
        if name in _COLUMNS:
            term = _phrase(value) if quoted else _word(query, value)
            if term is not None:
                (query.unwanted if turned else query.wanted).append(f"{_COLUMNS[name]} : {term}")
            return
        _take_words(query, _phrase(f"{piece['name']} {value}"), turned)
        return
    _take_words(query, _word(query, piece["word"]) if piece["phrase"] is None else _phrase(piece["phrase"]), turned)


def _take_words(query: Query, term: str | None, turned: bool) -> None:
    if term is None:
        return
    if turned:
        query.unwanted.append(term)
    else:
        query.terms.append(term)
        query.wanted.append(term)


def _take_votes(query: Query, compare: str, number: int, turned: bool) -> None:
    compare = _TURNED[compare] if turned else compare
    query.votes.append((compare, number))
    # The steps narrow the walk; the row decides.
    least = number + 1 if compare == ">" else number
    if compare in (">", ">=", "=") and (word := votes_word(least)) is not None:
        query.file(word)


def _take_category(query: Query, value: str, turned: bool) -> None:
    """A category, or an archive with all its categories."""
    start = word_start("cat", value)
    either = f'filed : "{start}0"' if "." in value else f'filed : ("{start}0" OR "{start}x"*)'
    (query.unwanted if turned else query.wanted).append(either)


def _take_kind(kind: Kind) -> Callable[[Query, str, bool], None]:
    def take(query: Query, value: str, turned: bool) -> None:
        query.file(tag_word(kind, re.sub(r"[\s_]+", "-", value.replace('"', ""))), turned=turned)

    return take


def _take_state(query: Query, value: str, turned: bool) -> None:
    state = value.lower()
    if state == "unread":
        query.unread(turned=turned)
    elif state in _STATES:
        query.file(_STATES[state], turned=turned)
    elif state in ("starred", "withdrawn"):
        query.file(STARRED if state == "starred" else WITHDRAWN, turned=turned)
    elif state == NEW:
        query.new = not turned
    else:
        known = ", ".join(("unread", "read", "saved", "skipped", "starred", "withdrawn", NEW))
        query.hints.append(f"is:{value[:40]} is not known; there are {known}")


def _take_after(query: Query, value: str, turned: bool) -> None:
    if (day := _day(query, "after", value)) is None:
        return
    if turned:
        query.between(None, day - timedelta(days=1))
    else:
        query.between(day, None)


def _take_before(query: Query, value: str, turned: bool) -> None:
    if (day := _day(query, "before", value)) is None:
        return
    if turned:
        query.between(day, None)
    else:
        query.between(None, day - timedelta(days=1))


def _day(query: Query, name: str, value: str) -> date | None:
    """The first day of a year, a month or a day."""
    found = _DAY.fullmatch(value)
    try:
        if found is not None and int(found[1]) > 1:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        pass
    query.hints.append(f"{name}:{value[:40]} is no day; write 2026, 2026-08 or 2026-08-20")
    return None


_OPERATORS: dict[str, Callable[[Query, str, bool], None]] = {
    **{name: _take_kind(kind) for name, kind in _KINDS.items()},
    "cat": _take_category,
    "is": _take_state,
    "after": _take_after,
    "before": _take_before,
}


def _phrase(text: str) -> str | None:
    return f'"{text}"' if _has_word(text) else None


def _word(query: Query, text: str) -> str | None:
    """One word; what holds it together (gpt-4, state-of-the-art) makes a phrase of its parts."""
    if not _has_word(text):
        return None
    stem = text.rstrip("*")
    letters = sum(letter.isalnum() for letter in stem)
    begins = stem != text and letters >= _PREFIX_LETTERS
    if begins:
        used = sum(term.endswith("*") for term in (*query.wanted, *query.unwanted))
        if used >= _MOST_BEGINNINGS:
            query.hints.append(f"{text[:40]} is taken as a whole word: {_MOST_BEGINNINGS} beginnings are enough")
            begins = False
    elif stem != text:
        query.hints.append(f"{text[:40]} is taken as a whole word: a beginning needs {_PREFIX_LETTERS} letters")
    return f'"{stem}"*' if begins or _HANGUL.fullmatch(stem) is not None else f'"{stem}"'


def _has_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
