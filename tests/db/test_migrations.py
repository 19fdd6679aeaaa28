"""Does every old schema grow into the present one, and keep what is in it?"""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlite_utils import Database

from db.connect import open_catalog
from db.filing import refile
from db.migrations import MIGRATIONS, STEPS
from db.series import counts, totals

NAMES = sorted(STEPS)
FILING = "m006_filing"
FIRST, SECOND, THIRD = 20240105_000010, 20240105_000020, 20240100_000030

PAPERS = [
    {
        "key": FIRST,
        "id": "2401.00001",
        "title": "Rivers of tokens",
        "upvotes": 12,
        "categories": '["cs.CL", "stat.ML"]',
    },
    {"key": SECOND, "id": "2401.00002", "title": "A withdrawn bridge", "withdrawn": 1, "categories": '["68T50"]'},
    {"key": THIRD, "id": "cs/2401003", "title": "Meadows", "summary": '{"en": "Grass", "ko": "풀밭"}', "upvotes": 0},
]
TAGS = [
    (FIRST, "stage", "build", "tagger", 0, 0),
    (FIRST, "stage", "ask", "person", 0, 1),
    (FIRST, "topic", "long-context", "tagger", 0, 1),
    (FIRST, "topic", "attention", "tagger", 1, 1),
    (SECOND, "stage", "", "person", 0, 0),
    (SECOND, "application", "law", "curated", 0, 1),
    (THIRD, "stage", "ask", "tagger", 0, 1),
]
PIN = json.dumps([{"kind": "paper", "target": "2401.00001"}, {"kind": "run", "target": "r1"}])
NOTES = [
    ("Monday", "compare with the kelp paper", PIN),
    ("Tuesday", "바다를 보라", PIN),
    ("Alone", "nothing pinned", "[]"),
]


def fill(old: Database) -> None:
    """Three papers and what hangs on them, in the tables that this schema has."""
    tables = set(old.table_names())
    for paper in PAPERS:
        old["papers"].insert({"known": "{}", "seen": "2024", "changed": "2024"} | paper)
    old["versions"].insert_all([{"paper": FIRST, "version": number, "seen": "2024"} for number in (1, 2)])
    for source, day in (("arxiv", "2024-01-06"), ("huggingface", "2024-01-07"), ("huggingface", "2024-01-08")):
        old["sightings"].insert({"paper": FIRST, "source": source, "day": day})
    old["links"].insert({"paper": SECOND, "kind": "code", "url": "https://example.org/bridge"})
    if "tags" in tables:
        names = ("paper", "kind", "value", "origin", "place", "effective")
        old["tags"].insert_all([dict(zip(names, tag, strict=True)) | {"confidence": 0.5} for tag in TAGS])
    if "reading" in tables:
        old["reading"].insert({"paper": FIRST, "state": "saved", "star": 1, "changed": "2024"})
        old["reading"].insert({"paper": THIRD, "state": None, "star": 1, "changed": "2024"})
        old["notes"].insert_all(
            [
                {"created": "2024", "changed": "2024", "title": title, "body": body, "pins": pins}
                for title, body, pins in NOTES
            ]
        )
        old["settings"].insert({"key": "language", "value": '"ko"'})
    if "ledger" in tables:
        old["ledger"].insert({"source": "arxiv", "window": "2024-01-05", "started": "2024", "outcome": "complete"})
    if "runs" in tables:
        old["runs"].insert({"id": "r1", "experiment": "toy", "stage": "ask", "state": "finished", "created": "2024"})
    if FILING in {step.name for step in MIGRATIONS.applied(old)}:
        refile(old, [paper["key"] for paper in PAPERS])


def grown_from(stop: str, folder: Path) -> Database:
    old = Database(folder / "old.db")
    MIGRATIONS.apply(old, stop_before=stop)
    fill(old)
    old.conn.commit()
    old.close()
    return open_catalog(folder / "old.db")


def words(db: Database) -> dict[int, set[str]]:
    return {key: set(filed.split()) for key, filed in db.execute("SELECT key, filed FROM papers")}


def matches(db: Database, query: str) -> list[int]:
    return [key for (key,) in db.execute("SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? ORDER BY 1", (query,))]


def test_steps_are_numbered_without_gaps() -> None:
    assert [name[:4] for name in NAMES] == [f"m{number:03d}" for number in range(1, len(NAMES) + 1)]


@pytest.mark.parametrize("stop", NAMES[1:])
def test_a_catalog_of_any_earlier_step_ends_with_the_same_tables_and_all_that_was_in_it(
    tmp_path: Path, stop: str
) -> None:
    before = Database(memory=True)
    MIGRATIONS.apply(before, stop_before=stop)
    fill(before)
    kept = {"papers", "versions", "sightings", "links", "tags", "reading", "notes", "settings", "ledger", "runs"}
    kept &= set(before.table_names())
    grown, blank = grown_from(stop, tmp_path), open_catalog(tmp_path / "blank.db")
    assert grown.schema == blank.schema
    for table in kept:
        columns = ", ".join(f'"{column.name}"' for column in before[table].columns)
        rows = [db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall() for db in (before, grown)]
        assert rows[0] == rows[1], table
    assert grown.execute("PRAGMA foreign_key_check").fetchall() == []
    grown.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("stop", NAMES[1:])
def test_papers_of_any_earlier_step_are_filed_as_new_ones_are(tmp_path: Path, stop: str) -> None:
    grown = grown_from(stop, tmp_path)
    found = words(grown)
    assert {"in0", "sourcexarxiv0", "sourcexhuggingface0", "catxcsxcl0", "catxstatxml0", "votesx10"} <= found[FIRST]
    assert {"in0", "isxwithdrawn0", "catx68t500"} <= found[SECOND]
    assert not any(word.startswith("votesx") for word in found[SECOND] | found[THIRD])
    if stop >= "m004":
        assert found[FIRST] >= {"stagexask0", "topicxlongxcontext0", "topicxattention0", "isxsaved0", "isxstarred0"}
        assert not {"stagexbuild0", "stagex0"} & set().union(*found.values())
        assert matches(grown, "filed: topicxlongxcontext0 AND isxstarred0") == [FIRST]
        assert found[THIRD] == {"in0", "stagexask0", "isxstarred0"}
    if "m004" <= stop <= FILING:
        assert matches(grown, "noted: (kelp AND 바다를)") == [FIRST]
    assert matches(grown, "풀밭") == [THIRD]
    assert matches(grown, "in0") == sorted(found)
    grown.execute("UPDATE papers SET filed = 'in0 wrong'")
    refile(grown, list(found))
    assert words(grown) == found


def test_papers_of_an_earlier_step_are_counted(tmp_path: Path) -> None:
    grown = grown_from(FILING, tmp_path)
    month = {"by": "month", "since": date(2024, 1, 1), "until": date(2024, 1, 31)}
    assert [(item.value, item.n) for item in counts(grown, "stage", **month)] == [("ask", 2)]
    assert totals(grown, **month) == {date(2024, 1, 1): 3}


def test_a_step_that_fails_leaves_the_catalog_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    old = Database(path)
    MIGRATIONS.apply(old, stop_before="m010_vectors")
    old.execute("CREATE TABLE vectors (in_the_way)")
    old.close()
    with pytest.raises(Exception, match="vectors"):
        open_catalog(path)
    assert "vectors" in Database(path).table_names()
    assert "m010_vectors" not in {step.name for step in MIGRATIONS.applied(Database(path))}
