"""Are odd papers stored as they are, and broken ones refused by name without a loss to the others?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.faults.catalog_contents import facts_of
from tests.faults.conftest import DAY, Room, Synced
from tests.faults.hostile import Hostile, listed_row, revised, some_papers

FRIDAY = date(2024, 8, 23)
ON_THURSDAY, ON_FRIDAY = "2024-08-22T13:00:00+00:00", "2024-08-23T13:00:00+00:00"
MORNING = datetime(2024, 8, 22, tzinfo=UTC)
EVERY = ("arxiv", "oai", "rss", "huggingface")

PLAIN, LATEX, CLASSES, AHEAD, OLD, OLD_CLASS, HELD = (
    replace(paper, announced=FRIDAY) for paper in some_papers(7, day=MORNING)
)
LATEX = replace(
    LATEX,
    title=r"Learning $\alpha$-divergences with {\L}oRA: <b>100\%</b> & \"o",
    abstract=r"We show $x < y$ & <script>alert(1)</script> in 5\% of \emph{cases}; see [link](javascript:x).",
)
CLASSES = replace(CLASSES, categories=("cs.CL", "I.2.7", "68T50", "cs.LG"))
AHEAD = revised(AHEAD, datetime(2031, 1, 1, tzinfo=UTC))
# Ids of before April 2007, changed on the day; one is written with its subject class.
OLD = replace(OLD, id="cmp-lg/9805001", history=(datetime(1998, 5, 4, 12, tzinfo=UTC), MORNING), announced=None)
OLD_CLASS = replace(
    OLD_CLASS, id="math.GT/0309136", history=(datetime(2003, 9, 8, 12, tzinfo=UTC), MORNING), announced=None
)
# Moderation held it: its id is of a later month than its submission.
HELD = replace(HELD, id="2408.00077", history=(datetime(2024, 6, 3, tzinfo=UTC), MORNING))
ODD = [PLAIN, LATEX, CLASSES, AHEAD, OLD, OLD_CLASS, HELD]

LISTED = some_papers(8, day=datetime(2024, 8, 20, tzinfo=UTC), first=501)
NOTHING = dict.fromkeys(
    ("summary", "authors", "publishedAt", "submittedOnDailyAt", "upvotes", "githubStars", "githubRepo", "ai_summary"),
    None,
)
BROKEN_ROWS: list[Any] = [
    None,
    3,
    "a text",
    [],
    {},
    {"paper": None},
    {"paper": []},
    listed_row(LISTED[6], DAY, id=None),
    listed_row(LISTED[7], DAY, title=None) | {"title": None},
]


def odd_rows() -> list[Any]:
    """Rows that can be read, and what can be known from each is known; and those that cannot, among them."""
    missing = listed_row(LISTED[1], DAY)
    missing["paper"] = {name: missing["paper"][name] for name in ("id", "title")}
    return [
        listed_row(PLAIN, DAY),
        *BROKEN_ROWS[:4],
        listed_row(LISTED[0], DAY, **NOTHING),
        *BROKEN_ROWS[4:],
        missing,
        listed_row(LISTED[2], DAY, publishedAt="2031-01-01T00:00:00.000Z", submittedOnDailyAt="2031-01-01T00:00:00Z"),
        listed_row(LISTED[3], DAY, upvotes="many", githubStars=-4, authors="Ada", ai_keywords={"a": 1}),
        listed_row(LISTED[4], DAY, upvotes=10**30, authors=[None, 3, {"name": None}, {"name": "Ada Example"}]),
        listed_row(LISTED[5], DAY, githubRepo="javascript:alert(1)", ai_summary=["no", "text"]),
    ]


@pytest.fixture(scope="module")
def first_sync(tmp_path_factory: pytest.TempPathFactory, outside: dict[str, str]) -> tuple[Room, Synced]:
    """A catalog that every source told of odd papers, and what the sync said."""
    server = Hostile(ODD, {DAY: odd_rows()})
    server.feed_day = FRIDAY
    room = Room(tmp_path_factory.mktemp("odd") / "home", server, outside, clock=ON_FRIDAY, days=(DAY, FRIDAY))
    found = room.sync(*(f"--source={source}" for source in EVERY))
    assert (found.code, found.errors) == (0, [])
    server.close()
    return room, found


@pytest.fixture
def odd(first_sync: tuple[Room, Synced]) -> Room:
    """The room of that catalog."""
    return first_sync[0]


def stored(room: Room, base: str) -> dict[str, Any]:
    columns = (
        "id, title, abstract, authors, categories, submitted, updated, version, listed, upvotes, stars, summary, key"
    )
    row = room.one(f"SELECT {columns} FROM papers WHERE id = ?", base)
    assert row is not None, base
    return dict(zip(columns.split(", "), row, strict=True))


def test_a_paper_that_every_source_told_of_is_one_row(odd: Room) -> None:
    (sources,) = odd.one(
        "SELECT group_concat(source) FROM (SELECT source FROM sightings JOIN papers ON papers.key = paper "
        "WHERE id = ? ORDER BY source)",
        PLAIN.id,
    )
    assert sources.split(",") == sorted(EVERY)
    assert stored(odd, PLAIN.id)["title"] == PLAIN.title


def test_latex_and_html_are_stored_raw(odd: Room) -> None:
    row = stored(odd, LATEX.id)
    assert (row["title"], row["abstract"]) == (LATEX.title, LATEX.abstract)


def test_acm_and_msc_classes_stay_among_the_categories(odd: Room) -> None:
    assert json.loads(stored(odd, CLASSES.id)["categories"]) == list(CLASSES.categories)


def test_old_ids_are_papers_of_their_own_year(odd: Room) -> None:
    assert stored(odd, "cmp-lg/9805001")["submitted"] == "1998-05-04T12:00:00+00:00"
    assert stored(odd, "cmp-lg/9805001")["version"] == 2
    row = stored(odd, "math/0309136")
    assert (row["submitted"], row["key"] // 10**6) == ("2003-09-08T12:00:00+00:00", 20030908)


def test_a_paper_that_moderation_held_keeps_the_day_of_its_submission(odd: Room) -> None:
    assert stored(odd, HELD.id)["submitted"] == "2024-06-03T00:00:00+00:00"


def test_a_date_to_come_is_not_known(odd: Room) -> None:
    row = stored(odd, AHEAD.id)
    assert (row["submitted"], row["version"]) == (AHEAD.history[0].isoformat(), 2)
    assert row["updated"] in (None, AHEAD.history[0].isoformat())
    listed = stored(odd, LISTED[2].id)
    assert (listed["submitted"], listed["listed"]) == (None, str(DAY))


@pytest.mark.parametrize("number", [0, 1], ids=["null", "missing"])
def test_what_is_null_or_missing_is_unknown_and_not_made_up(odd: Room, number: int) -> None:
    row = stored(odd, LISTED[number].id)
    assert row["title"] == LISTED[number].title
    assert [row[name] for name in ("abstract", "submitted", "upvotes", "stars", "summary")] == [None] * 5
    assert (row["authors"], row["listed"]) == ("[]", str(DAY))


def test_values_of_the_wrong_kind_are_unknown(odd: Room) -> None:
    row = stored(odd, LISTED[3].id)
    assert (row["upvotes"], row["stars"], row["authors"]) == (None, None, "[]")
    row = stored(odd, LISTED[4].id)
    assert (row["upvotes"], row["authors"]) == (None, '["Ada Example"]')
    assert stored(odd, LISTED[5].id)["summary"] is None
    assert odd.one("SELECT count(*) FROM links WHERE url LIKE 'javascript:%'") == (0,)


def test_rows_that_are_no_papers_are_refused_by_name_and_cost_no_other_row(first_sync: tuple[Room, Synced]) -> None:
    row = first_sync[1].of("huggingface")
    good = len(odd_rows()) - len(BROKEN_ROWS)
    assert (row["outcome"], row["received"], row["refused"]) == ("complete", len(odd_rows()), len(BROKEN_ROWS))
    assert (row["new"], row["duplicate"] + row["changed"]) == (good - 1, 1)
    reasons = [reason["why"] for reason in row["reasons"]]
    assert reasons[:3] == ["not an object but 'None'", "not an object but '3'", "not an object but 'a text'"]
    assert {"no paper in it", "no arXiv id", "no title"} <= set(reasons)


def test_a_list_that_is_whole_again_the_next_day_ends_in_the_catalog_that_it_would_have_made(
    open_room: Callable[..., Room],
) -> None:
    whole = {DAY: [listed_row(paper, DAY) for paper in (PLAIN, *LISTED)]}
    room = open_room([], {DAY: odd_rows()}, clock=ON_THURSDAY)
    assert room.sync("--source", "huggingface").code == 0
    room.server.lists, room.clock = whole, ON_FRIDAY
    well = room.sync("--source", "huggingface")
    assert (well.code, well.of("huggingface")["refused"], well.of("huggingface")["new"]) == (0, 0, 2)
    undisturbed = open_room([], whole, clock=ON_FRIDAY)
    assert undisturbed.sync("--source", "huggingface").code == 0
    assert facts_of(room.contents()) == facts_of(undisturbed.contents())


# --- one paper, told of again -----------------------------------------------------------------------------------------


def test_the_order_of_the_sources_does_not_matter(odd: Room, open_room: Callable[..., Room]) -> None:
    room = open_room(ODD, {DAY: odd_rows()}, clock=ON_FRIDAY, days=(DAY, FRIDAY))
    room.server.feed_day = FRIDAY
    assert room.sync(*(f"--source={source}" for source in reversed(EVERY))).code == 0
    assert room.contents() == odd.contents()


def test_first_and_second_version_end_in_one_paper_whichever_came_first(open_room: Callable[..., Room]) -> None:
    first = PLAIN
    second = revised(PLAIN, datetime(2024, 8, 22, 20, tzinfo=UTC), title="Another title", abstract="We changed it.")
    contents = []
    for told in ([first, second], [second, first]):
        room = open_room()
        for paper in told:
            room.server.papers = [paper]
            assert room.sync("--source", "arxiv").code == 0
        assert stored(room, PLAIN.id)["title"] == "Another title"
        assert room.one("SELECT count(*) FROM papers") == (1,)
        rows = [row[1:] for row in room.contents()["versions"]]
        assert [(row[0], row[1][:16]) for row in rows] == [(1, "2024-08-22T00:00"), (2, "2024-08-22T20:00")]
        assert json.loads(rows[1][2]) == ["title", "abstract"]
        contents.append(room.contents())
    assert contents[0] == contents[1]


def test_a_count_of_votes_that_falls_is_what_the_catalog_says(open_room: Callable[..., Room]) -> None:
    room = open_room([], {DAY: [listed_row(PLAIN, DAY, upvotes=40)]}, clock=ON_THURSDAY)
    assert room.sync("--source", "huggingface").code == 0
    room.server.lists = {DAY: [listed_row(PLAIN, DAY, upvotes=33)]}
    room.clock = ON_FRIDAY
    found = room.sync("--source", "huggingface")
    assert (found.code, found.of("huggingface")["changed"]) == (0, 1)
    assert stored(room, PLAIN.id)["upvotes"] == 33
    assert [row[2:4] for row in room.contents()["sightings"]] == [("2024-08-22", 40), ("2024-08-23", 33)]
    assert facts_of(room.contents())["versions"] == []
