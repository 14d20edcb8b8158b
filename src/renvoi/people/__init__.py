"""The accounts of the operator's staff, their preferences, and signing in."""
