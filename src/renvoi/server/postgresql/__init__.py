"""Hides how many sessions one process may have on a PostgreSQL server. See docs/adr/0013."""
