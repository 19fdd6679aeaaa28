"""How is the web server started? Streamlit's own command, told first that `pages/` holds plug-ins and not scripts.

Until the router has run once, Streamlit would take a folder named `pages` for its older kind of app and run the file
behind the first address that is asked for, which draws nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

import db  # noqa: F401 (before there are threads: it keeps pandas out of sqlite-utils)

ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def main(options: list[str]) -> None:
    """Serve the app until the process is ended.

    :param options: of `streamlit run`, for example `["--server.port", "8501"]`.
    """
    PagesManager.uses_pages_directory = False
    cli.main(["run", str(ROUTER), *options])


if __name__ == "__main__":
    main(sys.argv[1:])
