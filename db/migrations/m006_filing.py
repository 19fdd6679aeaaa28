"""The full-text index learns what papers are filed under and what a person noted on them.

`papers.filed` has one word for each tag that counts, each source, category, step of votes, state of reading and the
withdrawal (db/filing.py), so that a filter is one more word of the query; '' is a paper not in the index yet.
`papers.noted` has the text of the notebook entries to which the paper is pinned.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import indexed


def m006_filing(db: Database) -> None:
    for statement in (
        "DROP TRIGGER papers_fts_delete",
        "DROP TRIGGER papers_fts_update",
        "DROP TABLE papers_fts",
        "DROP VIEW papers_text",
        "ALTER TABLE papers ADD COLUMN filed TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE papers ADD COLUMN noted TEXT NOT NULL DEFAULT ''",
    ):
        db.conn.execute(statement)

    def word(kind: str, value: str) -> str:
        return f"'{kind}x' || replace(replace(replace(lower({value}), '-', 'x'), '.', 'x'), '/', 'x') || '0'"

    every = (
        f"(SELECT group_concat({word('source', 'source')}, ' ') FROM "
        "(SELECT DISTINCT source FROM sightings WHERE paper = key))",
        f"(SELECT group_concat(kind || {word('', 'value')}, ' ') FROM tags WHERE paper = key AND effective = 1)",
        f"(SELECT group_concat({word('cat', 'value')}, ' ') FROM json_each(papers.categories))",
        "(SELECT group_concat('votesx' || column1 || '0', ' ') FROM (VALUES (1), (5), (10), (20), (50), (100)) "
        "WHERE column1 <= papers.upvotes)",
        "(SELECT 'isxwithdrawn0' WHERE papers.withdrawn = 1)",
        "(SELECT trim(coalesce('isx' || state || '0', '') || CASE WHEN star THEN ' isxstarred0' ELSE '' END) "
        "FROM reading WHERE paper = papers.key)",
    )
    words = " || ' ' || ".join(f"coalesce({part}, '')" for part in every)
    db.conn.execute(f"UPDATE papers SET filed = trim('in0 ' || {words})")
    title = "json_extract(pin.value, '$.target')"
    db.conn.execute(
        "UPDATE papers SET noted = (SELECT group_concat(notes.title || ' ' || notes.body, ' ') FROM notes, "
        f"json_each(notes.pins) AS pin WHERE json_extract(pin.value, '$.kind') = 'paper' AND {title} = papers.id) "
        f"WHERE id IN (SELECT {title} FROM notes, json_each(notes.pins) AS pin "
        "WHERE json_extract(pin.value, '$.kind') = 'paper')"
    )
    db.conn.execute(
        "CREATE VIEW papers_text (key, title, abstract, authors, keywords, summary, noted, filed) AS "
        f"SELECT {indexed('papers')}, papers.noted, papers.filed FROM papers"
    )
    # Titles of thousands of papers are read to rank a search: here they stand side by side.
    db.conn.execute("CREATE INDEX papers_heads ON papers (key, title, keywords)")
    columns = ("title", "abstract", "authors", "keywords", "summary", "noted", "filed")
    db.conn.execute(
        f"CREATE VIRTUAL TABLE papers_fts USING fts5({', '.join(columns)}, "
        "content='papers_text', content_rowid='key', tokenize='porter unicode61 remove_diacritics 2')"
    )
    db.conn.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('automerge', 8)")
    db.conn.execute("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")
    out_of = f"INSERT INTO papers_fts (papers_fts, rowid, {', '.join(columns)})"
    into = out_of.replace("(papers_fts, ", "(")
    differs = " OR ".join(f"old.{column} IS NOT new.{column}" for column in ("key", *columns))
    old, new = (f"{indexed(row)}, {row}.noted, {row}.filed" for row in ("old", "new"))
    db.conn.execute(
        "CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers WHEN old.filed <> '' "
        f"BEGIN {out_of} SELECT 'delete', {old}; END"
    )
    db.conn.execute(
        f"CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers WHEN old.filed <> '' AND ({differs}) "
        f"BEGIN {out_of} SELECT 'delete', {old}; {into} SELECT {new}; END"
    )
