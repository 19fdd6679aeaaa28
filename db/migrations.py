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


@MIGRATIONS()
def m006_filing(db: Database) -> None:
    """The full-text index learns what papers are filed under and what a person noted on them.

    `papers.filed` has one word for each tag that counts, each source, category, step of votes, state of reading and the
    withdrawal (db/filing.py), so that a filter is one more word of the query; '' is a paper not in the index yet.
    `papers.noted` has the text of the notebook entries to which the paper is pinned.
    """
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
        f"SELECT {_indexed('papers')}, papers.noted, papers.filed FROM papers"
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
    old, new = (f"{_indexed(row)}, {row}.noted, {row}.filed" for row in ("old", "new"))
    db.conn.execute(
        "CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers WHEN old.filed <> '' "
        f"BEGIN {out_of} SELECT 'delete', {old}; END"
    )
    db.conn.execute(
        f"CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers WHEN old.filed <> '' AND ({differs}) "
        f"BEGIN {out_of} SELECT 'delete', {old}; {into} SELECT {new}; END"
    )


@MIGRATIONS()
def m007_syncs(db: Database) -> None:
    """Waits of a sync, how long a provider asked not to be asked, and what a source wants to know next time.

    `cooldowns.times` counts the refusals in a row; `memories` holds, for each source, JSON of its own making.
    """
    _script(
        db,
        """
ALTER TABLE ledger ADD COLUMN waited REAL NOT NULL DEFAULT 0

DROP TABLE cooldowns

CREATE TABLE cooldowns (
    provider TEXT PRIMARY KEY, until TEXT NOT NULL, why TEXT NOT NULL, times INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID

CREATE TABLE memories (source TEXT PRIMARY KEY, memory TEXT NOT NULL) WITHOUT ROWID
""",
    )


@MIGRATIONS()
def m008_follows(db: Database) -> None:
    """What a person follows: each is a query of the search box, whatever it was made from."""
    _script(
        db,
        """
DROP TABLE saved_searches

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('author', 'topic', 'search')),
    name TEXT NOT NULL, query TEXT NOT NULL UNIQUE, created TEXT NOT NULL, visited TEXT NOT NULL)
""",
    )


@MIGRATIONS()
def m009_trend_counts(db: Database) -> None:
    """Papers a day: of each value that counts, and in all (kind and value ''). `day` is YYYYMMDD, 00 for no known day.

    `trend_days` names the days that are to be counted again before the counts are used.
    """
    _script(
        db,
        """
DROP TABLE trend_counts

CREATE TABLE trend_counts (
    kind TEXT NOT NULL, value TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (kind, value, day)) WITHOUT ROWID

CREATE TABLE trend_days (day INTEGER PRIMARY KEY)

INSERT INTO trend_days (day) SELECT DISTINCT key / 1000000 FROM papers

CREATE TRIGGER papers_counted_delete AFTER DELETE ON papers
BEGIN INSERT OR IGNORE INTO trend_days (day) VALUES (old.key / 1000000); END
""",
    )


@MIGRATIONS()
def m010_vectors(db: Database) -> None:
    """What a paper is like: one int8 vector for each model that has read it."""
    _script(
        db,
        """
CREATE TABLE vectors (
    paper INTEGER NOT NULL REFERENCES papers (key) ON UPDATE CASCADE ON DELETE CASCADE,
    model TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (paper, model)) WITHOUT ROWID
""",
    )


# Pending in an empty database is every step there is.
STEPS = frozenset(step.name for step in MIGRATIONS.pending(Database(memory=True)))
