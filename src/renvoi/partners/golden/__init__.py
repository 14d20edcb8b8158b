"""The stored list of golden visitors, checked."""
