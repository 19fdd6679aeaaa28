"""How does an export reach the visitor? Rendered by the same code as the command, offered as a download."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from functools import partial

import streamlit as st
from sqlite_utils import Database

from app import reports
from app.settings import settings
from app.told import listed_paper
from app.ui import finding
from app.ui.catalog import catalog
from app.ui.words import _, language, n_, text
from core.exports.export import Export, Kind, exports
from core.exports.sections import paper_line
from db.listing import listed
from db.records import Filters

IN_A_ROW = 3
PREVIEW_HEIGHT = 560  # pixels
PAPERS_SHOWN = 10


def buttons(*, kind: Kind) -> None:
    """A download for each format of a kind, whole and in the visitor's language, side by side."""
    wanted = reports.Request(language=language(), today=datetime.now(UTC).date())
    for form in exports(kind).values():
        button(form, wanted, hint=text(form.help))


def formats(*, kind: Kind, request: reports.Request) -> None:
    """A download for each format of a kind, with what the format is good for under it."""
    forms = list(exports(kind).values())
    for start in range(0, len(forms), IN_A_ROW):
        for column, form in zip(st.columns(IN_A_ROW), forms[start : start + IN_A_ROW], strict=False):
            with column, st.container(gap="xsmall"):
                button(form, request, wide=True)
                st.caption(text(form.help))


def button(
    form: Export, wanted: reports.Request, *, label: str = "", hint: str | None = None, wide: bool = False
) -> None:
    """A download whose file is made when it is asked for.

    :param label: in place of the format's name.
    """
    st.download_button(
        label or text(form.name),
        partial(_render, form, wanted),
        file_name=form.filename(wanted.period()),
        mime=form.mime,
        icon=":material/download:",
        key=f"export-{form.id}",
        on_click="ignore",
        help=hint,
        width="stretch" if wide else "content",
    )


def _render(form: Export, wanted: reports.Request) -> bytes:
    # A download is rendered in a thread of its own, and needs a connection of its own.
    return form.render(reports.build(catalog(), settings(), wanted, kind=form.kind), wanted.language)


def preview(db: Database, *, kind: Kind, request: reports.Request) -> None:
    """What the file will say: of a list its first papers, else all of it, as its Markdown reads."""
    with st.expander(_("Preview"), expanded=True):
        if kind == "papers":
            _first_papers(db, request)
            return
        # What came from the network is escaped in it.
        form = exports(kind)[f"{kind}-markdown"]
        report = reports.build(db, settings(), request, kind=kind)
        with st.container(height=PREVIEW_HEIGHT, border=False):
            st.markdown(form.render(report, request.language).decode("utf-8"))


def _first_papers(db: Database, request: reports.Request) -> None:
    period = request.period()
    filters = Filters(text=request.query or None, since=period.start, until=period.end)
    found = listed(db, filters, limit=PAPERS_SHOWN)
    finding.hints(found.hints)
    if not found.papers:
        st.markdown(_("No paper fits. Choose other days, or clear the search."))
        return
    count = n_("{n} paper", "{n} papers", found.n)
    st.markdown(_("{count} or more, the newest first:").format(count=count) if found.more else count)
    # What came from the network is escaped in each line.
    st.markdown("\n".join(paper_line(listed_paper(stored), request.language) for stored in found.papers))


def command(kind: Kind, request: reports.Request) -> None:
    """The same file from the command line."""
    period = request.period()
    words = ["python", "-m", "app", "export", kind, "--since", str(period.start), "--until", str(period.end)]
    if kind == "papers" and request.query:
        words += ["--query", request.query]
    st.caption(_("The same from the command line; --format chooses another format:"))
    st.code(shlex.join([*words, "--language", request.language, "--out", "."]), language=None, wrap_lines=True)
