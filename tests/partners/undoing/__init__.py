"""Undoing steps of the history."""
