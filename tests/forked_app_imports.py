"""What does every command import, or many? Done once, in the process that `tests.forked_app` forks commands from.

Nothing here reads settings or opens anything, and no module that notes which process it is in is imported.
"""

from __future__ import annotations

from importlib import import_module

from core.papers.lens.stage_model import stage_model
from core.registry import discover

for name in ("app.cli", "app.tagger", "arxiv", "core.papers.asking.http", "core.papers.lens.personal", "db.search"):
    import_module(name)
discover("core.papers.sources", "SOURCE")
discover("core.papers.formats", "FORMAT")
stage_model()
