"""How does a model come to know something? The training loop, its checkpoints, its measures, the house recipes."""
