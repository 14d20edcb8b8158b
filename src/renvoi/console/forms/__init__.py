"""Forms that keep what was typed, whatever is wrong with it."""
