"""Django database backend for a SQLite library that has the WAL-reset fix. See docs/adr/0002."""
