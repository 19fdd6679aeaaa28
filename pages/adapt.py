"""The adapt stage: its papers, its trend, its experiments."""

from app.ui import stage

PAGE = stage.page("adapt", order=1)
