"""Pages about an earlier time: why something was decided, and how things stood."""
