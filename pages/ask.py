"""The ask stage: its papers, its trend, its experiments."""

from app.ui import stage

PAGE = stage.page("ask", order=3)
