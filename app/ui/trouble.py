"""What went wrong, in the visitor's language?"""

from __future__ import annotations

import sqlite3

from app.ui.words import language
from core.language import Told
from db.connect import explain


def told(error: Exception) -> str:
    """The line of an error that a visitor can meet; in English where it has no other.

    Text from outside may be in it: it is still to be escaped.
    """
    if isinstance(error, sqlite3.Error):
        return explain(error).to(language())
    return error.said.to(language()) if isinstance(error, Told) else str(error)
