"""Which code made a result? The commit it ran from."""

from __future__ import annotations

import os
import subprocess

from app.settings import ROOT

_RESULTS = "core/reference/*.json"


def commit_of_code() -> str:
    """The commit of the code that runs, with "+dirty" where files differ from it; "" where there is no git.

    Recorded results are no code: one that was recorded a minute ago does not change what runs.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    said: list[str] = []
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", ".", f":!{_RESULTS}"]):
        try:
            done = subprocess.run(
                ["git", "-C", str(ROOT), *command],
                capture_output=True,
                text=True,
                timeout=5,
                env=environment,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        said.append(done.stdout.strip())
    return said[0] + ("+dirty" if said[1] else "")
