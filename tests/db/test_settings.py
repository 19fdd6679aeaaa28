"""Does the catalog remember a value under its name?"""

from sqlite_utils import Database

from db.settings import read_setting, write_setting


def test_a_value_is_kept_until_another_takes_its_place(db: Database) -> None:
    assert read_setting(db, "theme") is None
    write_setting(db, "theme", "dark")
    write_setting(db, "theme", "light")
    assert read_setting(db, "theme") == "light"
