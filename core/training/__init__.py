"""How does a model come to know something? The training loop, its checkpoints, measures, and the recipes of the house."""
