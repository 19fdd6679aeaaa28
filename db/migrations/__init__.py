"""What tables does the catalog have, and how did they come to be? Append only: a released step never changes.

One file a step, `mNNN_name.py` with a function of that name, in whose first lines the tables are explained.
"""

from __future__ import annotations

import importlib
import pkgutil

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("trendlab")
for _name in sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name.startswith("m")):
    MIGRATIONS()(getattr(importlib.import_module(f"{__name__}.{_name}"), _name))

# Pending in an empty database is every step there is.
STEPS = frozenset(step.name for step in MIGRATIONS.pending(Database(memory=True)))
