"""How does something land in the notebook? Pinned with one press where it stands, or written down."""

from app.ui.notebook.pinning import pin_button

__all__ = ["pin_button"]
