"""Hides how partners and coverage are written, listed and published: the only writer of business rows."""
