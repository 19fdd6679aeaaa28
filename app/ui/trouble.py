"""What went wrong, in the visitor's language? The lines of the layers below are in English, for terminals too."""

from __future__ import annotations

import re
import sqlite3

from app.ui.words import _
from db.connect import explain


def told(error: Exception) -> str:
    """The line of an error that a visitor can meet; as it is where it has no translation.

    Text from outside may be in it: it is still to be escaped.
    """
    line = explain(error) if isinstance(error, sqlite3.Error) else str(error)
    for pattern, words in {**_of_the_catalog(), **_of_what_is_asked_for()}.items():
        # The file that it is about stands first, where there is one.
        if found := re.fullmatch(f"(?P<file>.+?: )?{pattern}", line, re.DOTALL):
            parts = found.groupdict()
            return (parts.pop("file") or "") + words.format(**parts)
    return line


def _of_the_catalog() -> dict[str, str]:
    """Of db/connect.py."""
    return {
        r"the catalog is read-only; make the file and its folder writable or choose another TRENDLAB_HOME": _(
            "the catalog is read-only; make the file and its folder writable or choose another TRENDLAB_HOME"
        ),
        r"another process holds the catalog; wait for it or end it": _(
            "another process holds the catalog; wait for it or end it"
        ),
        r"it cannot be used \((?P<why>.*)\)": _("it cannot be used ({why})"),
        r"the file is damaged \((?P<why>.*)\); mend it with: python -m app doctor, or restore a backup": _(
            "the file is damaged ({why}); mend it with: python -m app doctor, or restore a backup"
        ),
        r"this file is not a SQLite database; move it away or choose another TRENDLAB_HOME": _(
            "this file is not a SQLite database; move it away or choose another TRENDLAB_HOME"
        ),
        r"cannot be opened \((?P<why>.*)\); check that its folder can be written": _(
            "cannot be opened ({why}); check that its folder can be written"
        ),
        r"cannot be read \((?P<why>.*)\); choose another TRENDLAB_HOME": _(
            "cannot be read ({why}); choose another TRENDLAB_HOME"
        ),
        r"cannot be read; choose another TRENDLAB_HOME": _("cannot be read; choose another TRENDLAB_HOME"),
        r"a database of another program; choose another TRENDLAB_HOME": _(
            "a database of another program; choose another TRENDLAB_HOME"
        ),
        r"written by a newer version \(it knows (?P<step>.*)\); update TrendLab to open it": _(
            "written by a newer version (it knows {step}); update TrendLab to open it"
        ),
    }


def _of_what_is_asked_for() -> dict[str, str]:
    """Of papers, runs, charts and retrainings that are not there, or not to be had."""
    return {
        r"no paper (?P<paper>.*) in the catalog; sync or import it first": _(
            "no paper {paper} in the catalog; sync or import it first"
        ),
        r"there is no run (?P<run>.*); `runs` lists those there are": _("there is no run {run}"),
        r"(?P<one>\S+) is a run of (?P<first>\S+), (?P<other>\S+) of (?P<second>\S+)": _(
            "{one} is a run of {first}, {other} of {second}"
        ),
        r"there is no chart (?P<chart>.*) any more": _("there is no chart {chart} any more"),
        r"no stage is corrected yet; correct some papers, then retrain": _(
            "no stage is corrected yet; correct some papers, then retrain"
        ),
        r"a retraining is under way; let it end, or cancel it(?: on the page Stage lens)?": _(
            "a retraining is under way; let it end, or cancel it"
        ),
        r"this is no shared run \((?P<why>.*)\); ask for the JSON file that a run's page offers": _(
            "this is no shared run ({why}); ask for the JSON file that a run's page offers"
        ),
        r"(?P<folder>.*): (?P<why>[^:]*); make the folder writable or choose another one": _(
            "{folder}: {why}; make the folder writable or choose another one"
        ),
    }
