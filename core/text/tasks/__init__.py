"""Which skills can be trained in and measured exactly? One file is one task with a known truth; nothing is copied."""
