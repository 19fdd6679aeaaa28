"""The catalog of this script run. SQLite connections do not cross threads, so that each run opens its own."""

from __future__ import annotations

from sqlite_utils import Database

from app.settings import settings
from db.connect import open_catalog


def catalog() -> Database:
    """The catalog, migrated.

    :raises db.connect.CatalogError: the file cannot be used; the message says why and how to mend it.
    """
    return open_catalog(settings().catalog)
