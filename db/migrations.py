"""What tables does the catalog have, and how did they come to be? Append only: a released step never changes."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("trendlab")


def _script(db: Database, script: str) -> None:
    """Run statements one by one: `executescript` would commit the migration's transaction."""
    for statement in script.split("\n\n"):
        if statement.strip():
            db.conn.execute(statement)


def _indexed(row: str) -> str:
    """The columns of `papers` as the full-text index sees them; `row` is `new`, `old` or the table's name."""
    # No sub-select here: FTS5 cannot rebuild an index from a view that has one.
    english, korean = (f"coalesce(json_extract({row}.summary, '$.{language}'), '')" for language in ("en", "ko"))
    summary = f"{english} || ' ' || {korean}"
    return f"{row}.key, {row}.title, {row}.abstract, {row}.authors, {row}.keywords, {summary}"


@MIGRATIONS()
def m001_papers(db: Database) -> None:
    """Papers, what told of them, and the full-text index.

    `papers.key` is YYYYMMDD * 1,000,000 + n with the v1 day (day 00 where only the id's month is known), so that the
    newest come first without a sort; the tables beside it follow when a key moves. `known` holds the provenance of
    every field (core/papers/merge.py). Changes and deletions reach the index by trigger; new papers are put into it by
    db/papers.py a batch at a time, for row by row takes twice as long.
    """
    _script(
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
        f"SELECT {_indexed('papers')} FROM papers"
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
        "CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers "
        f"BEGIN {out_of} SELECT 'delete', {_indexed('old')}; END"
    )
    db.conn.execute(
        f"CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers WHEN {differs} "
        f"BEGIN {out_of} SELECT 'delete', {_indexed('old')}; {into} SELECT {_indexed('new')}; END"
    )


@MIGRATIONS()
def m002_tags(db: Database) -> None:
    """What papers are filed under.

    A row with the value '' says "none of this kind" (a person's or a curated source's word). `effective` marks the
    rows that count: the best origin of each paper and kind; `place` keeps their order. `taggings` keeps the tagger's
    confidence for each stage.
    """
    _script(
        db,
        """
CREATE TABLE tags (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    kind TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL,
    place INTEGER NOT NULL, confidence REAL NOT NULL, evidence TEXT NOT NULL DEFAULT '[]', effective INTEGER NOT NULL,
    PRIMARY KEY (paper, kind, value, origin)) WITHOUT ROWID

CREATE INDEX tags_effective ON tags (kind, value, paper, effective) WHERE effective = 1

CREATE INDEX tags_said ON tags (origin, paper, kind) WHERE origin <> 'tagger'

CREATE TABLE taggings (
    paper INTEGER PRIMARY KEY REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    confidence TEXT NOT NULL)

CREATE TABLE trend_counts (
    by TEXT NOT NULL, period TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (by, period, kind, value)) WITHOUT ROWID
""",
    )


@MIGRATIONS()
def m003_reading(db: Database) -> None:
    """What a person did: reading states, notebook entries (pins: a list of {kind, target}), searches, settings."""
    _script(
        db,
        """
CREATE TABLE reading (
    paper INTEGER PRIMARY KEY REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    state TEXT CHECK (state IN ('read', 'skip', 'saved')), star INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL)

CREATE INDEX reading_state ON reading (state, paper)

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, changed TEXT NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, pins TEXT NOT NULL)

CREATE INDEX notes_created ON notes (created)

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, filters TEXT NOT NULL, created TEXT NOT NULL, visited TEXT)

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
""",
    )


@MIGRATIONS()
def m004_ledger(db: Database) -> None:
    """What each sync and import did. A row without outcome is under way, or its process died (`owner` tells)."""
    _script(
        db,
        """
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, window TEXT, categories TEXT NOT NULL DEFAULT '',
    file TEXT, outcome TEXT, expected INTEGER, received INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0, duplicate INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
    reasons TEXT NOT NULL DEFAULT '[]', requests INTEGER NOT NULL DEFAULT 0, resume TEXT, error TEXT,
    started TEXT NOT NULL, finished TEXT, continues INTEGER, owner TEXT NOT NULL DEFAULT '')

CREATE INDEX ledger_source ON ledger (source, window, id)

CREATE TABLE cooldowns (source TEXT PRIMARY KEY, until TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID
""",
    )


@MIGRATIONS()
def m005_runs(db: Database) -> None:
    """Runs of experiments, folded from their events."""
    _script(
        db,
        """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, experiment TEXT NOT NULL, stage TEXT NOT NULL, params TEXT NOT NULL DEFAULT '{}',
    preset TEXT, seed INTEGER, is_null INTEGER NOT NULL DEFAULT 0, device TEXT, ran_on TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'failed', 'cancelled')),
    created TEXT NOT NULL, started TEXT, finished TEXT, message TEXT, done REAL NOT NULL DEFAULT 0,
    pid INTEGER, "commit" TEXT, versions TEXT NOT NULL DEFAULT '{}')

CREATE INDEX runs_experiment ON runs (experiment, created)

CREATE INDEX runs_state ON runs (state)

CREATE TABLE measures (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, unit TEXT NOT NULL, name TEXT NOT NULL,
    arm TEXT NOT NULL, value REAL, unit_of_measure TEXT, replicate INTEGER NOT NULL, exact INTEGER NOT NULL,
    PRIMARY KEY (run, unit, name, arm, replicate)) WITHOUT ROWID

CREATE TABLE verdicts (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, claim TEXT NOT NULL, outcome TEXT NOT NULL,
    contrast REAL, low REAL, high REAL, margin REAL, n INTEGER, is_null INTEGER NOT NULL DEFAULT 0,
    device TEXT, created TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (run, claim)) WITHOUT ROWID
""",
    )


# Pending in an empty database is every step there is.
STEPS = frozenset(step.name for step in MIGRATIONS.pending(Database(memory=True)))
