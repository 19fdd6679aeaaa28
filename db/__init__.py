"""All the SQL.

sqlite-utils imports pandas where it is installed, to know its type of a moment in time, which the catalog never gets.
That is as long as the rest of a command's start; so it is imported here first, and finds no pandas.
"""

import sys

if "sqlite_utils" not in sys.modules and "pandas" not in sys.modules:
    sys.modules["pandas"] = None  # type: ignore[assignment]
    import sqlite_utils  # noqa: F401

    del sys.modules["pandas"]
