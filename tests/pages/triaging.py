"""The list of the Inbox as its browser side sees it: what it is handed, and what it tells.

Streamlit's test bench knows no components: what this one would send is put beside the states of the other widgets.
"""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def handed(app: AppTest) -> dict[str, Any]:
    """What the server handed to the list; empty where there is none on the page."""
    found = app.get("bidi_component")
    return json.loads(found[0].proto.json or found[0].proto.mixed.json) if found else {}


def rows(app: AppTest) -> list[str]:
    """The ids of the papers that came, from top to bottom."""
    return [row["id"] for row in handed(app).get("rows", ())]


def marked(app: AppTest) -> dict[str, tuple[str | None, bool]]:
    """State and star of each paper that the list knows as marked."""
    return {paper: (mark["state"], mark["star"]) for paper, mark in (handed(app)["marks"] or {}).items()}


def tell(app: AppTest, told: object) -> AppTest:
    """Have the list tell this, whatever it is, and run the page."""
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id = app.get("bidi_component")[0].proto.id
    state.json_value = json.dumps({"told": told})
    app._run(states)
    assert not app.exception, [item.value for item in app.exception]
    return app


def press(app: AppTest, *entries: dict[str, Any]) -> AppTest:
    """Have the list tell these, numbered on from what was noted."""
    done = handed(app)["noted"]
    return tell(app, {"log": [{"number": done + place, **entry} for place, entry in enumerate(entries, start=1)]})


def mark(app: AppTest, paper: str, **what: object) -> AppTest:
    """Press a key that marks a paper."""
    return press(app, {"act": "mark", "id": paper, **what})
