"""How does the core write fast? A model is taken apart once, and each token runs through a short list of operations.

`decoder` is the door: it takes tokens and says what may follow. `plan` is the list of operations, `projections` the
weights in the layout that is read fastest, `cache` the keys and values, `graph` what a GPU replays in one go, and
`speculate` lets something cheap guess ahead.
"""
