"""How a small model answers from what stands in its prompt: examples, or steps that it writes itself."""
