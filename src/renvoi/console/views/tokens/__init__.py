"""The tokens of programs: their list, new ones, and what is taken from them."""
