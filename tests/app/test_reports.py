"""What is told of a period: its papers and the period before it, its notes with their pins, its runs and charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from app import pictures, reports
from app.settings import settings
from core.events import Point, Status, to_line
from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from core.papers.trends import Period
from db import notes, papers, reading, runs, tags
from tests.run_rows import run_row

TODAY = date(2026, 8, 31)
RUN = "20260815-120000-abcdef"


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    """Two papers in August, one in July, one of August's saved; a run in August."""
    opened = open_new(settings().catalog)
    days = {"2608.00001": 20, "2608.00002": 21, "2607.00001": 15}
    found = [
        Paper(
            id=paper_id,
            title=f"Paper {paper_id}",
            submitted=datetime(2026, int(paper_id[2:4]), day, tzinfo=UTC),
            upvotes=5 if paper_id == "2608.00001" else None,
        )
        for paper_id, day in days.items()
    ]
    papers.upsert(opened, found, source="arxiv", day=TODAY, seen_at=datetime(2026, 8, 31, tzinfo=UTC))
    said = Tagging(tags=(Tag(kind="stage", value="ask", confidence=0.9),), confidence={"ask": 0.9})
    tags.set_tags(opened, dict.fromkeys(days, said))
    reading.set_state(opened, "2608.00002", "saved")
    _insert_run(opened)
    yield opened
    opened.close()


def _insert_run(opened: Database) -> None:
    created = datetime(2026, 8, 15, 12, tzinfo=UTC)
    runs.insert(opened, run_row(RUN, "lora-vs-full", stage="adapt", created=created))
    runs.advance(opened, RUN, state="finished", started=created, finished=created)
    folder = settings().runs / RUN
    folder.mkdir(parents=True)
    events = [
        Status(state="started"),
        *(Point(arm="lora", x=x, y=1 / (x + 1), replicate=0, y_label={"en": "loss", "ko": "손실"}) for x in range(5)),
    ]
    lines = "".join(to_line(event, run=RUN, unit="lora-0", t=0.1) + "\n" for event in events)
    (folder / "events.jsonl").write_text(lines, encoding="utf-8")


def request(**asked: object) -> reports.Request:
    return reports.Request(
        **{"language": "en", "today": TODAY, "since": date(2026, 8, 1), "until": date(2026, 8, 31)} | asked
    )


def test_a_summary_counts_the_period_and_the_one_before(db: Database) -> None:
    report = reports.build(db, settings(), request())
    assert (report.before, report.papers_before, report.papers_after) == (
        Period(date(2026, 7, 1), date(2026, 7, 31)),
        1,
        2,
    )
    (change,) = report.of_kind("stage")
    assert (change.value, change.before, change.after) == ("ask", 1, 2)


def test_notable_papers_are_the_saved_ones_and_then_the_noticed(db: Database) -> None:
    report = reports.build(db, settings(), request())
    assert [item.paper.id for item in report.papers] == ["2608.00002", "2608.00001"]


def test_a_summary_tells_the_runs_of_the_period_with_their_charts(db: Database) -> None:
    report = reports.build(db, settings(), request())
    assert [run.id for run in report.runs] == [RUN]
    assert f"run:{RUN}#main" in {figure.name for figure in report.figures}
    later = reports.build(db, settings(), request(since=date(2026, 9, 1), until=date(2026, 9, 30)))
    assert later.runs == ()


def test_a_note_brings_what_is_pinned_and_says_what_is_gone(db: Database) -> None:
    pins = [
        notes.Pin("paper", "2608.00001"),
        notes.Pin("paper", "2608.99999"),
        notes.Pin("run", RUN),
        notes.Pin("run", "20260101-000000-000000"),
        notes.Pin("chart", f"run:{RUN}#main"),
        notes.Pin("chart", "trend:stage:month:2026-07-01:2026-08-31"),
        notes.Pin("chart", "run:gone#main"),
    ]
    notes.add(db, title="August", body="text", pins=pins, created=datetime(2026, 8, 20, tzinfo=UTC))
    (note,) = reports.build(db, settings(), request(), kind="notebook").notes
    assert [item.paper.id for item in note.papers] == ["2608.00001"]
    assert [run.id for run in note.runs] == [RUN]
    assert len(note.figures) == 2
    assert set(note.missing) == {"2608.99999", "20260101-000000-000000", "run:gone#main"}


def test_a_list_of_papers_takes_a_search_and_is_whole_without_a_period(db: Database) -> None:
    bare = reports.Request(language="en", today=TODAY)
    assert len(reports.build(db, settings(), bare, kind="papers").papers) == 3
    found = reports.build(db, settings(), request(query="2608.00001"), kind="papers").papers
    assert [item.paper.id for item in found] == ["2608.00001"]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="swap"):
        request(since=date(2026, 9, 1)).period()


def test_the_chart_of_a_run_has_a_line_a_replicate_and_a_mean(db: Database) -> None:
    picture = pictures.by_name(db, f"run:{RUN}#main", runs_folder=settings().runs, language="ko")
    assert picture.title.to("ko") == "손실"
    assert [len(trace["x"]) for trace in picture.plotly["data"]] == [5, 5]


@pytest.mark.parametrize("name", ["", "run:", "run:x", "trend:stage", "trend:moon:month:2026-07-01:2026-08-31", "x:y"])
def test_a_pin_that_names_no_chart_is_said(db: Database, name: str) -> None:
    with pytest.raises(pictures.NoPicture, match="no "):
        pictures.by_name(db, name, runs_folder=settings().runs, language="en")
