"""What do several migrations share? Released text: a change here would change the past."""

from __future__ import annotations

from sqlite_utils import Database


def run_script(db: Database, script: str) -> None:
    """Run statements one by one: `executescript` would commit the migration's transaction."""
    for statement in script.split("\n\n"):
        if statement.strip():
            db.conn.execute(statement)


def indexed(row: str) -> str:
    """The columns of `papers` as the full-text index sees them; `row` is `new`, `old` or the table's name."""
    # No sub-select here: FTS5 cannot rebuild an index from a view that has one.
    english, korean = (f"coalesce(json_extract({row}.summary, '$.{language}'), '')" for language in ("en", "ko"))
    summary = f"{english} || ' ' || {korean}"
    return f"{row}.key, {row}.title, {row}.abstract, {row}.authors, {row}.keywords, {summary}"
