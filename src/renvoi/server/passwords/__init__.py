"""Passwords, as far as they concern the whole process: how many are checked at once, and which are refused."""
