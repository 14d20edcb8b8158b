"""Hides how counted answers are kept for good: one small interface, two engines, a spool for when neither can write."""
