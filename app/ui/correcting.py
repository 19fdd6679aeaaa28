"""How does a person say what papers are about? One paper on its page, or several at once in a list.

A list has a quiet button that puts a box before each paper; what is chosen is filed from a bar at the foot of the page.
Only papers that are shown can be chosen: nobody files what is out of sight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st
from sqlite_utils import Database

from app.ui import trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language, text
from core.papers.latex import readable
from core.papers.tags import TagKind
from core.papers.taxonomy import Entry, applications, entry, stages, topics
from db import tags
from db.connect import transaction
from db.records import Stored
from db.rows import UnknownPaper
from db.tags import Correction

NONE = "none"  # among the stages of the bar: no stage at all


# --- one paper --------------------------------------------------------------------------------------------------------


def popover(db: Database, stored: Stored) -> None:
    """The button under which the stages, topics and fields of a paper are set right, and that taken back."""
    with st.popover(_("Correct"), icon=":material/edit:"):
        chosen: dict[TagKind, list[str]] = {}
        chosen["stage"] = _pills(stored, "stage", _("The right stages"), stages())
        offered = [key for key, item in topics().items() if item.stage in chosen["stage"]]
        offered += [key for key in stored.values("topic") if key not in offered]
        if offered:
            entries = {key: item for key, item in topics().items() if key in offered}
            chosen["topic"] = _pills(stored, "topic", _("The right topics"), entries)
        chosen["application"] = _pills(stored, "application", _("The right fields"), applications())
        keys = {kind: _key(stored, kind) for kind in chosen}
        st.button(_("Keep this"), type="primary", key="correct-keep", on_click=_keep, args=(stored, keys))
        if tags.corrected(db, stored.paper.id):
            st.button(_("Take my correction back"), key="correct-undo", on_click=take_back, args=(stored.paper.id,))


def take_back(paper_id: str) -> None:
    """Take a person's word on a paper back, whatever it is about; for a button."""
    _change(
        _("Correction taken back"),
        lambda db: [tags.uncorrect(db, paper_id, kind) for kind in tags.corrected(db, paper_id)],
    )


def _pills(stored: Stored, kind: TagKind, label: str, entries: Mapping[str, Entry]) -> list[str]:
    held = stored.values(kind)
    return list(
        st.pills(
            label,
            list(entries),
            selection_mode="multi",
            default=[key for key in entries if key in held],
            format_func=lambda key: text(entries[key].name) if key in entries else key,
            key=_key(stored, kind),
        )
        or ()
    )


def _key(stored: Stored, kind: TagKind) -> str:
    """Another widget when the paper is filed otherwise, so that it shows how it is filed."""
    return f"correct-{stored.paper.id}-{kind}-{'-'.join(sorted(stored.values(kind)))}"


def _keep(stored: Stored, keys: Mapping[TagKind, str]) -> None:
    """Take what the pills show as the person's word, of the kinds in which it is another than before."""
    shown = {kind: list(st.session_state.get(key) or ()) for kind, key in keys.items()}
    different = {kind: values for kind, values in shown.items() if set(values) != set(stored.values(kind))}
    words = ", ".join(_names(kind, values) for kind, values in different.items())
    _change(
        _("Filed under: {names}").format(names=words),
        lambda db: [tags.correct(db, stored.paper.id, kind, values) for kind, values in different.items()],
    )


# --- several at once --------------------------------------------------------------------------------------------------


def toggle(scope: str) -> None:
    """The quiet button that begins and ends choosing in a list."""
    on = is_on(scope)
    st.button(
        _("Done") if on else _("Select"),
        icon=":material/done:" if on else ":material/checklist:",
        key=f"choose-{scope}",
        type="tertiary",
        help=_("Choose papers and file them together."),
        on_click=_turn,
        args=(scope, not on),
    )


def is_on(scope: str) -> bool:
    """Whether papers are being chosen in this list."""
    return bool(st.session_state.get(f"choosing-{scope}"))


def box(stored: Stored, scope: str) -> None:
    """The box before a paper."""
    title = plain(readable(stored.paper.title))
    st.checkbox(title, key=_box(scope, stored.paper.id), label_visibility="collapsed", width="content")


def bar(shown: Sequence[Stored], scope: str) -> None:
    """What is chosen, and where it belongs."""
    ids = [stored.paper.id for stored in shown]
    chosen = [paper_id for paper_id in ids if st.session_state.get(_box(scope, paper_id))]
    pills = f"file-under-{scope}"
    with (
        st.bottom,
        st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"file-{scope}"),
    ):
        st.markdown(_("{n} chosen · file under").format(n=len(chosen)), width="content")
        st.pills(
            _("The right stages"),
            [*stages(), NONE],
            selection_mode="multi",
            format_func=lambda key: _("None") if key == NONE else text(stages()[key].name),
            key=pills,
            label_visibility="collapsed",
            on_change=_one_or_none,
            args=(pills,),
            width="content",
        )
        said = list(st.session_state.get(pills) or ())
        st.button(
            _("Keep"),
            key=f"file-keep-{scope}",
            type="primary",
            disabled=not (chosen and said),
            on_click=_file,
            args=(scope, chosen, [value for value in said if value != NONE]),
        )
        every = len(chosen) == len(ids)
        st.button(
            _("Choose none") if every else _("Choose all shown"),
            key=f"file-all-{scope}",
            type="tertiary",
            on_click=_choose,
            args=(scope, ids, not every),
        )


def _box(scope: str, paper_id: str) -> str:
    return f"pick-{scope}-{paper_id}"


def _turn(scope: str, on: bool) -> None:
    st.session_state[f"choosing-{scope}"] = on


def _choose(scope: str, ids: Sequence[str], on: bool) -> None:
    for paper_id in ids:
        st.session_state[_box(scope, paper_id)] = on


def _one_or_none(pills: str) -> None:
    """None and a stage exclude each other: what was pressed last holds."""
    said, before = list(st.session_state[pills] or ()), st.session_state.get(f"{pills}-before", ())
    if NONE in said and len(said) > 1:
        said = [value for value in said if (value == NONE) != (NONE in before)]
        st.session_state[pills] = said
    st.session_state[f"{pills}-before"] = tuple(said)


def _file(scope: str, ids: Sequence[str], values: Sequence[str]) -> None:
    words = _("{n} filed under: {names}").format(n=len(ids), names=_names("stage", values))
    _change(words, lambda db: [tags.correct_many(db, ids, "stage", values)])
    _choose(scope, ids, False)
    st.session_state[f"file-under-{scope}"] = []


# --- both -------------------------------------------------------------------------------------------------------------


def _names(kind: TagKind, values: Sequence[str]) -> str:
    """What papers are filed under, in the visitor's language, safe as Markdown."""
    nothing: dict[TagKind, str] = {"stage": _("no stage"), "topic": _("no topic"), "application": _("no field")}
    return plain(", ".join(entry(kind, value).name.to(language()) for value in values) or nothing[kind])


def _change(words: str, step: Callable[[Database], list[Correction]]) -> None:
    """Do it, and offer to take it back."""
    db = catalog()
    try:
        with transaction(db):
            changes = step(db)
    except UnknownPaper as error:
        st.toast(plain(trouble.told(error)), icon=":material/error:")
        return
    if changes:
        undo.record(words, partial(_undo, changes=changes))


def _undo(db: Database, *, changes: Sequence[Correction]) -> None:
    with transaction(db):
        for change in reversed(changes):
            tags.undo(db, change)
