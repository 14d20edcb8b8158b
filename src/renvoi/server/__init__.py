"""Hides how the rooms are wired together: the only place that knows everything."""
