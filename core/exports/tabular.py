"""How is a table written as CSV, so that spreadsheets read Korean and run no formula from a title?"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from core.exports.escape import csv_cell


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte-order mark, without which Excel shows Korean as noise. None and NaN are empty cells.

    Numbers of our own stay numbers, minus sign and all; text is disarmed.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value if isinstance(value, int | float) else csv_cell(str(value))
