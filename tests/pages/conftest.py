"""The starter catalog, read in once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.importing import load_starter
from db.connect import open_catalog


@pytest.fixture(scope="session")
def starter_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with the papers that come with the app."""
    path = tmp_path_factory.mktemp("starter") / "catalog.db"
    db = open_catalog(path)
    load_starter(db)
    db.close()
    return path


@pytest.fixture
def starter(home: Path, starter_file: Path) -> None:
    """That catalog in the home of this test."""
    home.mkdir()
    shutil.copyfile(starter_file, home / "catalog.db")
