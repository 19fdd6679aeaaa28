"""How does a language model answer from passages that it is handed, and what of its answer may be shown?"""
