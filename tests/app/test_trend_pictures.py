"""Does a chart say its finding, mark what is unsure, and know the papers behind each point?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import trend_pictures, trends
from app.drawing import percent, wrap
from app.settings import settings
from core.exports.points import axes, points
from core.exports.report import ReportedFigure
from db.keys import DAY
from tests.app.trend_papers import PERIOD, fill


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    opened = open_new(settings().catalog)
    fill(opened)
    yield opened
    opened.close()


def drawn(db: Database, kind: Any = "topic", language: str = "en", **asked: Any) -> ReportedFigure:
    picture = trend_pictures.of_trend(
        db, kind, **{"by": "week", "since": PERIOD.start, "until": PERIOD.end, "language": language} | asked
    )
    assert picture is not None
    return picture


def traces(picture: ReportedFigure) -> dict[str, Any]:
    return {trace["name"]: trace for trace in picture.plotly["data"]}


def test_the_finding_is_the_title_in_both_languages(db: Database) -> None:
    title = drawn(db).title
    assert title.en == "Retrieval rises: 9.2% → 24% of papers"
    assert title.ko is not None and "검색 증강" in title.ko and title.ko != title.en
    calm = drawn(db, only=["prompting", "safety"]).title
    assert calm.en == "No share changed by more than chance"


def test_against_a_catalog_that_was_not_kept_nothing_rises(db: Database) -> None:
    assert drawn(db, since=date(2026, 5, 1), until=date(2026, 8, 31)).title.en.startswith("Most papers: ")


def test_what_changed_stands_before_what_is_frequent(db: Database) -> None:
    assert next(iter(traces(drawn(db)))) == "Retrieval"


def test_weeks_that_are_not_whole_are_hollow_and_on_a_dotted_line(db: Database) -> None:
    picture = drawn(db)
    hollow = traces(picture)["Retrieval, not whole"]
    # The first of July is a Wednesday, the last of August a Monday.
    assert list(hollow["x"]) == ["26-06-29", "26-08-31"]
    assert hollow["marker"]["symbol"].endswith("-open") and hollow["mode"] == "markers"
    dotted = [shape for shape in picture.plotly["layout"]["shapes"] if shape.get("line", {}).get("dash") == "dot"]
    assert {(shape["x0"], shape["x1"]) for shape in dotted} == {(0, 1), (8, 9)}
    whole = drawn(db, since=date(2026, 7, 6), until=date(2026, 8, 30))
    assert not any("not whole" in name for name in traces(whole))


def test_every_point_knows_its_papers_and_its_interval(db: Database) -> None:
    found = traces(drawn(db))
    assert found["Retrieval"]["customdata"][0] == ["retrieval", "2026-07-06", "2026-07-12"]
    assert found["Retrieval, not whole"]["customdata"][0] == ["retrieval", "2026-07-01", "2026-07-05"]
    share = found["Retrieval"]["y"][0]
    n = round(share * 84)
    assert found["Retrieval"]["text"][0].startswith(percent(share)) and f"{n} / 84" in found["Retrieval"]["text"][0]


def test_bands_are_drawn_and_are_no_points(db: Database) -> None:
    picture = drawn(db)
    bands = [shape for shape in picture.plotly["layout"]["shapes"] if shape["type"] == "path"]
    assert len(bands) == 3
    assert {name for name, _, _ in points(picture.plotly)} == set(traces(picture))
    assert axes(picture.plotly)[1] == "share of papers"


def test_counts_are_drawn_on_request(db: Database) -> None:
    picture = drawn(db, measure="count")
    assert picture.name == "trend:topic:week:2026-07-01:2026-08-31:count"
    assert all(float(y).is_integer() for y in traces(picture)["Retrieval"]["y"])
    assert not any(shape["type"] == "path" for shape in picture.plotly["layout"]["shapes"])


def test_shares_of_a_handful_of_papers_are_not_drawn(db: Database) -> None:
    db.execute(f"DELETE FROM papers WHERE key / {DAY} BETWEEN 20260713 AND 20260719 AND key % 110 <> 0")
    assert "26-07-13" not in traces(drawn(db))["Retrieval"]["x"]


def test_a_handful_of_papers_is_drawn_as_counts(db: Database) -> None:
    db.execute("DELETE FROM papers WHERE key % 4000 <> 0")
    picture = drawn(db, "stage", since=date(2026, 5, 1))
    assert axes(picture.plotly)[1] == "papers"
    assert picture.name == "trend:stage:week:2026-05-01:2026-08-31"


def test_changes_are_drawn_from_before_to_now_the_risen_on_top(db: Database) -> None:
    picture = trend_pictures.of_changes(trends.changes(db, "topic", PERIOD), PERIOD, language="en")
    assert picture is not None and picture.title.en.startswith("Retrieval rises")
    before, now = picture.plotly["data"]
    assert now["y"][-1] == "Retrieval ▲" and before["marker"]["symbol"] == "circle-open"
    assert before["customdata"][-1] == ["retrieval", "2026-05-01", "2026-06-30"]
    assert now["customdata"][-1] == ["retrieval", "2026-07-01", "2026-08-31"]
    assert now["x"][-1] > before["x"][-1]
    assert now["marker"]["color"][-1] != now["marker"]["color"][0]
    assert trend_pictures.of_changes([], PERIOD, language="en") is None


@pytest.mark.parametrize(
    "name",
    [
        "trend:stage:month:2026-07-01:2026-08-31",
        "trend:topic:week:2026-07-01:2026-08-31:count",
        "changes:topic:2026-07-01:2026-08-31",
        "changes:join:2026-07-01:2026-08-31",
    ],
)
def test_a_chart_is_found_again_by_its_name(db: Database, name: str) -> None:
    found = trend_pictures.by_name(db, name, language="ko")
    assert found is not None and found.name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "trend:stage",
        "trend:moon:month:2026-07-01:2026-08-31",
        "trend:stage:moon:2026-07-01:2026-08-31",
        "trend:join:month:2026-07-01:2026-08-31",
        "trend:stage:month:2026-08-31:2026-07-01",
        "changes:topic:2026-07-01",
        "changes:topic:2026-07-01:2026-13-31",
        "trend:stage:month:1999-07-01:1999-08-31",
    ],
)
def test_a_name_of_no_chart_finds_none(db: Database, name: str) -> None:
    assert trend_pictures.by_name(db, name, language="en") is None


def test_shares_are_written_with_the_digits_that_mean_something() -> None:
    assert [percent(share) for share in (None, 0.0, 0.0004, 0.0412, 0.1234, 1.0)] == [
        "–",
        "0.0%",
        "0.04%",
        "4.1%",
        "12%",
        "100%",
    ]


def test_long_names_are_broken_at_spaces() -> None:
    assert wrap("Knowledge graphs and databases") == "Knowledge<br>graphs and<br>databases"
    assert wrap("지식 그래프와 데이터베이스") == "지식 그래프와<br>데이터베이스"
