"""Which words stand in the full-text index for what a paper is filed under? So that a filter is one more word.

The column `papers.filed` has a word for each tag that counts, each source, category and step of votes, for the state of
reading, the star and the withdrawal, and one that every paper has. FTS5 walks the papers that have all the words of a
query from the newest on, and skips where one of them is rare. '' means that the paper is not in the index yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlite_utils import Database

from db.rows import marks

EVERY = "in0"
WITHDRAWN = "isxwithdrawn0"
STARRED = "isxstarred0"
VOTE_STEPS = (1, 5, 10, 20, 50, 100)

Kind = Literal["stage", "topic", "application", "source", "cat", "is"]
# What a tokenizer would split at; the 0 at the end keeps the stemmer away.
_PLAIN = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ-./", "abcdefghijklmnopqrstuvwxyzxxx")
_CHUNK = 500


def tag_word(kind: Kind, value: str) -> str:
    """The word for a value of a kind: `topicxlongxcontext0` for the topic `long-context`."""
    return f"{word_start(kind, value)}0"


def word_start(kind: Kind, value: str) -> str:
    """What the words of `value` and of all below it (`cs` of `cs.CL`) begin with."""
    return f"{kind}x{value.translate(_PLAIN)}"


def votes_word(votes: int) -> str | None:
    """The word that all papers with at least `votes` votes have; None below the first step."""
    step = max((step for step in VOTE_STEPS if step <= votes), default=None)
    return None if step is None else f"votesx{step}0"


def refile(db: Database, keys: Sequence[int]) -> None:
    """Bring the words of these papers, and their place in the index, up to date."""
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        inside = f"IN ({marks(some)})"
        new = [key for (key,) in db.conn.execute(f"SELECT key FROM papers WHERE key {inside} AND filed = ''", some)]
        # The index of a paper that is in it already follows by trigger.
        db.conn.execute(
            f"UPDATE papers SET filed = wanted.words FROM (SELECT key AS k, {_WORDS} AS words FROM papers "
            f"WHERE key {inside}) AS wanted WHERE papers.key = wanted.k AND papers.filed <> wanted.words",
            some,
        )
        if new:
            db.conn.execute(f"{_INDEX} IN ({marks(new)}) ORDER BY key", new)


def _word(kind: str, value: str) -> str:
    """SQL for `tag_word`."""
    return f"{kind} || 'x' || replace(replace(replace(lower({value}), '-', 'x'), '.', 'x'), '/', 'x') || '0'"


_STEPS = ", ".join(f"({step})" for step in VOTE_STEPS)
_PARTS = (
    f"(SELECT group_concat({_word(chr(39) + 'source' + chr(39), 'source')}, ' ') FROM "
    "(SELECT DISTINCT source FROM sightings WHERE paper = papers.key))",
    f"(SELECT group_concat({_word('kind', 'value')}, ' ') FROM tags WHERE paper = papers.key AND effective = 1)",
    f"(SELECT group_concat({_word(chr(39) + 'cat' + chr(39), 'value')}, ' ') FROM json_each(papers.categories))",
    f"(SELECT group_concat('votesx' || column1 || '0', ' ') FROM (VALUES {_STEPS}) WHERE column1 <= papers.upvotes)",
    f"(SELECT '{WITHDRAWN}' WHERE papers.withdrawn = 1)",
    "(SELECT trim(coalesce('isx' || state || '0', '') || CASE WHEN star THEN ' "
    f"{STARRED}' ELSE '' END) FROM reading WHERE paper = papers.key)",
)
_WORDS = f"trim('{EVERY} ' || " + " || ' ' || ".join(f"coalesce({part}, '')" for part in _PARTS) + ")"
_COLUMNS = "title, abstract, authors, keywords, summary, noted, filed"
_INDEX = f"INSERT INTO papers_fts (rowid, {_COLUMNS}) SELECT key, {_COLUMNS} FROM papers_text WHERE key"
