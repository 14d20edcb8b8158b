"""Hides the console's pages, one module a page."""
