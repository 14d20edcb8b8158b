"""The health of the console and of the background work of a process."""
