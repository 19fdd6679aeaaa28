"""Does any text that a person types become a query that SQLite understands?"""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from db.query import parse_text


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='porter unicode61 remove_diacritics 2')")
    connection.executemany(
        "INSERT INTO texts (text) VALUES (?)",
        [("retrieval augmented language models",), ("GPT-4 or not near state of the art",), ("어텐션은 무엇인가",)],
    )
    yield connection
    connection.close()


def found(index: sqlite3.Connection, text: str) -> list[int]:
    query = parse_text(text)
    if query.hopeless:
        return []
    sql, values = "SELECT rowid FROM texts WHERE 1", []
    if query.match:
        sql, values = sql + " AND texts MATCH ?", [query.match]
    if query.exclude:
        sql += " AND rowid NOT IN (SELECT rowid FROM texts WHERE texts MATCH ?)"
        values.append(query.exclude)
    return [row for (row,) in index.execute(sql, values)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("language retrieval", [1]),
        ("RETRIEVING models", [1]),
        ('"language models"', [1]),
        ('"models language"', []),
        ("“language models”", [1]),
        ('"language models', [1]),
        ("gpt-4", [2]),
        ("state-of-the-art", [2]),
        ("-language", [2, 3]),
        ('-"language models" -gpt', [3]),
        ("art -retrieval", [2]),
        ("or", [2]),
        ("NOT near", [2]),
        ("retr*", [1]),
        ("re*", []),
        ("어텐션", [3]),
        ("", [1, 2, 3]),
        ("  ", [1, 2, 3]),
        ("???", []),
        ("*", []),
        ("-", []),
        ('""', []),
    ],
)
def test_what_is_typed_finds_what_is_meant(index: sqlite3.Connection, text: str, rows: list[int]) -> None:
    assert found(index, text) == rows


@given(st.text() | st.text(alphabet='"-*()^:+{}abc \0\n\ud800{}NEAR어', max_size=30))
@example("\ud800")
@example("a" * 100_000)
@example("a -b " * 5_000)
@example('"' * 999)
@example("NEAR(a b)")
@example("title:x AND (")
def test_no_text_is_an_error(index: sqlite3.Connection, text: str) -> None:
    found(index, text)
