"""The align stage: its papers, its trend, its experiments."""

from app.ui import stage

PAGE = stage.page("align", order=2)
