"""What the API does: each function parses, calls one action or list, and answers."""
