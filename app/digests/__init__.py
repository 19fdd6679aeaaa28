"""Digests and feeds: gathered from the catalog, kept in a folder, written by themselves where that was chosen."""
