"""Hides how everything that may not be lost becomes one file, and how that file becomes a Renvoi again."""
