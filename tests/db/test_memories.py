"""Does each source get back what it remembered last?"""

from sqlite_utils import Database

from db.memories import read_memory, write_memory


def test_each_source_has_a_memory_of_its_own(db: Database) -> None:
    assert read_memory(db, "rss") is None
    write_memory(db, "rss", {"cs.CL": {"etag": '"a1"'}})
    write_memory(db, "oai", {"day": "2026-08-20"})
    write_memory(db, "rss", {"cs.CL": {"etag": '"a2"'}})
    assert read_memory(db, "rss") == {"cs.CL": {"etag": '"a2"'}}
    assert read_memory(db, "oai") == {"day": "2026-08-20"}
