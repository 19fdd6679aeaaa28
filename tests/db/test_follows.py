"""Can a person follow authors, topics and searches, and see what waits there?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import follows, reading
from db.papers import upsert

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, *, seen: datetime = NOW, **fields: str | tuple[str, ...]) -> str:
    fields.setdefault("title", f"Paper {number}")
    paper = Paper(id=f"2401.{number:05d}", submitted=datetime(2024, 1, 2, tzinfo=UTC), **fields)  # type: ignore[arg-type]
    upsert(db, [paper], source="arxiv", day=seen.date(), seen_at=seen)
    return paper.id


def author(db: Database, name: str) -> follows.Follow:
    return follows.add(db, kind="author", name=name, query=follows.author_query(name))


def test_what_waits_at_an_author_is_counted(db: Database) -> None:
    one = add(db, 1, authors=("Ada Example", "Bob Other"))
    add(db, 2, authors=("Ada Other",))
    follow = author(db, "Ada Example")
    assert follows.waiting(db, follow) == follows.Waiting(unread=1, new=0)
    reading.set_state(db, one, "read")
    assert follows.waiting(db, follow).unread == 0


def test_what_came_since_it_was_looked_at_is_new(db: Database) -> None:
    add(db, 1, topics=("peft",))
    follow = follows.add(db, kind="topic", name="PEFT", query="topic:peft", now=NOW + timedelta(hours=1))
    add(db, 2, topics=("peft",), seen=NOW + timedelta(hours=2))
    assert follows.waiting(db, follow) == follows.Waiting(unread=2, new=1)
    before = follows.visit(db, follow.id, NOW + timedelta(hours=3))
    assert before == follow
    assert follows.waiting(db, follows.get(db, follow.id)).new == 0


def test_following_twice_is_following_once(db: Database) -> None:
    first = follows.add(db, kind="search", name="Zebras", query="zebra  title:x")
    again = follows.add(db, kind="search", name="Other", query="zebra title:x")
    assert first == again
    assert follows.list_follows(db) == [first]


def test_what_is_no_longer_followed_can_be_followed_again_as_it_was(db: Database) -> None:
    follow = follows.add(db, kind="topic", name="PEFT", query=follows.topic_query("peft"))
    assert follows.remove(db, follow.id) == follow
    assert follows.list_follows(db) == []
    follows.restore(db, follow)
    assert follows.list_follows(db) == [follow]


@pytest.mark.parametrize("query", ["", "  ", "???", '""'])
def test_a_search_for_nothing_cannot_be_followed(db: Database, query: str) -> None:
    with pytest.raises(ValueError, match="asks for nothing"):
        follows.add(db, kind="search", name="x", query=query)


def test_quotes_in_a_name_do_no_harm(db: Database) -> None:
    paper = add(db, 1, authors=('Ada "The" Example',))
    follow = author(db, 'Ada "The" Example')
    assert follows.waiting(db, follow).unread == 1
    assert paper


def test_an_unknown_id_is_named(db: Database) -> None:
    for act in (follows.get, follows.remove, follows.visit):
        with pytest.raises(follows.UnknownFollow, match="77"):
            act(db, 77)
