"""Hides that the tests' database has a collation of its own; otherwise the product's backend."""
