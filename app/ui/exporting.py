"""How does an export reach the visitor? Rendered by the same code as the command, offered as a download."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app import reports
from app.settings import settings
from app.ui.catalog import catalog
from app.ui.words import language, text
from core.exports.export import Export, Kind, exports
from core.exports.report import Report


def buttons(*, kind: Kind, request: reports.Request | None = None) -> None:
    """A download for each format of a kind. The file is made when it is asked for."""
    wanted = request or reports.Request(language=language(), today=datetime.now(UTC).date())
    for form in exports(kind).values():
        st.download_button(
            text(form.title),
            partial(_render, form, wanted),
            file_name=form.filename(wanted.period()),
            mime=form.mime,
            icon=":material/download:",
            key=f"export-{form.id}",
            on_click="ignore",
        )


def _render(form: Export, wanted: reports.Request) -> bytes:
    # A download is rendered in a thread of its own, and needs a connection of its own.
    return form.render(reports.build(catalog(), settings(), wanted, kind=form.kind), wanted.language)


def preview(report: Report, tongue: str) -> None:
    """The trend summary as its Markdown reads; what came from the network is escaped in it."""
    form = exports("summary")["summary-markdown"]
    st.markdown(form.render(report, tongue).decode("utf-8"))
