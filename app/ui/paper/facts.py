"""When did the paper appear, where, and what did each version change?"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st
from sqlite_utils import Database

from app.ui import moments, papers
from app.ui.words import _
from core.papers.differing import Change, names_changed, words_changed
from core.papers.latex import readable
from db.records import Stored
from db.versions import VersionSaid, versions_of


def dates(stored: Stored) -> None:
    """All dates, and what the record says beside them."""
    paper = stored.paper
    st.subheader(_("Facts"), anchor=False)
    rows = {
        _("First version"): papers.day(paper),
        _("Latest version"): f"{paper.updated:%Y-%m-%d}" if paper.updated and paper.updated != paper.submitted else "",
        _("Announced"): str(paper.announced or ""),
        _("On Hugging Face"): str(paper.listed or ""),
        _("Here since"): moments.clock(stored.seen),
        "arXiv": paper.id + (f"v{paper.version}" if paper.version else ""),
        _("Categories"): ", ".join(paper.categories),
        _("Comment"): readable(paper.comment or ""),
        "DOI": paper.doi or "",
        _("Journal"): paper.journal_ref or "",
        _("Told of by"): ", ".join(stored.sources),
    }
    cells = "".join(
        f'<dt class="tl-meta">{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in rows.items() if value
    )
    st.html(f'<dl class="tl-facts">{cells}</dl>')


def versions(db: Database, stored: Stored) -> None:
    """What changed between the versions, as far as their words are kept; nothing where there is only the first."""
    found = versions_of(db, stored.paper.id)
    if not found or (len(found) == 1 and found[0].number == 1):
        return
    st.subheader(_("Versions"), anchor=False)
    if len(found) == 1:
        words = _("Only version {n} was met here: what changed before it cannot be shown. arXiv keeps all of them.")
        st.caption(words.format(n=found[0].number))
        return
    for number in range(len(found) - 1, -1, -1):
        _version(found, number)


def _version(found: Sequence[VersionSaid], place: int) -> None:
    """One version against what the paper said before it."""
    version = found[place]
    when = f"{version.submitted:%Y-%m-%d}" if version.submitted else _("day unknown")
    head = f"v{version.number} · {when}"
    names = {"title": _("Title"), "authors": _("Authors"), "abstract": _("Abstract")}
    changed: dict[str, tuple[Change, ...] | None] = {}
    untold = []
    for name, label in names.items():
        now, before = getattr(version, name), _before(found, place, name)
        if now is None or before is None:
            untold.append(label)
        elif _squeezed(now) != _squeezed(before):
            changed[label] = _compared(now, before)
    if place == 0:
        kept = version.number == 1 or any(getattr(version, name) is not None for name in names)
        st.caption(head if kept else f"{head} · {_told_little()}")
    elif not changed:
        st.caption(f"{head} · {_unchanged(list(names.values()), untold)}")
    else:
        with st.expander(f"{head} · {', '.join(changed)}"):
            for label, changes in changed.items():
                _difference(label, changes, ", " if label == names["authors"] else " ")
            if untold:
                st.caption(_not_kept(untold))


def _compared(now: str | tuple[str, ...], before: str | tuple[str, ...]) -> tuple[Change, ...] | None:
    if isinstance(now, str) and isinstance(before, str):
        return words_changed(readable(before), readable(now))
    return names_changed(before, now)


def _unchanged(names: Sequence[str], untold: Sequence[str]) -> str:
    """What is said of a version of which nothing that is kept differs from before."""
    if len(untold) == len(names):
        return _told_little()
    if not untold:
        return _("title, authors and abstract as before")
    same = ", ".join(name for name in names if name not in untold)
    return _("as before: {names}").format(names=same) + " · " + _not_kept(untold)


def _not_kept(names: Sequence[str]) -> str:
    return _("Not kept of this version or of those before: {names}").format(names=", ".join(names))


def _told_little() -> str:
    return _("its words are not kept: no source told of them while it was the newest")


def _before(found: Sequence[VersionSaid], place: int, name: str) -> str | tuple[str, ...] | None:
    """The newest earlier wording that is known."""
    known = (getattr(version, name) for version in reversed(found[:place]))
    return next((said for said in known if said is not None), None)


def _squeezed(value: str | tuple[str, ...]) -> str:
    return " ".join((value if isinstance(value, str) else "\n".join(value)).split())


def _difference(label: str, changes: Sequence[Change] | None, joint: str) -> None:
    if changes is None:
        st.caption(f"{label}: " + _("changed, and too long to compare word by word"))
        return
    tags = {"same": "{}", "gone": "<del>{}</del>", "come": "<ins>{}</ins>"}
    words = joint.join(tags[change.kind].format(escape(change.words)) for change in changes)
    st.html(f'<div class="tl-abstract"><span class="tl-meta">{escape(label)}</span><br>{words}</div>')
