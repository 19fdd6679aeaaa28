"""What does the page of one paper show? A section a file; pages/paper.py puts them in order."""
