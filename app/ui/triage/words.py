"""What does the list say, in the visitor's language? All words that its script shows."""

from __future__ import annotations

from typing import Any

from app.ui.words import _, text
from core.papers.taxonomy import stages
from db.arranging import EARLIER, NEWS, NOWHERE, TODAY


def heading(group: str) -> str:
    """Of a group of `db.arranging`; '' for none."""
    if group in stages():
        return text(stages()[group].name)
    names = {
        NEWS: _("Since your last visit"),
        TODAY: _("On Hugging Face's last list"),
        EARLIER: _("Earlier"),
        NOWHERE: _("No stage"),
    }
    return names.get(group, "")


def looks() -> dict[str, dict[str, str]]:
    """How each state is shown."""
    return {
        "read": {"sign": "✓", "done": _("read")},
        "saved": {"sign": "▮", "done": _("saved")},
        "skip": {"sign": "–", "done": _("skipped")},
    }


def words() -> dict[str, Any]:
    """By the names that the script uses."""
    return {
        "help": _("Keys"),
        "fresh": _("new"),
        "starred": _("starred"),
        "actions": _("What to do with this paper"),
        "abstract": _("Abstract"),
        "figure": _("Figure"),
        "read": _("Read"),
        "saved": _("Save"),
        "skip": _("Skip"),
        "star": _("Star"),
        "note": _("Note"),
        "keep": _("Write it down"),
        "note_hint": _("What do you make of it?"),
        "looking": _("Looking for the figure …"),
        "place": _("{n} of {of} · {left} not looked at"),
        "with_keys": _("Single keys work on this page"),
        "keys": {"abstract": "O", "figure": "F", "read": "R", "saved": "S", "skip": "X", "star": "T", "note": "N"},
        "sheet": [
            [["J", "K"], _("next, previous")],
            [["O"], _("open the abstract")],
            [["F"], _("overview figure")],
            [["S"], _("save")],
            [["X"], _("skip")],
            [["R"], _("read")],
            [["T"], _("star")],
            [["N"], _("note")],
            [["U"], _("undo")],
            [["G"], _("go to the paper's page")],
            [["?"], _("this help")],
        ],
    }
