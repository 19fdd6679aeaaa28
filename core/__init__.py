"""What TrendLab knows about papers and models, free of any front end, database or network address book."""
