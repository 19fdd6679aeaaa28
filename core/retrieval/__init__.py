"""Which of the passages that are handed over answer a question best, and does any of them answer it at all?"""
