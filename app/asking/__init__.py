"""What do one's own papers say to a question? Their sentences, quoted, and what a model makes of them if one is set."""
