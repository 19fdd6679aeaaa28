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
    """How each mark is shown: an icon of the Material Symbols, and what it says."""
    return {
        "read": {"icon": "check", "done": _("read")},
        "saved": {"icon": "bookmark", "done": _("saved")},
        "skip": {"icon": "visibility_off", "done": _("skipped")},
        "star": {"icon": "star", "done": _("starred")},
        "note": {"icon": "edit_note", "done": _("noted")},
    }


def words() -> dict[str, Any]:
    """By the names that the script uses."""
    return {
        "acts": _("What to do with this paper"),
        # Name, icon, key, label; the order is that of the buttons.
        "buttons": [
            ["previous", "arrow_upward", "K", _("Previous")],
            ["next", "arrow_downward", "J", _("Next")],
            ["abstract", "subject", "O", _("Abstract")],
            ["figure", "image", "F", _("Figure")],
            ["read", "check", "R", _("Read")],
            ["saved", "bookmark", "S", _("Save")],
            ["skip", "visibility_off", "X", _("Skip")],
            ["star", "star", "T", _("Star")],
            ["note", "edit_note", "N", _("Note")],
            ["undo", "undo", "U", _("Undo")],
            ["page", "article", "G", _("Paper page")],
            ["help", "keyboard", "?", _("Keys")],
        ],
        "fresh": _("new"),
        "keep": _("Write it down"),
        "cancel": _("Cancel"),
        "note_hint": _("What do you make of it?"),
        "looking": _("Looking for the figure …"),
        "figure_of": _("Overview figure of: {title}"),
        "place": _("{n} of {of} · {left} to look at"),
        "end": _("The end of this list · {left} to look at"),
        "done": _("The end of this list. You have looked at all of it."),
        "with_keys": _("Single keys work on this page"),
        "sheet": [
            [["J", "K"], _("next, previous")],
            [["O"], _("abstract, open or closed")],
            [["F"], _("overview figure")],
            [["S"], _("save it, and on to the next")],
            [["X"], _("skip it, and on")],
            [["R"], _("it is read, and on")],
            [["T"], _("star it")],
            [["N"], _("write a note; Ctrl Enter keeps it")],
            [["U"], _("take the last mark back")],
            [["G"], _("go to the paper's page")],
            [["?"], _("this help")],
        ],
    }
