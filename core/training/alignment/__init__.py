"""How is a language model steered by what people prefer? Each step written out: SFT, reward model, PPO, and rivals."""
