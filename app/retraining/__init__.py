"""The parts of a retraining: what is to be learned, filing the catalog by it, and how it goes on in the background."""

import db  # noqa: F401 (first: it keeps pandas out of the process)
