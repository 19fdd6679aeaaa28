"""Does every old schema grow into the present one, and keep what is in it?"""

from pathlib import Path

import pytest
from sqlite_utils import Database

from db.connect import open_catalog
from db.migrations import MIGRATIONS, STEPS

NAMES = sorted(STEPS)


def test_steps_are_numbered_without_gaps() -> None:
    assert [name[:4] for name in NAMES] == [f"m{number:03d}" for number in range(1, len(NAMES) + 1)]


@pytest.mark.parametrize("stop", NAMES[1:])
def test_a_catalog_of_any_earlier_step_ends_with_the_same_tables(tmp_path: Path, stop: str) -> None:
    old = Database(tmp_path / "old.db")
    MIGRATIONS.apply(old, stop_before=stop)
    old.execute("INSERT INTO papers (key, id, title, known, seen, changed) VALUES (1, '2401.00001', 'T', '{}', '', '')")
    old.conn.commit()
    old.close()
    grown, blank = open_catalog(tmp_path / "old.db"), open_catalog(tmp_path / "blank.db")
    assert grown.schema == blank.schema
    assert grown["papers"].count == 1


def test_a_step_that_fails_leaves_the_catalog_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    old = Database(path)
    MIGRATIONS.apply(old, stop_before=NAMES[-1])
    old.execute("CREATE TABLE verdicts (in_the_way)")
    old.close()
    with pytest.raises(Exception, match="verdicts"):
        open_catalog(path)
    assert "runs" not in Database(path).table_names()
