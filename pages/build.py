"""The build stage: its papers, its trend, its experiments."""

from app.ui import stage

PAGE = stage.page("build", order=0)
