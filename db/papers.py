"""How do papers get into the catalog, and out of it again? One row a paper, whatever source told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlite_utils import Database

from core.papers.merge import Known, Mark, Sighting, changes, first_known, merge, rank_of, version_day
from core.papers.paper import Link, Paper
from core.papers.tags import Tagging, TagKind
from db import trends, vectors
from db.connect import transaction
from db.filing import refile
from db.filters import selection
from db.keys import DAY, next_key, wanted_key
from db.records import Counts, Filters, Stored
from db.rows import PAPER_COLUMNS, dump, known_of, marks, moment_text, pack_was, paper_of, row_of, select, storable
from db.stored import load_stored
from db.tags import write_curated, write_tags

Tagger = Callable[[Sequence[Paper]], Sequence[Tagging]]

_CHUNK = 500  # papers that are looked up and written together
_COLUMNS = (*PAPER_COLUMNS, "known")
_INSERT = f"INSERT INTO papers (key, {', '.join(_COLUMNS)}, seen, changed) VALUES ({marks((0, *_COLUMNS, 0, 0))})"
_UPDATE = f"UPDATE papers SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE key = ?"
_INSERT_VERSION = """
INSERT INTO versions (paper, version, submitted, seen, changed, was) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (paper, version) DO UPDATE SET submitted = excluded.submitted, seen = min(seen, excluded.seen),
changed = excluded.changed, was = excluded.was"""
_INSERT_SIGHTING = """
INSERT INTO sightings (paper, source, day, upvotes, stars) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (paper, source, day) DO UPDATE SET
upvotes = nullif(max(coalesce(upvotes, -1), coalesce(excluded.upvotes, -1)), -1),
stars = nullif(max(coalesce(stars, -1), coalesce(excluded.stars, -1)), -1)"""


def upsert(
    db: Database,
    papers: Iterable[Paper],
    *,
    source: str,
    day: date,
    seen_at: datetime,
    tagger: Tagger | None = None,
) -> Counts:
    """Merge what `source` said on `day` into the catalog, as part of the caller's transaction where there is one.

    Tags, filing and the full-text index are up to date when it is done.

    :param seen_at: now, aware.
    :param tagger: reads the new and changed papers; without one only a curated source's own tags are written.
    :returns: what each paper was, and the merged records of the new and changed ones.
    :raises ValueError: a paper whose id is not an arXiv id, or without a title.
    """
    heard = [storable(paper) for paper in papers]
    with transaction(db):
        batches = [
            _upsert_batch(db, heard[start : start + _CHUNK], source, day, seen_at, tagger)
            for start in range(0, len(heard), _CHUNK)
        ]
    fresh = {paper.id: paper for batch in batches for paper in batch.fresh}
    new_ids = tuple(paper_id for batch in batches for paper_id in batch.new_ids)
    return Counts(
        new=sum(batch.new for batch in batches),
        changed=sum(batch.changed for batch in batches),
        duplicate=sum(batch.duplicate for batch in batches),
        new_ids=new_ids,
        changed_ids=tuple(sorted(fresh.keys() - set(new_ids))),
        fresh=tuple(fresh.values()),
    )


def get(db: Database, paper_id: str) -> Stored | None:
    """The paper with this base id, or None."""
    found = load_stored(db, [row["key"] for row in select(db, "SELECT key FROM papers WHERE id = ?", (paper_id,))])
    return found[0] if found else None


def get_many(db: Database, ids: Sequence[str]) -> list[Stored]:
    """The papers with these ids, in their order; unknown ids are left out."""
    keys: dict[str, int] = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        keys |= {
            row["id"]: row["key"] for row in select(db, f"SELECT id, key FROM papers WHERE id IN ({marks(some)})", some)
        }
    return load_stored(db, [keys[paper_id] for paper_id in dict.fromkeys(ids) if paper_id in keys])


def browse(db: Database, *, filters: Filters, limit: int, offset: int = 0) -> list[Stored]:
    """The papers that `filters` select, newest first."""
    chosen = selection(filters)
    if chosen is None:
        return []
    sql = f"{chosen.keys_sql()} LIMIT ? OFFSET ?"
    return load_stored(db, [key for (key,) in db.conn.execute(sql, (*chosen.values, limit, offset))])


def count(db: Database, filters: Filters, *, most: int | None = None) -> int:
    """How many papers `filters` select.

    :param most: stop counting there: a page that shows the newest need not know how many there are of them all.
    """
    chosen = selection(filters)
    if chosen is None:
        return 0
    if chosen.where == "1":
        return int(db.conn.execute("SELECT count(*) FROM papers").fetchone()[0])
    limit = "" if most is None else f" LIMIT {int(most)}"
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {chosen.source} WHERE {chosen.where}{limit})"
    return int(db.conn.execute(sql, chosen.values).fetchone()[0])


def mark_deleted(db: Database, ids: Sequence[str], *, source: str, day: date, seen_at: datetime) -> int:
    """Mark papers that their archive has deleted as withdrawn; says how many were not marked before.

    They are kept: what was read and noted of them stays. A sighting on a later day may take the mark back.
    """
    with transaction(db):
        known = _load_known(db, ids)
        marked = {
            paper_id: replace(
                held,
                paper=replace(held.paper, withdrawn=True),
                marks={**held.marks, "withdrawn": Mark(held.paper.version or 0, rank_of(source), day.isoformat())},
            )
            for paper_id, (_, held) in known.items()
            if not held.paper.withdrawn
        }
        _update_old(db, {paper_id: known[paper_id] for paper_id in marked}, marked, moment_text(seen_at))
        refile(db, [known[paper_id][0] for paper_id in marked])
    return len(marked)


def sources(db: Database) -> list[str]:
    """The ids of all sources that told of some paper, in alphabetical order."""
    # One look-up for each source, where DISTINCT would walk over every sighting.
    sql = """
WITH RECURSIVE found (source) AS (
    SELECT min(source) FROM sightings
    UNION ALL
    SELECT (SELECT min(source) FROM sightings WHERE source > found.source) FROM found WHERE found.source IS NOT NULL)
SELECT source FROM found WHERE source IS NOT NULL"""
    return [source for (source,) in db.conn.execute(sql)]


# --- writing ----------------------------------------------------------------------------------------------------------


def _upsert_batch(
    db: Database, papers: Sequence[Paper], source: str, day: date, seen_at: datetime, tagger: Tagger | None
) -> Counts:
    now = moment_text(seen_at)
    before = _load_known(db, [paper.id for paper in papers])
    after: dict[str, Known] = {paper_id: known for paper_id, (_, known) in before.items()}
    new_ids: list[str] = []
    touched: dict[str, Paper] = {}
    changed = 0
    for paper in papers:
        sighting = Sighting(paper=paper, source=source, day=day)
        held = after.get(paper.id)
        if held is None:
            after[paper.id] = first_known(sighting)
            new_ids.append(paper.id)
            continue
        after[paper.id] = merge(held, sighting)
        if _tells_apart(held, after[paper.id]):
            changed += 1
            touched[paper.id] = paper
    keys = {paper_id: key for paper_id, (key, _) in before.items()}
    keys |= _insert_new(db, [after[paper_id] for paper_id in new_ids], now)
    _update_old(db, before, after, now)
    keys |= _move(db, {paper_id: keys[paper_id] for paper_id in before}, after)
    db.conn.executemany(
        _INSERT_SIGHTING,
        [(keys[paper.id], source, day.isoformat(), paper.upvotes, paper.stars) for paper in papers],
    )
    fresh = tuple(after[paper_id].paper for paper_id in dict.fromkeys([*new_ids, *touched]))
    _file(db, papers, fresh, keys, tagger)
    return Counts(
        new=len(new_ids),
        changed=changed,
        duplicate=len(papers) - len(new_ids) - changed,
        new_ids=tuple(new_ids),
        fresh=fresh,
    )


def _file(
    db: Database, papers: Sequence[Paper], fresh: Sequence[Paper], keys: dict[str, int], tagger: Tagger | None
) -> None:
    """Tag what is new or changed, and bring the index and the counts up to date with it."""
    if tagger is not None and fresh:
        write_tags(db, {keys[paper.id]: tagging for paper, tagging in zip(fresh, tagger(fresh), strict=True)})
    curated = {keys[paper.id]: said for paper in papers if (said := _curated(paper))}
    write_curated(db, curated)
    refile(db, list(dict.fromkeys(keys[paper.id] for paper in papers)))
    trends.mark(db, [*(keys[paper.id] for paper in fresh), *curated])


def _curated(paper: Paper) -> dict[TagKind, tuple[str, ...]]:
    """A curated source's own tags, of the kinds it speaks of."""
    said: dict[TagKind, tuple[str, ...] | None] = {
        "stage": paper.stages,
        "topic": paper.topics,
        "application": paper.applications,
    }
    return {kind: values for kind, values in said.items() if values is not None}


def _tells_apart(before: Known, after: Known) -> bool:
    """Whether a reader would see a difference; newer marks on the same words are none."""
    return before is not after and (before.paper, before.past, before.versions) != (
        after.paper,
        after.past,
        after.versions,
    )


def _load_known(db: Database, ids: Sequence[str]) -> dict[str, tuple[int, Known]]:
    """Key and knowledge of those papers that the catalog has."""
    wanted = list(dict.fromkeys(ids))
    rows = select(db, f"SELECT * FROM papers WHERE id IN ({marks(wanted)})", wanted)
    keys = [row["key"] for row in rows]
    if not keys:
        return {}
    links: dict[int, list[Link]] = {}
    for key, kind, url in db.conn.execute(f"SELECT paper, kind, url FROM links WHERE paper IN ({marks(keys)})", keys):
        links.setdefault(key, []).append(Link(kind, url))
    versions: dict[int, list[tuple[int, str | None]]] = {}
    sql = f"SELECT paper, version, was FROM versions WHERE paper IN ({marks(keys)})"
    for key, version, was in db.conn.execute(sql, keys):
        versions.setdefault(key, []).append((version, was))
    return {
        row["id"]: (
            row["key"],
            known_of(paper_of(row, links.get(row["key"], ())), row["known"], versions.get(row["key"], ())),
        )
        for row in rows
    }


def _insert_new(db: Database, known: Sequence[Known], now: str) -> dict[str, int]:
    """Write papers that were not there, and say which keys they got."""
    keys = _free_keys(db, [wanted_key(item.paper) for item in known])
    db.conn.executemany(_INSERT, [(key, *row_of(item), now, now) for key, item in zip(keys, known, strict=True)])
    _write_links(db, [(key, link) for key, item in zip(keys, known, strict=True) for link in item.paper.links])
    db.conn.executemany(
        _INSERT_VERSION,
        [row for key, item in zip(keys, known, strict=True) for row in _version_rows(key, item, now)],
    )
    return {item.paper.id: key for key, item in zip(keys, known, strict=True)}


def _update_old(db: Database, before: dict[str, tuple[int, Known]], after: dict[str, Known], now: str) -> None:
    """Write what has become different about papers that were there."""
    different = [(key, known, after[paper_id]) for paper_id, (key, known) in before.items() if after[paper_id] != known]
    db.conn.executemany(_UPDATE, [(*row_of(new), key) for key, _, new in different])
    seen_apart = [(key, old, new) for key, old, new in different if _tells_apart(old, new)]
    db.conn.executemany("UPDATE papers SET changed = ? WHERE key = ?", [(now, key) for key, _, _ in seen_apart])
    for key, old, new in seen_apart:
        _write_links(db, [(key, link) for link in new.paper.links if link not in old.paper.links])
        db.conn.executemany(_INSERT_VERSION, _version_rows(key, new, now))
    reworded = [
        key
        for key, old, new in seen_apart
        if (old.paper.title, old.paper.abstract) != (new.paper.title, new.paper.abstract)
    ]
    vectors.forget(db, reworded)


def _move(db: Database, keys: dict[str, int], after: dict[str, Known]) -> dict[str, int]:
    """Give a new key to papers whose v1 day has become known; what hangs on them follows."""
    moved: dict[str, int] = {}
    for paper_id, key in keys.items():
        wanted = wanted_key(after[paper_id].paper)
        if wanted // DAY != key // DAY:
            (moved[paper_id],) = _free_keys(db, [wanted])
            db.conn.execute("UPDATE papers SET key = ? WHERE key = ?", (moved[paper_id], key))
    trends.mark(db, [key for paper_id, key in keys.items() if paper_id in moved])
    return moved


def _free_keys(db: Database, wanted: Sequence[int]) -> list[int]:
    """For each wanted key itself or the next neighbour that is free."""
    sql = f"SELECT key FROM papers WHERE key IN ({marks(wanted)})"
    taken = {key for (key,) in db.conn.execute(sql, wanted)}
    free: list[int] = []
    for key in wanted:
        while key in taken:
            key = next_key(key)
            if db.conn.execute("SELECT 1 FROM papers WHERE key = ?", (key,)).fetchone() is not None:
                taken.add(key)
        taken.add(key)
        free.append(key)
    return free


def _write_links(db: Database, links: Sequence[tuple[int, Link]]) -> None:
    sql = "INSERT OR IGNORE INTO links (paper, kind, url) VALUES (?, ?, ?)"
    db.conn.executemany(sql, [(key, link.kind, link.url) for key, link in links])


def _version_rows(key: int, known: Known, now: str) -> list[tuple[int, int, str | None, str, str, str | None]]:
    rows = []
    for version, differing in changes(known).items():
        day = version_day(known, version)
        submitted = None if day is None else day.astimezone(UTC).isoformat()
        rows.append((key, version, submitted, now, dump(differing), pack_was(known.past.get(version, {}))))
    return rows
