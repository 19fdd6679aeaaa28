"""Is the daily sync chosen on the Settings page, and is that kept?"""

from __future__ import annotations

from datetime import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.schedule import read_plan, read_schedule
from app.settings import settings
from db.connect import open_catalog

SECTION = """
from app.ui import schedule
from app.ui.catalog import catalog
schedule.section(catalog())
"""


def test_switching_it_on_keeps_the_choice_and_tells_when_the_next_one_is(home: Path) -> None:
    app = AppTest.from_string(SECTION, default_timeout=30).run()
    assert not app.toggle[0].value
    assert not app.caption
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert "Next sync: " in app.caption[0].value
    assert "python -m app serve" in app.warning[0].value
    app.time_input[0].set_value(time(9, 45)).run()
    app.multiselect[0].set_value(["rss"]).run()
    db = open_catalog(settings().catalog)
    kept = read_schedule(db)
    assert (kept.on, kept.at, kept.sources) == (True, time(9, 45), ("rss",))
    app.toggle[0].set_value(False).run()
    assert read_plan(db) is None
    assert not app.caption
