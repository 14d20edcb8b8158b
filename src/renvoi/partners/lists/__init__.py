"""Hides how partners are listed: what is asked for, what is ticked, what a name stands for, what a loss would be."""
