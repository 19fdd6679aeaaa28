"""How does an export reach the visitor? Rendered by the same code as the command, offered as a download."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app import reports
from app.ui.words import _, language, text
from core.exports.report import Report
from core.registry import discover


def buttons(db: Database, *, kind: str, request: reports.Request | None = None) -> None:
    """A download for each format of a kind. The file is made when it is asked for."""
    wanted = request or reports.Request(language=language())
    for form in discover("core.exports", "EXPORT").values():
        if form.kind == kind:
            st.download_button(
                text(form.title),
                lambda form=form: form.render(reports.build(db_again(), wanted), wanted.language),
                file_name=reports.file_name(form, wanted),
                mime=form.mime,
                icon=":material/download:",
                key=f"export-{form.id}",
                on_click="ignore",
            )


def preview(report: Report, form_id: str) -> str:
    """The text of a report in one of the text formats."""
    form = discover("core.exports", "EXPORT")[form_id]
    return str(form.render(report, language()).decode("utf-8"))


def db_again() -> Database:
    """A download is rendered in a thread of its own, and needs a connection of its own."""
    from app.ui.catalog import catalog

    return catalog()


def explain() -> None:
    """What an export holds."""
    st.caption(_("The same command line makes the same file: python -m app export summary --format summary-markdown"))
