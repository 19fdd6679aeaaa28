"""Does any text that a person types become a query that SQLite understands, and the one that is meant?"""

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils import Database

from db.filing import EVERY
from db.query import Query, parse_text

TEXTS = {
    1: ("Retrieval", "retrieval augmented language models", "Ada Example", "", "catxcsxcl0 topicxretrieval0"),
    2: ("GPT-4", "GPT-4 or not near state of the art", "Bob Beispiel", "", "catxcsxlg0 catxhepxth0 isxread0"),
    3: ("Attention", "어텐션은 무엇인가", "Ada Other", "", "catxcsxcl0 isxsaved0 isxstarred0"),
}


@pytest.fixture(scope="module")
def index() -> Database:
    db = Database(memory=True)
    db.execute(
        "CREATE VIRTUAL TABLE texts USING fts5(title, abstract, authors, keywords, filed, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    for key, (*texts, filed) in TEXTS.items():
        db.execute(
            "INSERT INTO texts (rowid, title, abstract, authors, keywords, filed) VALUES (?, ?, ?, ?, ?, ?)",
            [key, *texts, f"{EVERY} {filed}"],
        )
    return db


def found(index: Database, text: str) -> list[int]:
    query = parse_text(text)
    if query.hopeless:
        return []
    if query.match is None:
        return list(TEXTS)
    return [
        row for (row,) in index.execute("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid", [query.match])
    ]


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
        ("title:gpt", [2]),
        ("title:models", []),
        ("title:retr*", [1]),
        ('author:"ada example"', [1]),
        ("author:ada", [1, 3]),
        ("Author:ADA -author:other", [1]),
        ("cat:cs.CL", [1, 3]),
        ("cat:CS", [1, 2, 3]),
        ("cat:hep-th", [2]),
        ("-cat:cs.CL", [2]),
        ("topic:retrieval", [1]),
        ("topic:nothing-such", []),
        ("is:unread", [1]),
        ("-is:unread", [2, 3]),
        ("is:read", [2]),
        ("is:saved author:ada", [3]),
        ("is:starred", [3]),
        ("-is:starred ada", [1]),
        ("http://example.org", []),
        ("title:", []),
        ("AND", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(index: Database, text: str, rows: list[int]) -> None:
    assert found(index, text) == rows


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("after:2026-08-20", date(2026, 8, 20), None),
        ("after:2026-8", date(2026, 8, 1), None),
        ("before:2026", None, date(2025, 12, 31)),
        ("-after:2026-08-20", None, date(2026, 8, 19)),
        ("-before:2026-08-20", date(2026, 8, 20), None),
        ("after:2025 after:2024 before:2026 before:2027", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_days_are_bounds(text: str, since: date | None, until: date | None) -> None:
    query = parse_text(text)
    assert (query.since, query.until, query.match, query.hints) == (since, until, None, [])


@pytest.mark.parametrize(
    ("text", "votes"),
    [
        ("votes>10", [(">", 10)]),
        ("votes>=50", [(">=", 50)]),
        ("votes:>9", [(">", 9)]),
        ("votes<3", [("<", 3)]),
        ("-votes>10", [("<=", 10)]),
        ("Votes = 7", [("=", 7)]),
    ],
)
def test_votes_are_compared(text: str, votes: list[Any]) -> None:
    assert parse_text(text).votes == votes


def test_votes_narrow_the_walk_only_where_no_paper_could_be_lost() -> None:
    assert parse_text("votes>9").match == 'filed : "votesx100"'
    assert parse_text("votes>10").match == 'filed : "votesx100"'
    assert parse_text("votes<9").match is None


@pytest.mark.parametrize("text", ["after:yesterday", "before:2026-13", "after:0000", "is:nice", "ab*"])
def test_what_cannot_be_taken_as_it_looks_has_a_hint(text: str) -> None:
    assert len(parse_text(text).hints) == 1
    assert "\n" not in parse_text(text).hints[0]


def test_beginnings_beyond_the_fourth_are_whole_words() -> None:
    query = parse_text("abc* abd* abe* abf* abg*")
    assert [term.endswith("*") for term in query.terms] == [True] * 4 + [False]
    assert len(query.hints) == 1


@pytest.mark.parametrize(
    "text",
    ["2305.18290", " arXiv:2305.18290v2 ", "https://arxiv.org/abs/2305.18290", "huggingface.co/papers/2305.18290"],
)
def test_an_id_or_address_is_that_paper(text: str) -> None:
    assert parse_text(text).paper == "2305.18290"


def test_an_id_among_words_is_a_word() -> None:
    assert parse_text("see 2305.18290").paper is None


PIECES = st.sampled_from(
    [
        "title:",
        "author:",
        "cat:",
        "is:unread",
        "is:",
        "after:2026",
        "votes>3",
        "-",
        '"',
        "abc*",
        "어텐션",
        "NEAR(",
        "a",
        ")",
    ]
)


@given(st.text() | st.text(alphabet='"-*()^:+{}abc<>=. \0\n\ud800NEAR어', max_size=30) | st.lists(PIECES).map(" ".join))
@example("\ud800")
@example("a" * 100_000)
@example("a -b " * 5_000)
@example('"' * 999)
@example("NEAR(a b)")
@example("title:x AND (")
@example('title:"-a" -title:"" author:*')
def test_no_text_is_an_error(index: Database, text: str) -> None:
    found(index, text)


@given(st.text(alphabet="abcde", min_size=1, max_size=5), st.text(alphabet="vwxyz", min_size=1, max_size=5))
def test_a_minus_turns_a_word_round(one: str, other: str) -> None:
    assert parse_text(f"{one} -{other}").match == f'("{one}") NOT ("{other}")'


def test_two_bounds_can_only_narrow() -> None:
    query = Query()
    query.between(date(2026, 1, 1), date(2026, 12, 31))
    query.between(date(2025, 1, 1), date(2026, 6, 30))
    assert (query.since, query.until) == (date(2026, 1, 1), date(2026, 6, 30))
