"""Append-only ledger of counted responses: one store interface, a SQLite and a PostgreSQL engine, a spool on disk."""
