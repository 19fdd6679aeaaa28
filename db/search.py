"""Which papers fit what a person typed? The newest matches, the best of them first.

Ranking every match of a common word is slow in a large catalog ("language" stands in most papers), so only the newest
`NEWEST` matches are ranked, and the answer says so. They are ranked by where the words stand: each word counts with
its rarity (inverse document frequency, as in BM25), three times more in the title, twice more among keywords and
authors; of two papers with the same score the newer comes first. BM25 over all matches is there for who wants to wait.
"""

from __future__ import annotations

import math
import re
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from sqlite_utils import Database

from db.filters import Selection, selection
from db.patience import Late, until
from db.records import Filters, Found
from db.stored import load_stored

NEWEST = 5_000
SECONDS = 2.0  # after which a search is cut off
PATIENCE = 15.0  # the same for one over all matches
_SAMPLE = 20_000  # of the newest papers, in which the rarity of a word is measured
_RANKED = 6  # words that a paper is ranked by; the others must only stand in it
_TITLE, _KEYWORDS, _AUTHORS = 3.0, 2.0, 2.0  # what a word there is worth beside one in the text
_NO_WORDS = "[]"  # an empty list of keywords, as it is kept
_NAME = 4.0  # the least rarity (one paper in fifty) of a word that is looked for among the authors
# What a word in the title, abstract, authors, keywords, summary, notes, filing is worth to BM25.
_WEIGHTS = (8.0, 1.0, 4.0, 3.0, 1.0, 1.0, 0.0)
_SPACED = {ord(sign): " " for sign in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~–—‘’“”"}
_ENDINGS = re.compile(r"(?<=\w{3})(?:ations?|ings?|ed|ies|es|s|al|ly|e)$")


def search(
    db: Database,
    text: str,
    *,
    limit: int = 20,
    filters: Filters | None = None,
    every: bool = False,
    seconds: float | None = None,
) -> Found:
    """The best matches of `text` among the papers that `filters` select.

    :param text: anything; see db/query.py for what it may hold. It takes the place of `filters.text`.
    :param every: rank all matches by BM25, not only the newest.
    :param seconds: time after which the search ends with what it has; a default where left out.
    """
    chosen = selection(replace(filters or Filters(), text=text))
    if chosen is None:
        return Found(hits=(), considered=0, whole=True)
    end = time.monotonic() + ((PATIENCE if every else SECONDS) if seconds is None else seconds)
    ranked, whole, cut = _by_bm25(db, chosen, end) if every else _by_place(db, chosen, limit, end)
    best = ranked[:limit]
    hits = zip(load_stored(db, [key for key, _ in best]), (score for _, score in best), strict=True)
    return Found(
        hits=tuple(hits), considered=len(ranked), whole=whole and not cut, cut=cut, hints=tuple(chosen.query.hints)
    )


def _by_place(db: Database, chosen: Selection, limit: int, end: float) -> tuple[list[tuple[int, float]], bool, bool]:
    """The newest matches by where the words stand; whether these are all, and whether time was up."""
    terms = chosen.query.terms[:_RANKED]
    most = NEWEST if terms else limit
    rows: list[tuple[int, str, str]] = []
    scores: dict[int, float] = {}
    whole = cut = False
    try:
        with until(db, end):
            walk = _with_heads(chosen) if terms else chosen.keys_sql()
            rows.extend(db.conn.execute(f"{walk} LIMIT {most + 1}", chosen.values))
            whole = len(rows) <= most
            rows = rows[:most]
            scores = _scores(db, terms, rows, end) if rows and terms else {row[0]: 0.0 for row in rows}
    except Late:
        cut, whole = True, False
        scores = {row[0]: 0.0 for row in rows}
    # They come newest first, and a sort leaves equals as they are.
    return sorted(scores.items(), key=lambda item: -item[1]), whole, cut


def _with_heads(chosen: Selection) -> str:
    """The walk, with titles and keywords: an index holds them side by side, where a row of `papers` is a page."""
    return (
        f"SELECT {chosen.key}, head.title, head.keywords FROM {chosen.source} "
        f"CROSS JOIN papers AS head INDEXED BY papers_heads ON head.key = {chosen.key} "
        f"WHERE {chosen.where} ORDER BY {chosen.key} DESC"
    )


def _scores(db: Database, terms: Sequence[str], rows: Sequence[tuple[int, str, str]], end: float) -> dict[int, float]:
    """What the words are worth in each of these papers, which all have them."""
    rarities = _rarities(db, terms, end)
    keys = [row[0] for row in rows]
    scores = dict.fromkeys(keys, sum(rarities.values()))
    worded = [(key, keywords) for key, _, keywords in rows if keywords != _NO_WORDS]
    for (places, texts), worth in (
        ((keys, [title for _, title, _ in rows]), _TITLE),
        (([key for key, _ in worded], [keywords for _, keywords in worded]), _KEYWORDS),
    ):
        lines = Lines(texts)
        for term, rarity in rarities.items():
            for number in lines.having(term):
                scores[places[number]] += worth * rarity
    for term, rarity in rarities.items():
        if rarity >= _NAME and " " not in term:
            # Without the rest of the query: few papers have a rare word, and fewer among their authors.
            sql = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? AND rowid BETWEEN ? AND ?"
            for (key,) in db.conn.execute(sql, (f"authors : {term}", keys[-1], keys[0])):
                if key in scores:
                    scores[key] += _AUTHORS * rarity
    return scores


class Lines:
    """Thousands of short texts in which words are looked for at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        spaced = [f" {text}" for text in texts]
        self._starts = list(accumulate((len(line) + 1 for line in spaced), initial=0))
        self._all = "\n".join(spaced).translate(_SPACED).lower()

    def having(self, term: str) -> set[int]:
        """The numbers of the texts that have a word (its forms count, as in the index) or a phrase."""
        words = re.findall(r"\w+", term.lower())
        if not words:
            return set()
        needle = " " + " ".join([*words[:-1], _ENDINGS.sub("", words[-1])])
        found: set[int] = set()
        place = self._all.find(needle)
        while place >= 0:
            number = bisect_right(self._starts, place) - 1
            found.add(number)
            # One is enough for a text.
            place = self._all.find(needle, self._starts[number + 1] - 1)
        return found


def _rarities(db: Database, terms: Sequence[str], end: float) -> dict[str, float]:
    """The inverse document frequency of words among the newest papers (Robertson and Sparck Jones, as in BM25).

    :raises Late: the time is up.
    """
    # A small table of FTS5's own, with one row a paper.
    newest = "SELECT min(id), count(*) FROM (SELECT id FROM papers_fts_docsize ORDER BY id DESC LIMIT ?)"
    first, n = db.conn.execute(newest, (_SAMPLE,)).fetchone()
    found: dict[str, float] = {}
    for term in terms:
        if time.monotonic() > end:
            raise Late
        if term.endswith("*"):
            found[term] = 1.0  # all words that begin so would have to be read again
            continue
        sql = "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ? AND rowid >= ?"
        (having,) = db.conn.execute(sql, (term, first)).fetchone()
        found[term] = math.log1p((n - having + 0.5) / (having + 0.5))
    return found


def _by_bm25(db: Database, chosen: Selection, end: float) -> tuple[list[tuple[int, float]], bool, bool]:
    """All matches by BM25, Okapi with a weight for each column."""
    if not chosen.query.terms:
        ranked = [(key, 0.0) for (key,) in db.conn.execute(f"{chosen.keys_sql()} LIMIT {NEWEST}", chosen.values)]
        return ranked, len(ranked) < NEWEST, False
    score = f"bm25(papers_fts, {', '.join(map(str, _WEIGHTS))})"
    sql = f"SELECT {chosen.key}, -{score} FROM {chosen.source} WHERE {chosen.where} ORDER BY {chosen.key} DESC"
    ranked, cut = [], False
    try:
        with until(db, end):
            for row in db.conn.execute(sql, chosen.values):
                ranked.append(row)
    except Late:
        cut = True
    return sorted(ranked, key=lambda row: (-row[1], -row[0])), True, cut
