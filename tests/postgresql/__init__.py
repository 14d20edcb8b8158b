"""Hides that the tests' database has a collation of its own; otherwise Django's backend."""
