"""Hides who may use the console: accounts and their preferences."""
