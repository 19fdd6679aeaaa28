"""What exactly runs? An experiment's own file, and the files of the project that it imports, to be read in place."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import streamlit as st

from app.ui.words import _, n_
from core.experiment import Experiment

ROOT = Path(__file__).resolve().parents[2]
_HEIGHT = 620  # pixels


def files(experiment: Experiment) -> list[Path]:
    """The experiment's file, then what it imports of `core`, in the order of the import."""
    own = Path(str(sys.modules[type(experiment).__module__].__file__))
    return [own, *(path for path in _imported(own) if path != own)]


def draw(experiment: Experiment) -> None:
    """A choice between the files, and the one that is chosen, with its lines counted and a link to it."""
    names = {str(path.relative_to(ROOT)): path for path in files(experiment)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(_("File"), list(names), key=f"source-{experiment.id}", width=420)
        code = names[chosen].read_text(encoding="utf-8")
        st.caption(n_("{n} line", "{n} lines", code.count("\n")), width="content")
        where = f"{experiment.stage}?experiment={experiment.id}&view=source"
        st.markdown(":material/link: [{}]({})".format(_("Link to this"), where), width="content")
    st.code(code, language="python", line_numbers=True, height=_HEIGHT)
    st.caption(_("What its own file imports can be chosen too; libraries cannot."))


def _imported(path: Path) -> list[Path]:
    """The files of `core` that a file imports, at its head or within its functions."""
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # What is imported from a package may be one of its modules.
            names |= dict.fromkeys(f"{node.module}.{item.name}" for item in node.names)
            names[node.module] = None
        elif isinstance(node, ast.Import):
            names |= dict.fromkeys(item.name for item in node.names)
    places = (ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names if name.startswith("core."))
    return list(dict.fromkeys(place for place in places if place.is_file()))
