"""How is a page put together that runs its own scripts and no other, and asks nothing of any network?

It carries Plotly itself (the whole library, 4.8 MB, for the Python package ships no smaller one), and a policy that
forbids all that is not in it: two scripts, known by their hashes, and no address.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.exports.escape import clean, url_of
from core.exports.json_text import json_in_html

if TYPE_CHECKING:
    from jinja2 import Template

_PARTS = Path(__file__).parent
_NUMBER = re.compile(r"[-–<]?[\d.,%–-]*\Z")


def fill(*, charts: dict[str, Any], **values: Any) -> bytes:
    """The page of `summary.html.jinja`.

    :param charts: what `charts.js` reads: `figures`, `language`, `shades`.
    :param values: the other names of the template; texts are escaped there.
    """
    page = _template().render(
        **values,
        has_charts=bool(charts["figures"]),
        charts=json_in_html(charts),
        policy=_policy(),
        style=_part("style.css"),
        library=_library(),
        script=_part("charts.js"),
    )
    return page.encode()


@cache
def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


@cache
def _library() -> str:
    from plotly.offline import get_plotlyjs

    # A reader of HTML makes one sign of every line's end, and the hash is of what it read.
    return str(get_plotlyjs()).replace("\r\n", "\n")


@cache
def _policy() -> str:
    """Nothing from anywhere but the page: its styles, pictures in its own data, its two scripts."""
    scripts = (hashlib.sha256(script.encode()).digest() for script in (_library(), _part("charts.js")))
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: clean(value) if type(value) is str else value,
        trim_blocks=True,
    )
    environment.filters["paper_url"] = url_of
    environment.tests["number_like"] = lambda value: isinstance(value, str) and bool(_NUMBER.match(value))
    return environment.from_string(_part("summary.html.jinja"))
