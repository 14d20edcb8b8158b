"""Hides how sentences get from templates and code into the French catalogues, and what is asked of the French."""
