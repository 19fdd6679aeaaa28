"""What is there to read? Real text that every Python ships, made sequences, a tokenizer, and batches of token ids."""
