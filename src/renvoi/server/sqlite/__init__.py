"""Hides which SQLite library Django runs on: one newer than the WAL-reset fix. See docs/adr/0002."""
