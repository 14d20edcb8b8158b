"""Checking passwords: how they are hashed, how many checks run at once, and how many guesses are allowed."""
