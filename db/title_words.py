"""How are the words of all titles kept, so that the phrases of any period can be counted in a moment?

A title is a row of 32-bit integers: for each word its number in `title_words` times four plus what it counts as
(core/papers/title_words.py), 0 where a mark parts two words, and at its end 1, or 2 where a word comes twice. A phrase
is the numbers of its one to three words in one 64-bit integer, 21 bits each, the first word lowest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from sqlite_utils import Database

from core.papers.title_words import LONGEST, STOP, WORD, kind_of, pieces
from db.keys import DAY
from db.rows import marks

BITS = 21
_LAST_NUMBER = 2**BITS - 1  # a word beyond it is never part of a phrase; no archive has as many in its titles
_PART, _END, _END_REPEATING = 0, 1, 2
_OFTEN = 2  # titles of a month that a phrase of `title_months` has at least
_CHUNK = 900
_MOST_KNOWN = 200_000  # words that are held in memory
_TITLES = (
    "SELECT day, title FROM trend_days CROSS JOIN papers INDEXED BY papers_heads "
    f"ON key BETWEEN day * {DAY} AND day * {DAY} + {DAY - 1} WHERE day BETWEEN ? AND ? ORDER BY day, key"
)


def count_marked(db: Database, *, again: bool = False) -> int:
    """Bring the titles of the marked days, and their months, up to date, in the caller's transaction.

    :param again: write a month even where none of its days is different.
    :returns: how many days and months were different.
    """
    days = [day for (day,) in db.conn.execute("SELECT day FROM trend_days ORDER BY day")]
    known: dict[str, int] = {}
    different = 0
    for month, marked in groupby(days, key=lambda day: day // 100):
        if len(known) > _MOST_KNOWN:
            known.clear()
        fresh = dict(_read(db, month, known))
        changed = sum([_write_day(db, day, fresh.get(day, b"")) for day in marked])
        different += changed
        if changed or again:
            different += _write_month(db, month)
    return different


def phrases(titles: np.ndarray) -> np.ndarray:
    """The phrases of some titles; of each title each phrase once."""
    number, kind = titles >> 2, titles & 3
    is_word = number > 0
    title = np.cumsum(~is_word & (kind != _PART), dtype=np.int32)
    number = number.astype(np.int64)
    keys, owners = [], []
    for length in range(1, LONGEST + 1):
        size = len(titles) - length + 1
        if size < 1:
            break
        parts = [slice(at, at + size) for at in range(length)]
        good = (kind[parts[0]] != STOP) & (kind[parts[-1]] != STOP)
        good &= np.logical_or.reduce([kind[part] == WORD for part in parts])
        good &= np.logical_and.reduce([is_word[part] for part in parts])
        there = np.flatnonzero(good)
        key = number[there]
        for at in range(1, length):
            key |= number[there + at] << (BITS * at)
        keys.append(key)
        owners.append(title[there])
    if not keys:
        return np.empty(0, np.int64)
    return _once(np.concatenate(keys), np.concatenate(owners), titles[~is_word & (kind != _PART)] == _END_REPEATING)


def _once(keys: np.ndarray, owners: np.ndarray, repeating: np.ndarray) -> np.ndarray:
    """Without the second of two equal phrases of a title; only the `repeating` titles can have them.

    :param owners: of each phrase the number of its title.
    """
    doubtful = np.flatnonzero(repeating[owners])
    order = doubtful[np.lexsort((keys[doubtful], owners[doubtful]))]
    again = (keys[order[1:]] == keys[order[:-1]]) & (owners[order[1:]] == owners[order[:-1]])
    return np.delete(keys, order[1:][again])


def numbers_of(key: int) -> list[int]:
    """The numbers of a phrase's words."""
    return [number for at in range(LONGEST) if (number := key >> (BITS * at) & _LAST_NUMBER)]


def spelled(db: Database, keys: Sequence[int]) -> list[str]:
    """Phrases as text, their words parted by spaces."""
    numbers = sorted({number for key in keys for number in numbers_of(key)})
    words: dict[int, str] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        words |= dict(db.conn.execute(f"SELECT id, word FROM title_words WHERE id IN ({marks(some)})", some))
    return [" ".join(words[number] for number in numbers_of(key)) for key in keys]


# --- writing ----------------------------------------------------------------------------------------------------------


def _read(db: Database, month: int, known: dict[str, int]) -> Iterator[tuple[int, bytes]]:
    """The marked days of a month that have papers, and their titles as they are kept."""
    rows = db.conn.execute(_TITLES, (month * 100, month * 100 + 99)).fetchall()
    titles = [pieces(title) for _, title in rows]
    known |= _tokens(db, {piece for title in titles for piece in title} - known.keys())
    for day, of_day in groupby(zip(rows, titles, strict=True), key=lambda item: item[0][0]):
        numbers = [number for _, title in of_day for number in _packed(title, known)]
        yield day, np.array(numbers, dtype="<i4").tobytes()


def _packed(title: Sequence[str], known: Mapping[str, int]) -> list[int]:
    numbers = [known[piece] for piece in title]
    # A phrase that comes twice begins with a word that comes twice, and never with a stop word.
    first = [number for number in numbers if number and number & 3 != STOP]
    numbers.append(_END if len(set(first)) == len(first) else _END_REPEATING)
    return numbers


def _tokens(db: Database, found: set[str]) -> dict[str, int]:
    """Pieces of titles as they are kept; a new word gets the next number."""
    kinds = {piece: kind for piece in found if (kind := kind_of(piece)) is not None}
    words = sorted(kinds)
    numbers: dict[str, int] = {}
    for start in range(0, len(words), _CHUNK):
        some = words[start : start + _CHUNK]
        numbers |= dict(db.conn.execute(f"SELECT word, id FROM title_words WHERE word IN ({marks(some)})", some))
    for word in words:
        if word not in numbers:
            cursor = db.conn.execute("INSERT INTO title_words (word) VALUES (?)", (word,))
            numbers[word] = int(cursor.lastrowid or 0)
    tokens = dict.fromkeys(found, _PART)
    return tokens | {word: numbers[word] * 4 + kind for word, kind in kinds.items() if numbers[word] <= _LAST_NUMBER}


def _write_day(db: Database, day: int, words: bytes) -> bool:
    """Says whether it was different."""
    row = db.conn.execute("SELECT words FROM title_days WHERE day = ?", (day,)).fetchone()
    if (b"" if row is None else row[0]) == words:
        return False
    if words:
        db.conn.execute("INSERT OR REPLACE INTO title_days (day, words) VALUES (?, ?)", (day, words))
    else:
        db.conn.execute("DELETE FROM title_days WHERE day = ?", (day,))
    return True


def _write_month(db: Database, month: int) -> bool:
    """Says whether it was different."""
    days = db.conn.execute(
        "SELECT words FROM title_days WHERE day BETWEEN ? AND ? ORDER BY day", (month * 100, month * 100 + 99)
    )
    keys, papers = np.unique(phrases(joined(words for (words,) in days)), return_counts=True)
    often = papers >= _OFTEN
    row = (keys[often].astype("<i8").tobytes(), papers[often].astype("<i4").tobytes())
    kept = db.conn.execute("SELECT phrases, papers FROM title_months WHERE month = ?", (month,)).fetchone()
    if row == (kept or (b"", b"")):
        return False
    db.conn.execute("DELETE FROM title_months WHERE month = ?", (month,))
    if row[0]:
        db.conn.execute("INSERT INTO title_months (month, phrases, papers) VALUES (?, ?, ?)", (month, *row))
    return True


def joined(kept: Iterable[bytes]) -> np.ndarray:
    """The titles of several days as one row of integers."""
    return np.frombuffer(b"".join(kept), dtype="<i4")
