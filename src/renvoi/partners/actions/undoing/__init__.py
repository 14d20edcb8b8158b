"""Undo steps of the history: what an undo would do, doing it, and the proof of its result (docs/adr/0040)."""
