"""An empty catalog in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from db.connect import open_catalog


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    catalog = open_catalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()
