"""Papers, what told of them, and the full-text index.

`papers.key` is YYYYMMDD * 1,000,000 + n with the v1 day (day 00 where only the id's month is known), so that the
newest come first without a sort; the tables beside it follow when a key moves. `known` holds the provenance of
every field (core/papers/merge.py). Changes and deletions reach the index by trigger; new papers are put into it by
db/papers.py a batch at a time, for row by row takes twice as long.
"""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations.statements import indexed, run_script


def m001_papers(db: Database) -> None:
    run_script(
        db,
        """
CREATE TABLE papers (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER,
    title TEXT NOT NULL, abstract TEXT, authors TEXT NOT NULL DEFAULT '[]',
    categories TEXT NOT NULL DEFAULT '[]', primary_category TEXT,
    submitted TEXT, updated TEXT, announced TEXT, listed TEXT,
    comment TEXT, doi TEXT, journal_ref TEXT, withdrawn INTEGER,
    upvotes INTEGER, stars INTEGER, keywords TEXT NOT NULL DEFAULT '[]', summary TEXT,
    known TEXT NOT NULL, seen TEXT NOT NULL, changed TEXT NOT NULL)

CREATE UNIQUE INDEX papers_id ON papers (id)

CREATE INDEX papers_seen ON papers (seen)

CREATE INDEX papers_listed ON papers (listed) WHERE listed IS NOT NULL

CREATE TABLE versions (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    version INTEGER NOT NULL, submitted TEXT, seen TEXT NOT NULL,
    changed TEXT NOT NULL DEFAULT '[]', was TEXT,
    PRIMARY KEY (paper, version)) WITHOUT ROWID

CREATE TABLE sightings (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    source TEXT NOT NULL, day TEXT NOT NULL, upvotes INTEGER, stars INTEGER,
    PRIMARY KEY (paper, source, day)) WITHOUT ROWID

CREATE INDEX sightings_source ON sightings (source, paper)

CREATE TABLE links (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    kind TEXT NOT NULL, url TEXT NOT NULL,
    PRIMARY KEY (paper, kind, url)) WITHOUT ROWID
""",
    )
    db.conn.execute(
        "CREATE VIEW papers_text (key, title, abstract, authors, keywords, summary) AS "
        f"SELECT {indexed('papers')} FROM papers"
    )
    db.conn.execute(
        "CREATE VIRTUAL TABLE papers_fts USING fts5(title, abstract, authors, keywords, summary, "
        "content='papers_text', content_rowid='key', tokenize='porter unicode61 remove_diacritics 2')"
    )
    # Twice the segments before a merge: papers come in faster, and a search does not feel it.
    db.conn.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('automerge', 8)")
    out_of = "INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors, keywords, summary)"
    columns = ("key", "title", "abstract", "authors", "keywords", "summary")
    into = out_of.replace("(papers_fts, ", "(")
    differs = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
    db.conn.execute(
        f"CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers BEGIN {out_of} SELECT 'delete', {indexed('old')}; END"
    )
    db.conn.execute(
        f"CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers WHEN {differs} "
        f"BEGIN {out_of} SELECT 'delete', {indexed('old')}; {into} SELECT {indexed('new')}; END"
    )
