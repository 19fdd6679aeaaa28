"""A stage's page: the map with its numbers, the newest papers and the way to all of them, the trend when asked for."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui import pipeline
from core.papers.taxonomy import stages, topics
from core.papers.trends import Period
from db import series
from db.connect import open_catalog
from db.listing import listed
from db.records import Filters
from tests.pages.opening import opened, words


def links(app: AppTest) -> dict[str, str]:
    """Label to the address that it leads to."""
    return {element.proto.label: element.proto.query_string for element in app.get("page_link")}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_map_has_the_papers_of_each_stage(starter: None, language: str) -> None:
    db = open_catalog(settings().catalog)
    counts = series.all_time(db, "stage")
    app = opened("build", language)
    for key, stage in stages().items():
        n = listed(db, Filters(stage=key), limit=0).n
        assert counts[key] == n > 50
        said = f"논문 {n}편" if language == "ko" else f"{n} papers"
        assert f"**{stage.name.to(language)}** :small[{said}]" in links(app)
    db.close()


def test_counts_of_all_time_are_those_of_all_months(starter: None) -> None:
    db = open_catalog(settings().catalog)
    summed = {one.value: one.now for one in series.compare(db, "topic", Period(date(1991, 1, 1), date(2099, 12, 31)))}
    assert series.all_time(db, "topic") == summed
    db.close()


@pytest.mark.parametrize(("n", "said"), [(0, "0 papers"), (1, "1 paper"), (9_999, "9,999 papers"), (234_567, "235K")])
def test_many_papers_are_said_in_few_letters(n: int, said: str) -> None:
    assert pipeline.papers(n).startswith(said)


def test_the_newest_papers_stand_there_and_a_link_leads_to_all(starter: None) -> None:
    app = opened("align")
    db = open_catalog(settings().catalog)
    found = listed(db, Filters(stage="align"), limit=5)
    db.close()
    shown = [label for label, query in links(app).items() if query.startswith("id=")]
    assert len(shown) == 5
    assert links(app)[f"All {found.n} papers in the Inbox"] == "stage=align"
    topic = next(iter(topics("align")))
    app.pills(key="topic-align").set_value(topic).run()
    assert f"stage=align&topic={topic}" in links(app).values()


def test_the_trend_is_drawn_when_somebody_wants_it(starter: None) -> None:
    app = opened("build")
    assert not app.get("plotly_chart")
    app.session_state["trend-of-build"] = True
    app = app.run()
    assert not app.exception and app.get("plotly_chart")


def test_a_stage_without_papers_says_what_to_do(home: object) -> None:
    assert "No paper here yet. Sync on the Inbox" in words(opened("ask"))
