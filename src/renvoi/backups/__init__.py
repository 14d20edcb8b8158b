"""Backup of everything that must not be lost into one file, and its restore."""
