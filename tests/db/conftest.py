"""An empty catalog in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()
