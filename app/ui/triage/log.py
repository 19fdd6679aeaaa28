"""What was pressed in the list, and is it done? Entries that a browser numbers and tells until they are noted.

A run of the page may be cut short between any two looks at the session, and the same entries come again with the next:
what is done already is seen and not done twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app.ui import papers, trouble
from app.ui.escape import plain
from db import notes, reading, visits
from db.records import STATES
from db.rows import UnknownPaper, key_of

LONGEST_NOTE = 4_000


@dataclass
class Log:
    """How far a browser's log is done.

    :param done: the number of the last entry that is.
    :param going: the paper whose page is to be opened.
    """

    done: int = 0
    going: str | None = None


def note_down(db: Database, log: Log, entries: object) -> Iterator[str]:
    """Do what was not done yet, each once and in its order.

    :param entries: as a browser told them; they may hold anything.
    :returns: why what could not be done was passed over, one line each, in the visitor's language.
    """
    for entry in entries if isinstance(entries, list) else []:
        number = entry.get("number") if isinstance(entry, dict) else None
        if not isinstance(number, int) or number <= log.done:
            continue
        try:
            _do(db, log, entry)
        except (UnknownPaper, ValueError) as error:
            yield trouble.told(error)
        log.done = number


def hear(db: Database, log: Log, entries: object) -> tuple[list[str], bool]:
    """Note down what a browser tells, and show what could not be done.

    :returns: what could not be done, and whether all was looked at: a busy catalog leaves it to be told again.
    """
    refused, whole = [], True
    try:
        visits.note(db)
        for why in note_down(db, log, entries):
            refused.append(why)
    except sqlite3.OperationalError as error:
        refused.append(trouble.told(error))
        whole = False
    for why in refused:
        st.toast(plain(why), icon=":material/error:")
    return refused, whole


def last_words(entries: object) -> list[dict[str, Any]]:
    """Of a log from which its list is gone: how each paper stood in the end, and the notes.

    Some of it may be done already, and done once more a paper would go through all its states again.
    """
    marks: dict[str, dict[str, Any]] = {}
    others = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("number"), int):
            continue
        if entry.get("act") == "mark":
            marks[str(entry.get("id"))] = marks.get(str(entry.get("id")), {}) | entry
        else:
            others.append(entry)
    return sorted([*marks.values(), *others], key=lambda entry: entry["number"])


def _do(db: Database, log: Log, entry: dict[str, Any]) -> None:
    """
    :raises UnknownPaper: no such paper.
    :raises ValueError: nothing that can be done.
    """
    act, paper = entry.get("act"), str(entry.get("id"))
    key_of(db, paper)
    if act == "mark":
        _mark(db, paper, entry)
    elif act == "note":
        _note(db, paper, str(entry.get("text") or "").strip()[:LONGEST_NOTE])
    elif act == "go":
        log.going = paper
    else:
        raise ValueError(f"{str(act)[:40]!r} is nothing that can be done with a paper")


def _mark(db: Database, paper: str, entry: dict[str, Any]) -> None:
    now = reading.reading_of(db, paper)
    if "state" in entry and entry["state"] != now.state:
        state = entry["state"]
        if state is not None and state not in STATES:
            raise ValueError(f"state {str(state)[:40]!r} does not exist; use {', '.join(STATES)}")
        papers.set_state(paper, state)
    if "star" in entry and bool(entry["star"]) != now.star:
        papers.star(paper)


def _note(db: Database, paper: str, body: str) -> None:
    """The same words on the same paper are a note that was told twice."""
    if body and body not in (note.body for note in notes.pinning(db, "paper", paper)):
        notes.add(db, title=body.splitlines()[0][:80], body=body, pins=[notes.Pin("paper", paper)])
